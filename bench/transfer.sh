#!/usr/bin/env bash
# Owns how long bulk transfers take, beside the programs people use for them: over a line of this machine that is given a delay.
# MIB, FILES, RUNS, RTTS, CHECKPOINT_MB (0: none), PATIENCE and CONNECTIONS make it smaller or other.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
need cc gcc
need ssh openssh-client
need /usr/sbin/sshd openssh-server
need rsync rsync
need tar tar
ours=${CAID_TRANSFER_BENCH:-$root/.build/release/caid-transfer-bench}
[ -n "${CAID_TRANSFER_BENCH:-}" ] || swift build -c release --static-swift-stdlib --product caid-transfer-bench >&2
cc -O2 -Wall -Werror -o "$work/delay_proxy" "$root/bench/delay_proxy.c"
mkdir -m 700 "$work/data"
python3 "$root/bench/transfer.py" "$root" "$work/data" "$work/delay_proxy" "$ours"
