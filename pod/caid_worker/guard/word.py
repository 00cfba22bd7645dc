"""The workstation's sign of life: the file `WORKDIR/guard/word` changes.

Owns the file and counting the silence since its last change.
Never compares two clocks: a change of the file is the word, this machine's own steady clock measures the rest.
"""

import os
import time
from pathlib import Path


def give(workdir: Path) -> None:
    """Changes the file."""
    path = workdir / "guard" / "word"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


class Silence:
    """Seconds since the file last changed, or since the switch was started."""

    def __init__(self, path: Path, longest_step_s: float) -> None:
        self._path, self._longest = path, longest_step_s
        self._seen = self._look()
        self._at = time.monotonic()
        self._seconds = 0.0

    def measure(self) -> float:
        """Called at short intervals. A machine that was frozen in between did not wait for a word in that time."""
        now = time.monotonic()
        self._seconds += min(now - self._at, self._longest)
        self._at = now
        if (found := self._look()) != self._seen:
            # A file that has vanished is nobody's word.
            self._seconds = self._seconds if found is None else 0.0
            self._seen = found
        return self._seconds

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
