#!/usr/bin/env bash
# The whole crash sweep: every state-changing system call of a real daemon is the last one, or fails. Takes about ten
# minutes on two processors, and writes the matrix into docs/crash-safety.md.
set -euo pipefail
cd "$(dirname "$0")/.."

rows=$(mktemp)
trap 'rm -f "$rows"' EXIT
status=0
CAID_CRASH=full CAID_INTERLEAVINGS=1000 CAID_CRASH_MATRIX=$rows swift test ${SWIFT_FLAGS:-} --filter 'CrashSweep|PowerLoss|Interleaving' || status=$?
if [ ! -s "$rows" ]; then
    echo "crash-matrix: no rows; is strace here? \`make deps\` installs it" >&2
    exit 1
fi
awk -v rows="$rows" '
    /<!-- caid:begin matrix -->/ {
        print
        print "| scenario | call | disturbance | runs | right in the end |"
        print "|---|---|---|--:|--:|"
        while ((getline line < rows) > 0) print line
        inside = 1
    }
    /<!-- caid:end matrix -->/ { inside = 0 }
    !inside && !/<!-- caid:begin matrix -->/ { print }
' docs/crash-safety.md > "$rows.md"
mv "$rows.md" docs/crash-safety.md
exit $status
