"""`status`: what state a job is in; asks the lock first, then the files.

Owns the six words for a state.
Never changes anything.
"""

from typing import Any

from caid_worker import checkpoints, lock, manifest
from caid_worker.events import last_attempt
from caid_worker.job import Job
from caid_worker.runner import process


def status(job: Job) -> dict[str, Any]:
    """The job's state, the worker's pid while it runs, the size of its event log, attempt and newest checkpoint."""
    running = lock.is_held(job.lock)
    attempt, ending = last_attempt(job.events)
    if running:
        state = "running"
    elif manifest.read(job.outputs, job.id) is not None:
        state = "done"
    elif attempt == 0:
        state = "new"
    else:
        # `done` without outputs: somebody took them away, and the job may run again.
        state = ending if ending in ("stopped", "failed") else "dead"
    return {
        "state": state,
        "pid": process.worker(job) if running else None,
        "events_bytes": job.events.stat().st_size if job.events.exists() else 0,
        "attempt": attempt,
        "checkpoint": checkpoints.newest_number(job.checkpoints),
    }

