"""The job's event log: append-only lines that say how far it has come.

Owns `events.jsonl`: its lines, its torn tail, and how often progress is told.
Never goes back on a line.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

from caid_worker import files

ENDINGS = ("done", "stopped", "failed")
PROGRESS_INTERVAL_S = 0.5


class EventLog:
    """Appends events. Only the holder of the job's lock may open one: it cuts off a torn last line."""

    def __init__(self, path: Path) -> None:
        files.cut_torn_line(path)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._told_at = 0.0
        self._phase: str | None = None

    def emit(self, event: str, **fields: Any) -> None:
        """Writes one line in one call; endings and checkpoints also reach the disk before this returns."""
        line = files.encode_line({"t": round(time.time(), 3), "event": event, **fields})
        os.write(self._descriptor, line)
        if event in ENDINGS or event == "checkpoint":
            os.fsync(self._descriptor)

    def progress(self, done: int, total: int, unit: str, phase: str, **fields: Any) -> None:
        """Tells progress at most twice a second; a new phase is told at once."""
        now = time.monotonic()
        if phase == self._phase and now - self._told_at < PROGRESS_INTERVAL_S:
            return
        self._told_at, self._phase = now, phase
        self.emit("progress", done=done, total=total, unit=unit, phase=phase, **fields)

    def log(self, level: str, message: str) -> None:
        """Says something to a person; `level` is `info` or `warning`."""
        self.emit("log", level=level, message=message)


def last_attempt(path: Path) -> tuple[int, str | None]:
    """The number of the last attempt (0: none yet) and how it ended (None: it gave no word)."""
    ending: str | None = None
    if not path.exists():
        return 0, None
    for line in files.lines_backwards(path):
        try:
            value = json.loads(line)
            event = value["event"]
        except (ValueError, KeyError, TypeError):
            continue
        if event in ENDINGS and ending is None:
            ending = event
        elif event == "started":
            return int(value.get("attempt", 1)), ending
    return 0, ending
