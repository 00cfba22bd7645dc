#!/usr/bin/env bash
# The main job, end to end, in .demo/: drop a task, a tiny model is trained and measured, roadmap and status files tell.
set -euo pipefail
cd "$(dirname "$0")/.."

python=$(python3 pod/bootstrap.py | tail -n 1)
mkdir -p .demo
# The tiny base model is trained once per machine; meanwhile the other core compiles.
PYTHONPATH=pod "$python" -m caid_worker tiny >.demo/tiny-base.log 2>&1 &
base=$!
echo "== building caid and, once per machine, the tiny base model beside it (the first time about three minutes)"
swift build ${SWIFT_FLAGS:-} 2>&1 | grep -E 'error|warning|Compiling|Build complete' | awk 'NR % 25 == 1 || /error|warning|complete/'
caid=$(swift build ${SWIFT_FLAGS:-} --show-bin-path)/caid
while kill -0 "$base" 2>/dev/null; do
    echo "   tiny base model: $(tail -n 1 .demo/tiny-base.log)"
    sleep 5
done
wait "$base" || { cat .demo/tiny-base.log; exit 1; }

"$caid" init .demo >/dev/null
name=$(date +%Y%m%d_%H%M%S)_P1_demo
cat >".demo/$name.md" <<TASK
---
pipeline: stage1
roadmap: ["Training / Train SFT model", "Baseline Assessment / Run full evaluation on base model"]
---
# Task: Stage 1 on the tiny model

Measure the base, let it label its own training data, train it, measure it again.
TASK
echo "== dropping $name.md into .demo/tasks/gpu/pending/ and running \`caid run --drain\`"
"$caid" submit ".demo/$name.md" --queue gpu --root .demo >/dev/null
rm ".demo/$name.md"
"$caid" run --drain --root .demo

report=.demo/artifacts/stage1/$name/report
echo
echo "== what it did"
sed -n '/^## Completion Notes/,$p' ".demo/tasks/gpu/completed/$name.md" | tail -n +3
echo
echo "== five of the held-out instructions"
sed '/^$/,$d' "$report/summary.txt"
echo
echo "== where to look"
echo "   report         $report/report.md"
echo "   status files   .demo/status/PROJECT_STATUS.md, QUEUE.md, POD_STATUS.md, BUDGET.md, status.json"
echo "   roadmap        .demo/ROADMAP.md (the two items of the task are ticked)"
echo "   the task       .demo/tasks/gpu/completed/$name.md"
echo
sed '1,/^$/d' "$report/summary.txt"
