"""How far a program says it is.

Owns the two forms of a progress line, and how often it, other output and signs of life are passed on.
Never believes a number that no reader could hold, and never tells without end.
"""

import json
import math
import re
import time
from dataclasses import dataclass
from typing import Any

from caid_worker.events import EventLog

LINE = re.compile(r"progress (\d{1,15})/(\d{1,15})(?:\s+(.*))?", re.ASCII)
TELL_EVERY_S = 0.5
WORDS = 200
# Characters of output that one event holds, and that are told in full; then the newest line is enough.
SAID, SAID_IN_ALL = 4096, 1 << 20
NEWEST_EVERY_S = 5.0
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
    """Passes on, at most twice a second each, the newest progress, and what else the program says.

    Output, and every other sign of life, is progress of the unit `tokens`: nobody knows how many there will be, but a
    program without any of either is one that hangs.
    """

    def __init__(self, events: EventLog) -> None:
        self._events = events
        self.done = 0
        self._progress: Progress | None = None
        self._said: list[str] = []
        self._waiting = self._told = self._left_out = self._signs = 0
        self._progress_at = self._said_at = -math.inf

    def hear(self, lines: list[str]) -> None:
        """Takes new lines of output; of progress the newest counts."""
        for line in lines:
            if progress := parse(line):
                self._progress, self.done = progress, progress.done
            else:
                self._keep(line[:SAID])

    def alive(self) -> None:
        """The program is seen at work, whether it says something or not."""
        self._sign("")

    def tell(self, at_the_end: bool = False) -> None:
        """Writes the events that are due."""
        now = time.monotonic()
        if self._progress and (at_the_end or now - self._progress_at >= TELL_EVERY_S):
            progress, self._progress, self._progress_at = self._progress, None, now
            loss: dict[str, Any] = {} if progress.loss is None else {"loss": progress.loss}
            phase = progress.phase or "working"
            self._events.emit("progress", done=progress.done, total=progress.total, unit="steps", phase=phase, **loss)
        pause = TELL_EVERY_S if self._told < SAID_IN_ALL else NEWEST_EVERY_S
        if self._said and (at_the_end or now - self._said_at >= pause):
            lines = [f"… {self._left_out} lines are left out here"] if self._left_out else []
            self._sign("\n".join(lines + self._said))
            self._said, self._waiting, self._left_out, self._said_at = [], 0, 0, now

    def _keep(self, line: str) -> None:
        """Of what does not fit into one event, the newest lines count."""
        self._said.append(line)
        self._waiting += len(line) + 1
        while len(self._said) > 1 and (self._waiting > SAID or self._told >= SAID_IN_ALL):
            self._waiting -= len(self._said.pop(0)) + 1
            self._left_out += 1

    def _sign(self, words: str) -> None:
        self._signs += 1
        self._told += len(words)
        self._events.emit("progress", done=self._signs, total=0, unit="tokens", phase=words)


def _number(value: Any, least: float = 0) -> float | None:
    """The value where it is a number in bounds; not-a-number is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if least <= value < MOST else None
