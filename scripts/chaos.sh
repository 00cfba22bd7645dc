#!/usr/bin/env bash
# The chaos run: trainings and generations on rented pods while daemon, pods, connections and disks fail, then the same work
# undisturbed. Takes about a quarter of an hour on two idle processors, and writes the table into docs/chaos.md.
#   CAID_CHAOS_SEED=7 make chaos       another run; the same seed draws the same disturbances
#   CAID_CHAOS_MINUTES=30 make chaos   more of them
#   scripts/chaos.sh --planted         only the proof that every check can fail
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" != --planted ]; then
    swift build ${SWIFT_FLAGS:-} 2>&1 | grep -E 'error|warning|Compiling|Build complete' | tail -n 1
fi
PYTHONPATH=scripts PYTHONDONTWRITEBYTECODE=1 exec python3 -u -m chaos "$@"
