"""How far a program says it is.

Owns the two forms of a progress line and how often it is passed on.
Never believes a number that no reader could hold.
"""

import json
import math
import re
import time
from dataclasses import dataclass
from typing import Any

from caid_worker.events import EventLog

LINE = re.compile(r"progress (\d{1,15})/(\d{1,15})(?:\s+(.*))?", re.ASCII)
PROGRESS_EVERY_S = 0.5
LOG_EVERY_S = 5.0
WORDS = 200
MOST = 10**15


@dataclass(frozen=True)
class Progress:
    """One step of `total` (0: nobody knows) and words for a person."""

    done: int
    total: int
    phase: str = ""
    loss: float | None = None


def parse(line: str) -> Progress | None:
    """`progress 3/10 some words`, `{"progress": 0.3}` or `{"progress": {"done", "total", "phase"?, "loss"?}}`."""
    if found := LINE.fullmatch(line.strip()):
        return Progress(int(found[1]), int(found[2]), (found[3] or "")[:WORDS])
    if not line.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(line)["progress"]
    except (ValueError, KeyError, RecursionError):
        return None
    if (share := _number(value)) is not None and share <= 1:
        return Progress(round(1000 * share), 1000)
    if not isinstance(value, dict):
        return None
    done, total = _number(value.get("done")), _number(value.get("total", 0))
    if done is None or total is None:
        return None
    words = "".join(c if c.isprintable() else " " for c in str(value.get("phase", "")))
    return Progress(int(done), int(total), words[:WORDS], _number(value.get("loss"), least=-MOST))


class Told:
    """Passes progress on at most twice a second and, as a sign of life, other output every five seconds."""

    def __init__(self, events: EventLog) -> None:
        self._events = events
        self.done = 0
        self._progress: Progress | None = None
        self._words: str | None = None
        self._progress_at = self._words_at = -math.inf

    def hear(self, lines: list[str]) -> None:
        """Takes new lines of output; of each sort the newest counts."""
        for line in lines:
            if progress := parse(line):
                self._progress, self.done = progress, progress.done
            else:
                self._words = line

    def tell(self, at_the_end: bool = False) -> None:
        """Writes the events that are due."""
        now = time.monotonic()
        if self._progress and (at_the_end or now - self._progress_at >= PROGRESS_EVERY_S):
            progress, self._progress, self._progress_at = self._progress, None, now
            loss: dict[str, Any] = {} if progress.loss is None else {"loss": progress.loss}
            phase = progress.phase or "working"
            self._events.emit("progress", done=progress.done, total=progress.total, unit="steps", phase=phase, **loss)
        if self._words is not None and now - self._words_at >= LOG_EVERY_S:
            words, self._words, self._words_at = self._words, None, now
            self._events.log("info", words[:WORDS])


def _number(value: Any, least: float = 0) -> float | None:
    """The value where it is a number in bounds; not-a-number is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if least <= value < MOST else None
