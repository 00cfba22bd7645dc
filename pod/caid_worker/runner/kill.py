"""`kill`: ends a job whose worker no longer answers, a stopped one (SIGSTOP) too.

Owns the order: the worker first, so that it cannot call the death of its program a failure.
Never leaves a process of the job behind that it can find.
"""

import signal
import time
from typing import Any

from caid_worker.job import Job
from caid_worker.runner import leftovers, process
from caid_worker.runner.status import status


def kill(job: Job, timeout_s: float) -> dict[str, Any]:
    """Sends SIGKILL until the lock is free or the time is up, and returns the state then (`dead`, unless it had ended)."""
    deadline = time.monotonic() + timeout_s
    while True:
        now = status(job)
        if now["state"] != "running":
            leftovers.kill(job)
            return now
        if now["pid"] is not None:
            process.tell_group(now["pid"], signal.SIGKILL)
        if time.monotonic() >= deadline:
            return now
        time.sleep(0.05)
