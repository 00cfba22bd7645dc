# Owns what the benchmarks share: the executable, a workspace of their own, the daemon's life, percentiles, CPU time.
# Never installs anything, and removes what it made.
# shellcheck shell=bash
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
caid=${CAID:-$root/.build/release/caid}

say() { printf '%s\n' "$*" >&2; }

# need PROGRAM PACKAGE: ends with the package's name where the program is missing.
need() {
    command -v "$1" >/dev/null || {
        say "bench: \`$1\` is missing; install it with: apt-get install $2"
        exit 1
    }
}

[ -x "$caid" ] || {
    say "bench: there is no $caid; build it with: swift build -c release --static-swift-stdlib --product caid (or set CAID)"
    exit 1
}
need python3 python3

mkdir -p "${BENCH_DIR:=$root/.build}"
work=$(mktemp -d "$BENCH_DIR/bench-XXXXXX")
daemon=
cleanup() {
    stop_daemon
    jobs -p | xargs -r kill 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

# new_workspace NAME: a workspace whose queue `bench` runs an agent that prints a word; prints its folder.
new_workspace() {
    "$caid" init "$work/$1" >/dev/null
    cat >"$work/$1/cai.yaml" <<-EOF
		settle: 2s
		queues:
		  bench: {executor: agent, command: [/bin/echo, ok], concurrency: ${2:-1}, retries: 0}
	EOF
    mkdir -p "$work/$1"/tasks/bench/{pending,in_progress,completed,blocked}
    printf '%s\n' "$work/$1"
}

# fill FOLDER COUNT [waiting]: so many task files; with a third word, ones that wait for another century.
fill() {
    python3 - "$@" <<-'EOF'
		import sys
		folder, count = sys.argv[1], int(sys.argv[2])
		header = "---\nnot_before: 2126-11-22T08:00:00Z\n---\n" if len(sys.argv) > 3 else ""
		for number in range(count):
		    with open(f"{folder}/20261121_P2_filler_{number:06}.md", "w") as file:
		        file.write(f"{header}# Task: filler {number}\n\nNothing to do.\n")
	EOF
}

# start_daemon WORKSPACE: returns once it has looked at everything that was there, and rests.
start_daemon() {
    rm -f "$1/status/status.json"
    "$caid" run --root "$1" >"$work/daemon.log" 2>&1 &
    daemon=$!
    for _ in $(seq 600); do
        grep -q '"running" *: *true' "$1/status/status.json" 2>/dev/null && break
        kill -0 "$daemon" 2>/dev/null || {
            say "bench: the daemon has ended: $(tail -n 3 "$work/daemon.log")"
            exit 1
        }
        sleep 0.1
    done
    sleep 3
    rest
}

stop_daemon() {
    [ -n "$daemon" ] || return 0
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
    daemon=
}

# Returns when the daemon has used less than 2 ms of CPU time within half a second.
rest() {
    local before after
    after=$(cpu_ns)
    for _ in $(seq 240); do
        before=$after
        sleep 0.5
        after=$(cpu_ns)
        [ $((after - before)) -lt 2000000 ] && return
    done
    say "bench: the daemon does not come to rest"
    exit 1
}

# CPU time of the daemon (not of its children) in nanoseconds, threads that have ended included: the kernel's clock of a process.
cpu_ns() { python3 -c 'import sys, time; print(time.clock_gettime_ns((~int(sys.argv[1]) << 3) | 2))' "$daemon"; }

# Resident memory in MiB.
rss_mib() { awk '/^VmRSS/ {printf "%.1f\n", $2 / 1024}' /proc/"$daemon"/status; }

# percentile P: of the numbers on the standard input, one a line.
percentile() { sort -g | awk -v p="$1" '{x[NR] = $1} END {i = int((NR * p + 99) / 100); printf "%.2f\n", x[i < 1 ? 1 : i]}'; }

# ratio A B: how many times A is of B.
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'; }
