"""Liveness: whoever holds this lock works in the job folder, and death lets go of it.

Owns the flock on `JOBDIR/lock`.
Never trusts a process id.
"""

import fcntl
import os
import time
from pathlib import Path


def acquire(path: Path) -> int | None:
    """Takes the lock and returns its descriptor, or None where a worker holds it.

    A look from `is_held` holds it shared for some microseconds; that a shared lock is to be had tells such a look
    from a worker.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    deadline = time.monotonic() + 2
    while True:
        if _try(descriptor, fcntl.LOCK_EX):
            return descriptor
        if not _try(descriptor, fcntl.LOCK_SH) or time.monotonic() > deadline:
            os.close(descriptor)
            return None
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        time.sleep(0.002)


def is_held(path: Path) -> bool:
    """Whether a worker works here now."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _try(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def keep_from_children(descriptor: int) -> None:
    """Closes the lock in every forked child, which could otherwise outlive the worker and hold it."""
    held = [descriptor]
    os.register_at_fork(after_in_child=lambda: os.close(held.pop()) if held else None)


def _try(descriptor: int, mode: int) -> bool:
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
