#!/usr/bin/env bash
# Owns what the daemon costs while there is nothing to do.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
seconds=${SECONDS_IDLE:-60}

# Waits so long, and prints how many context switches the daemon made. Threads come and go, so all are looked at often.
switches() {
    python3 - "$daemon" "$seconds" <<-'EOF'
		import glob, re, sys, time
		first, last = {}, {}
		end = time.monotonic() + float(sys.argv[2])
		is_start = True
		while time.monotonic() < end:
		    for path in glob.glob(f"/proc/{sys.argv[1]}/task/*/status"):
		        try: count = sum(map(int, re.findall(r"ctxt_switches:\s*(\d+)", open(path).read())))
		        except OSError: continue
		        first.setdefault(path, count if is_start else 0)
		        last[path] = count
		    is_start = False
		    time.sleep(0.1)
		print(sum(last.values()) - sum(first.values()))
	EOF
}

# measure NAME PENDING: one row.
measure() {
    local workspace cpu switches
    workspace=$(new_workspace "$1")
    fill "$workspace/tasks/bench/pending" "$2" waiting
    start_daemon "$workspace"
    say "idle: $2 pending, $seconds s"
    cpu=$(cpu_ns)
    switches=$(switches)
    cpu=$(($(cpu_ns) - cpu))
    printf '| %s | %s | %s | %s |\n' "$2" "$(awk -v ns="$cpu" 'BEGIN {printf "%.1f", ns / 1e6}')" "$switches" "$(rss_mib)"
    stop_daemon
    rm -rf "$workspace"
}

cat <<EOF
| pending/ (waiting) | CPU in $seconds s, ms | context switches in $seconds s | RSS, MiB |
|---:|---:|---:|---:|
EOF
measure empty 0
measure p10k 10000
