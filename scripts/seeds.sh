#!/usr/bin/env bash
# The demo's experiment for five seeds: each builds its own base model, draws its own split and trains on its own. Prints
# the table of docs/tiny-model.md. About four minutes a seed on one core. Everything is kept in .demo/seeds/ for a look.
set -euo pipefail
cd "$(dirname "$0")/.."

caid=$(swift build ${SWIFT_FLAGS:-} --show-bin-path)/caid
root=.demo/seeds
"$caid" init "$root" >/dev/null
for seed in 1 2 3 4 5; do
    printf 'model: {base: "tiny:%s"}\n' "$seed" >"$root/cai.yaml"
    name=seed_$seed.md
    if [ ! -e "$root/tasks/gpu/completed/$name" ]; then
        printf -- '---\npipeline: stage1\nwith: {seed: %s}\n---\n# Task: Seed %s\n' "$seed" "$seed" |
            "$caid" submit - --queue gpu --name "$name" --root "$root" >/dev/null
        "$caid" run --drain --root "$root" >&2
    fi
done
python3 - "$root" <<'PYTHON'
import json
import sys
from pathlib import Path

print("| seed | n | base raw | base wrapped | base few-shot | control | SFT | p (control) | p (SFT) | SFT strict |")
print("|---|---|---|---|---|---|---|---|---|---|")
for seed in range(1, 6):
    summary = json.loads(Path(sys.argv[1], f"artifacts/stage1/seed_{seed}/evaluate/summary.json").read_text())

    def rate(name: str, form: str, score: str = "content") -> dict:
        return next(m for m in summary["models"] if (m["name"], m["prompt_form"], m["score"]) == (name, form, score))

    zero_shot = [rate("base", form) for form in ("wrapped", "raw")]
    best = max(zero_shot, key=lambda m: m["correct"])["prompt_form"]

    def p(name: str) -> float:
        return next(
            c["p_exact"]
            for c in summary["comparisons"]
            if (c["a"], c["a_prompt_form"], c["b"], c["score"]) == ("base", best, name, "content")
        )

    cells = [rate("base", "raw"), rate("base", "wrapped"), rate("base", "few_shot"), rate("control", "wrapped")]
    cells.append(rate("sft", "wrapped"))
    row = [str(seed), str(cells[0]["n"])] + [f"{m['rate']:.3f}" for m in cells]
    row += [f"{p('control'):.2g}", f"{p('sft'):.2g}", f"{rate('sft', 'wrapped', 'strict')['rate']:.3f}"]
    print("| " + " | ".join(row) + " |")
PYTHON
