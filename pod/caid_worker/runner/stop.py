"""`stop`: asks the worker to checkpoint and end, and waits for it.

Owns the one signal and the wait.
Never kills harder: that is the caller's decision.
"""

import signal
import time
from typing import Any

from caid_worker.job import Job
from caid_worker.runner import process
from caid_worker.runner.status import status


def stop(job: Job, timeout_s: float) -> dict[str, Any]:
    """Sends SIGTERM once, waits until the lock is free or the time is up, and returns the state then."""
    deadline = time.monotonic() + timeout_s
    signalled = False
    while True:
        now = status(job)
        # The pid is missing for the moment between taking the lock and writing it.
        if not signalled and now["pid"] is not None:
            process.tell_group(now["pid"], signal.SIGTERM)
            signalled = True
        if now["state"] != "running" or time.monotonic() >= deadline:
            return now
        time.sleep(0.05)
