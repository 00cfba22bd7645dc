#!/usr/bin/env bash
# The whole crash sweep: every state-changing system call of a real daemon is the last one, or fails, and every power loss.
# Takes about a quarter of an hour on two idle processors, and writes the matrix into docs/crash-safety.md.
set -euo pipefail
cd "$(dirname "$0")/.."

rows=$(mktemp)
trap 'rm -f "$rows" "$rows.md"' EXIT
status=0
export CAID_CRASH=full CAID_CRASH_MATRIX=$rows
# One after the other, since real daemons beside the other sweeps would only wait for them.
for sweep in PowerLoss CrashSweep; do
    swift test ${SWIFT_FLAGS:-} --filter "$sweep" || status=$?
done
if [ ! -s "$rows" ]; then
    echo "crash-matrix: no rows; is strace here? \`make deps\` installs it" >&2
    exit 1
fi
awk -v rows="$rows" '
    /<!-- caid:begin matrix -->/ {
        print
        print "| scenario | call | disturbance | runs | right in the end |"
        print "|---|---|---|--:|--:|"
        while ((("sort " rows) | getline line) > 0) {
            split(line, cells, / *\| */)
            key = "| " cells[2] " | " cells[3] " | " cells[4] " |"
            if (!(key in runs)) keys[++count] = key
            runs[key] += cells[5]
            right[key] = cells[6] ~ /^[0-9]+$/ ? right[key] + cells[6] : cells[6]
        }
        for (i = 1; i <= count; i++) print keys[i], runs[keys[i]], "|", right[keys[i]], "|"
        inside = 1
    }
    /<!-- caid:end matrix -->/ { inside = 0 }
    !inside && !/<!-- caid:begin matrix -->/ { print }
' docs/crash-safety.md > "$rows.md"
cat "$rows.md" > docs/crash-safety.md
exit $status
