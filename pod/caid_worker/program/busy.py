"""Whether a silent program computes: the processor time of all its processes.

Owns telling it from one that waits for something that never comes.
Never judges whether what it computes is of any use.
"""

import os
import time

from caid_worker.job import Job
from caid_worker.runner import leftovers

LOOK_EVERY_S = 30.0
# Of one processor: threads that only look at a queue now and then use less.
SHARE = 0.01


class Busy:
    """Looks now and then; the first look is always a sign of life."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._at = self._used = 0.0

    def look(self) -> bool:
        """Whether it was seen at work now."""
        now = time.monotonic()
        if now - self._at < LOOK_EVERY_S:
            return False
        used = sum(_seconds(pid) for pid in leftovers.alive(self._job))
        # Less than before: a process has ended, and its parent goes on.
        changed, elapsed = abs(used - self._used), now - self._at
        is_first, self._at, self._used = self._at == 0, now, used
        return is_first or changed >= SHARE * elapsed


def _seconds(pid: int) -> float:
    """Processor time of a process and of its children that have ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # After the name, which may hold anything.
            fields = file.read().rpartition(b")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return 0.0
