"""What the switch did and why, for a person: `WORKDIR/guard/log`.

Owns the file and its bound.
Never fails: a full disk must not keep a machine running.
"""

import contextlib
import time
from pathlib import Path

MOST_BYTES = 1 << 20


class Log:
    """Lines with the time in UTC; a line that repeats the one before is not written again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = ""

    def say(self, text: str) -> None:
        if text == self._last:
            return
        self._last = text
        with contextlib.suppress(OSError):
            if self._path.exists() and self._path.stat().st_size > MOST_BYTES:
                self._path.replace(self._path.with_name("log.1"))
            with open(self._path, "a", encoding="utf-8", errors="replace") as file:
                file.write(f"[{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}] {text}\n")
