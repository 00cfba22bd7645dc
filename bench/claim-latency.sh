#!/usr/bin/env bash
# Owns one number: how long a task file that is renamed into pending/ stays there, on an idle daemon; beside the least that
# could do the same, a shell loop round inotifywait which moves the file and does nothing else.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need inotifywait inotify-tools
drops=${DROPS:-200}

workspace=$(new_workspace latency)
start_daemon "$workspace"
queue=$workspace/tasks/bench
say "claim-latency: $drops drops, caid"
python3 "$root/bench/drop.py" 10 "$queue/pending" "$queue/completed" P1_warm >/dev/null
python3 "$root/bench/drop.py" "$drops" "$queue/pending" "$queue/completed" P1_drop 0.1 >"$work/caid"
stop_daemon

say "claim-latency: $drops drops, inotifywait"
loop=$work/loop
mkdir -p "$loop"/{pending,in_progress}
mkfifo "$work/events"
inotifywait -m -q -e moved_to --format %f "$loop/pending" >"$work/events" &
watcher=$!
while read -r name; do mv "$loop/pending/$name" "$loop/in_progress/$name"; done <"$work/events" &
sleep 1
python3 "$root/bench/drop.py" 10 "$loop/pending" "$loop/in_progress" P1_warm >/dev/null
python3 "$root/bench/drop.py" "$drops" "$loop/pending" "$loop/in_progress" P1_drop 0.1 >"$work/shell"
kill "$watcher"

c50=$(percentile 50 <"$work/caid") c99=$(percentile 99 <"$work/caid")
s50=$(percentile 50 <"$work/shell") s99=$(percentile 99 <"$work/shell")
cat <<EOF
| from rename to claim, ms ($drops drops) | p50 | p99 | what is done meanwhile |
|---|---:|---:|---|
| caid | $c50 | $c99 | scan, choice, intent in the journal (fsync), move, both folders fsynced |
| inotifywait loop | $s50 | $s99 | mv |
| ratio | $(ratio "$c50" "$s50") | $(ratio "$c99" "$s99") | |
EOF
