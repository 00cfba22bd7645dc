#!/usr/bin/env bash
# Owns how many small tasks get done in a second, one at a time, from the first one queued to the last one done; beside two
# queues for shells that promise less.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need nq nq
need tsp task-spooler
tasks=${TASKS:-200}

now() { printf '%s\n' "${EPOCHREALTIME/./}"; }
# per_second START END: of `tasks`, in microseconds.
per_second() { awk -v n="$tasks" -v a="$1" -v b="$2" 'BEGIN {printf "%.1f", n / (b - a) * 1e6}'; }

# caid_run CONCURRENCY: tasks per second.
caid_run() {
    local workspace queue start file
    workspace=$(new_workspace "tasks-$1" "$1")
    queue=$workspace/tasks/bench
    mkdir "$work/ready-$1"
    fill "$work/ready-$1" "$tasks"
    start_daemon "$workspace"
    start=$(now)
    for file in "$work/ready-$1"/*; do mv "$file" "$queue/pending/"; done
    until [ "$(find "$queue/completed" -name '*.md' | wc -l)" -eq "$tasks" ]; do
        sleep 0.05
        [ "$(find "$queue/blocked" -name '*.md' | wc -l)" -eq 0 ] || {
            say "bench: a task was blocked"
            exit 1
        }
    done
    per_second "$start" "$(now)"
    stop_daemon
}

say "throughput: $tasks tasks, caid"
one=$(caid_run 1)
four=$(caid_run 4)

say "throughput: $tasks tasks, nq"
export NQDIR=$work/nq
mkdir "$NQDIR"
start=$(now)
for _ in $(seq "$tasks"); do nq /bin/echo ok >/dev/null; done
nq -w
nq=$(per_second "$start" "$(now)")

say "throughput: $tasks tasks, task-spooler"
export TS_SOCKET=$work/tsp.socket TMPDIR=$work TS_MAXFINISHED=$tasks
start=$(now)
for _ in $(seq "$tasks"); do tsp /bin/echo ok >/dev/null; done
tsp -w
tsp=$(per_second "$start" "$(now)")
tsp -K

cat <<EOF
| $tasks tasks of \`/bin/echo ok\` | tasks/s | of caid's | queue after a power cut |
|---|---:|---:|---|
| caid, one at a time | $one | 1.00 | all there; what ran is known and noted |
| caid, four at a time | $four | $(ratio "$four" "$one") | the same |
| nq | $nq | $(ratio "$nq" "$one") | not synced; what waited does not start again |
| task-spooler | $tsp | $(ratio "$tsp" "$one") | gone: kept in memory |
EOF
