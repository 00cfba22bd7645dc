"""The process behind a job's lock: its id is believed only while that process has the lock file open.

Owns finding the worker, and every signal that a command sends to it.
Never signals a process that merely has got a dead worker's number.
"""

import os
import signal

from caid_worker.job import Job


def worker(job: Job) -> int | None:
    """The worker's process id; None where none works, or for the moment before it has said which one it is."""
    try:
        pid = int(job.pid_file.read_text())
        lock = os.stat(job.lock)
        descriptors = os.listdir(f"/proc/{pid}/fd")
    except (OSError, ValueError):
        return None
    for descriptor in descriptors:
        try:
            found = os.stat(f"/proc/{pid}/fd/{descriptor}")
        except OSError:
            continue
        if (found.st_dev, found.st_ino) == (lock.st_dev, lock.st_ino):
            return pid
    return None


def tell(pid: int, number: signal.Signals) -> None:
    """Signals the worker alone: what it has started may not know the signal, and would die of it."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def tell_group(pid: int, number: signal.Signals) -> None:
    """Signals the worker and what it has started in its own group."""
    try:
        group = os.getpgid(pid)
        if group == os.getpgrp():
            os.kill(pid, number)
        else:
            os.killpg(group, number)
    except ProcessLookupError:
        pass
