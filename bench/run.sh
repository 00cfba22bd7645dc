#!/usr/bin/env bash
# Owns running the benchmarks and collecting their tables in bench/RESULTS.md: `bench/run.sh [NAME…]`, all by default.
# Builds the release executable unless CAID names one; installs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
all=(start-up claim-latency throughput idle scale pod-latency transfer)
names=("$@")
[ $# -gt 0 ] || names=("${all[@]}")
load=$(cut -d ' ' -f 1 /proc/loadavg)
for name in "${names[@]}"; do
    [ -x "bench/$name.sh" ] || {
        echo "bench: there is no '$name'; there are: ${all[*]}" >&2
        exit 2
    }
done
[ -n "${CAID:-}" ] || swift build -c release --static-swift-stdlib --product caid >&2
tables=$(mktemp -d)
trap 'rm -rf "$tables"' EXIT
for name in "${names[@]}"; do "bench/$name.sh" >"$tables/$name"; done
{
    echo "# Benchmarks"
    echo
    echo "Made by \`bench/run.sh${*:+ $*}\` on $(date -u +%Y-%m-%d); higher is better for tasks per second, lower for everything else."
    echo
    echo "| machine | |"
    echo "|---|---|"
    echo "| processor | $(awk -F': *' '/^model name/ {print $2; exit}' /proc/cpuinfo), $(nproc) cores |"
    echo "| memory | $(awk '/^MemTotal/ {printf "%.0f GiB", $2 / 1048576}' /proc/meminfo) |"
    echo "| kernel | $(uname -sr) |"
    echo "| file system | $(findmnt -n -o FSTYPE -T . || stat -f -c %T .) |"
    echo "| load before the first and after the last | $load, $(cut -d ' ' -f 1 /proc/loadavg) |"
    echo "| executable | $("${CAID:-.build/release/caid}" --version), release build |"
    for name in "${names[@]}"; do
        printf '\n## %s\n\n' "$name"
        cat "$tables/$name"
    done
} >bench/RESULTS.md
cat bench/RESULTS.md
