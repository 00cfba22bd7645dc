"""What a kind of job is given to work with.

Owns the way from a kind to the event log, the checkpoints and the clock.
Never knows what the kind computes.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caid_worker.checkpoints import Checkpoint, Checkpoints
from caid_worker.errors import Stopped
from caid_worker.events import EventLog
from caid_worker.job import Job
from caid_worker.signals import Signals


@dataclass
class Context:
    """One attempt at a job. `outputs` is the folder to fill; the runner seals it."""

    job: Job
    events: EventLog
    signals: Signals
    checkpoints: Checkpoints
    resume: Checkpoint | None
    outputs: Path
    _last_checkpoint_at: float = field(default_factory=time.monotonic)

    def check_stop(self) -> None:
        """Raises Stopped where somebody asked for it."""
        if self.signals.stop is not None:
            raise Stopped(self.signals.stop)

    def checkpoint_due(self, lead_s: float = 0.0) -> bool:
        """Whether one was asked for, or the clock will have run out `lead_s` seconds from now."""
        elapsed = time.monotonic() - self._last_checkpoint_at
        return self.signals.checkpoint or elapsed + lead_s >= self.job.checkpoint_every_s

    def save_checkpoint(self, fill: Callable[[Path], None], step: int, facts: dict[str, Any]) -> float:
        """Has `fill` write a checkpoint into an empty folder, seals it and tells it; returns the seconds it took."""
        started = time.monotonic()
        self.signals.take_checkpoint()
        building = self.checkpoints.begin()
        fill(building)
        seq, digest = self.checkpoints.commit(building, {"step": step, **facts})
        self._last_checkpoint_at = time.monotonic()
        seconds = self._last_checkpoint_at - started
        self.events.emit("checkpoint", seq=seq, step=step, seconds=round(seconds, 3), manifest_sha256=digest)
        return seconds

    def loading(self, done: int, total: int, phase: str) -> None:
        """Tells how far making the model available has come; raises Stopped where somebody asked for it."""
        self.events.progress(done, total, "model", phase)
        self.check_stop()
