"""`checkpoint`: asks the worker for a checkpoint without stopping it.

Owns the one signal.
Never waits for the checkpoint: its event tells.
"""

import signal
import time
from typing import Any

from caid_worker.job import Job
from caid_worker.runner import process
from caid_worker.runner.status import status

PATIENCE_S = 5.0


def checkpoint(job: Job) -> dict[str, Any]:
    """The state before the signal, with the newest checkpoint's number then; `pid` null: nobody could be asked."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        now = status(job)
        if now["pid"] is not None:
            process.tell(now["pid"], signal.SIGUSR1)
            return now
        # The pid is missing for the moment between taking the lock and writing it.
        if now["state"] != "running" or time.monotonic() >= deadline:
            return now
        time.sleep(0.02)
