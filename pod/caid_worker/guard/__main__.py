"""`python -m caid_worker.guard WORKDIR`: starts the switch detached, unless one is there.

Owns the one process for each machine and working folder.
Never keeps a connection of its starter open.
"""

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from caid_worker import lock
from caid_worker.guard import place
from caid_worker.guard.watch import Watch


def main() -> int:
    """Says `{"guard": true, "started": …}` once a switch watches."""
    parser = argparse.ArgumentParser(prog="caid_worker.guard", description="the dead-man switch; see docs/jobs.md")
    parser.add_argument("workdir", type=Path, metavar="WORKDIR")
    workdir: Path = parser.parse_args().workdir.absolute()
    try:
        (workdir / "guard").mkdir(parents=True, exist_ok=True)
        descriptor = lock.acquire(place.lock_path(workdir))
    except OSError as error:
        print(json.dumps({"error": f"the dead-man switch cannot be started: {error}"}))
        return 1
    if descriptor is not None:
        _detach(Watch(workdir), descriptor)
    print(json.dumps({"guard": True, "started": descriptor is not None}))
    return 0


def _detach(watch: Watch, descriptor: int) -> None:
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            if os.fork() == 0:
                _watch(watch, descriptor)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def _watch(watch: Watch, descriptor: int) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    for inherited in map(int, os.listdir("/proc/self/fd")):
        if inherited > 2 and inherited != descriptor:
            try:
                os.close(inherited)
            except OSError:
                continue
    os.chdir("/")
    watch.run()


if __name__ == "__main__":
    sys.exit(main())
