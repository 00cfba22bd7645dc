#!/usr/bin/env bash
# Owns what a long history and a long queue cost: CPU time of one look at the folders, memory, and the claim of one task, with
# many files in completed/ or in pending/.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
looks=${LOOKS:-30} drops=${DROPS:-20}

# measure NAME COMPLETED PENDING: one row.
measure() {
    local workspace before after look p50 largest claim
    say "scale: $2 completed, $3 pending"
    workspace=$(new_workspace "$1")
    fill "$workspace/tasks/bench/completed" "$2"
    fill "$workspace/tasks/bench/pending" "$3" waiting
    start_daemon "$workspace"
    # A hint that changes nothing: a hidden file is renamed.
    : >"$workspace/tasks/bench/pending/.0"
    rest
    before=$(cpu_ns)
    for number in $(seq "$looks"); do
        mv "$workspace/tasks/bench/pending/.$((number - 1))" "$workspace/tasks/bench/pending/.$number"
        sleep 0.3
    done
    rest
    after=$(cpu_ns)
    look=$(awk -v ns=$((after - before)) -v n="$looks" 'BEGIN {printf "%.2f", ns / n / 1e6}')
    before=$(cpu_ns)
    python3 "$root/bench/drop.py" "$drops" "$workspace/tasks/bench/pending" "$workspace/tasks/bench/completed" P1_drop 0.3 \
        >"$work/latency"
    rest
    after=$(cpu_ns)
    claim=$(awk -v ns=$((after - before)) -v n="$drops" 'BEGIN {printf "%.1f", ns / n / 1e6}')
    p50=$(percentile 50 <"$work/latency") largest=$(percentile 100 <"$work/latency")
    printf '| %s | %s | %s | %s | %s | %s | %s |\n' "$2" "$3" "$look" "$p50" "$largest" "$claim" "$(rss_mib)"
    stop_daemon
    rm -rf "$workspace"
}

cat <<EOF
| completed/ | pending/ (waiting) | CPU of one look, ms | claim p50, ms | claim, largest, ms | CPU of one task from claim to end, ms | RSS, MiB |
|---:|---:|---:|---:|---:|---:|---:|
EOF
measure empty 0 0
measure c1k 1000 0
measure c10k 10000 0
measure c100k 100000 0
measure p10k 0 10000
