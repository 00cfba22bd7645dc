"""Processes that a job's program has started, wherever they went: told by the job folder in their environment.

Owns finding and ending them, so that no two runs of a program ever work in one folder.
Never ends a process without that mark.
"""

import os
import signal
import time

from caid_worker.errors import WorkerError
from caid_worker.job import Job

VARIABLE = "CAID_JOB_DIR"
PATIENCE_S = 10.0


def mark(job: Job) -> str:
    """The value of the variable that every process of the job's program carries."""
    return os.path.realpath(job.folder)


def alive(job: Job) -> list[int]:
    """The processes that carry it now."""
    wanted = _wanted(job)
    return [pid for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))) if _is_marked(pid, wanted)]


def kill(job: Job) -> int:
    """Kills them all, those started meanwhile too; returns how many there were.

    Raises a WorkerError where one does not die: it hangs in the kernel, and only the machine's end helps.
    """
    wanted = _wanted(job)
    deadline = time.monotonic() + PATIENCE_S
    killed: set[int] = set()
    while True:
        alive = [pid for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))) if _kill(pid, wanted)]
        if not alive:
            return len(killed)
        killed.update(alive)
        if time.monotonic() > deadline:
            raise WorkerError(f"the program's process {alive[0]} does not die; restart the machine")
        time.sleep(0.01)


def _kill(pid: int, wanted: bytes) -> bool:
    """Whether the process is one of them. Its descriptor is taken before the look, so that no successor is hit."""
    if pid == os.getpid():
        return False
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        if not _is_marked(pid, wanted):
            return False
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _wanted(job: Job) -> bytes:
    return f"{VARIABLE}={mark(job)}".encode(errors="surrogateescape")


def _is_marked(pid: int, wanted: bytes) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return wanted in file.read(1 << 20).split(b"\0")
    except OSError:
        return False
