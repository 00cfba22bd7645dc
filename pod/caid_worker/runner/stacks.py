"""`stacks`: where every thread of the worker stands now, also of one that hangs in a library.

Owns `stacks.log` and its bound.
Never needs the worker's interpreter to run: a handler in C writes the dump.
"""

import faulthandler
import os
import signal
import time
from pathlib import Path
from typing import Any

from caid_worker.job import Job
from caid_worker.runner import process
from caid_worker.runner.status import status

MOST_BYTES = 256 << 10
LOG_BYTES = 4 << 20
PATIENCE_S = 5.0
QUIET_S = 0.2


def install(path: Path) -> None:
    """Makes this process answer SIGUSR2 with a dump at the end of `path`."""
    # Open for as long as the process lives: the handler knows the descriptor alone.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    faulthandler.register(signal.SIGUSR2, file=descriptor, all_threads=True, chain=False)


def stacks(job: Job) -> dict[str, Any]:
    """The state, and under `stacks` the newest dump, at most 256 KiB of it; without an answer, what the kernel says."""
    now = status(job)
    pid = now["pid"]
    if pid is None:
        return now | {"stacks": "no worker runs"}
    path = job.folder / "stacks.log"
    before = _size(path)
    if before > LOG_BYTES:
        # The worker appends, so it goes on at the new end.
        os.truncate(path, 0)
        before = 0
    process.tell(pid, signal.SIGUSR2)
    _wait(path, before)
    if _size(path) == before:
        return now | {"stacks": f"no answer within {PATIENCE_S:g} s; the process is {_kernel_state(pid)}"}
    with open(path, "rb") as file:
        file.seek(before)
        return now | {"stacks": file.read(MOST_BYTES).decode(errors="replace")}


def _wait(path: Path, before: int) -> None:
    """Until a dump has come and grows no more; it has no end mark."""
    size, changed = before, time.monotonic()
    while time.monotonic() - changed < (PATIENCE_S if size == before else QUIET_S):
        time.sleep(0.02)
        if (found := _size(path)) != size:
            size, changed = found, time.monotonic()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _kernel_state(pid: int) -> str:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next(line.split(maxsplit=1)[1] for line in lines if line.startswith("State:"))
    except (OSError, StopIteration):
        return "gone"
