#!/usr/bin/env bash
# How long a rented pod is kept waiting: from a dropped task to its job's start, and from the last job's end to the request to stop.
# ROUNDS=5 of each.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -n "${SIMULATOR:-}" ] || swift build -c release --static-swift-stdlib --product caid-simulator >&2
exec python3 bench/pod_latency.py "${CAID:-.build/release/caid}" "${SIMULATOR:-.build/release/caid-simulator}"
