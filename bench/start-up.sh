#!/usr/bin/env bash
# Owns how long a person waits for a command, and a workspace for its daemon.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
runs=${RUNS:-20}

# times COMMAND…: milliseconds of each of so many runs.
times() {
    local start
    for _ in $(seq "$runs"); do
        start=${EPOCHREALTIME/./}
        "$@" >/dev/null 2>&1 || true
        printf '%s\n' "$((${EPOCHREALTIME/./} - start))"
    done | awk '{printf "%.3f\n", $1 / 1000}'
}

# Milliseconds from exec to the first status that says when the folders were looked at.
first_scans() {
    python3 - "$caid" "$1" "$runs" <<-'EOF'
		import json, os, subprocess, sys, time
		caid, root, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
		status = os.path.join(root, "status/status.json")
		for _ in range(runs):
		    if os.path.exists(status): os.remove(status)
		    start = time.monotonic()
		    daemon = subprocess.Popen([caid, "run", "--root", root], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
		    while True:
		        try:
		            if json.load(open(status))["daemon"]["last_scan"]: break
		        except (OSError, ValueError): pass
		        if time.monotonic() - start > 90: sys.exit("no scan within 90 s")
		        time.sleep(0.0005)
		    print(f"{(time.monotonic() - start) * 1000:.3f}")
		    daemon.terminate()
		    daemon.wait()
	EOF
}

workspace=$(new_workspace empty)
full=$(new_workspace full)
fill "$full/tasks/bench/pending" 10000 waiting
cat <<EOF
| from exec, ms ($runs runs) | p50 | largest |
|---|---:|---:|
EOF
# row WORDS: of the times on the standard input.
row() {
    cat >"$work/times"
    printf '| %s | %s | %s |\n' "$1" "$(percentile 50 <"$work/times")" "$(percentile 100 <"$work/times")"
}
say "start-up: $runs runs each"
times /bin/true | row "\`/bin/true\`, for comparison"
times "$caid" --version | row "\`caid --version\`"
times "$caid" status --root "$workspace" | row "\`caid status\`"
times "$caid" status --root "$full" | row "\`caid status\`, 10,000 pending"
first_scans "$workspace" | row "\`caid run\` to its first scan"
first_scans "$full" | row "\`caid run\` to its first scan, 10,000 pending"
