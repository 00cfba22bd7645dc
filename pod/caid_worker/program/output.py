"""What the program says: kept in a bounded file, cut into lines.

Owns `output.log` and the last lines.
Never grows without end, on the disk or in memory.
"""

import os
from collections import deque
from pathlib import Path

HALF_BYTES = 32 << 20
LINE_BYTES = 1 << 16
LAST_LINES = 40


class Output:
    """Appends to `path`; at half its bound the file is renamed to `.1`, in the place of the one before."""

    def __init__(self, path: Path, half_bytes: int = HALF_BYTES) -> None:
        self._path, self._half = path, half_bytes
        self._descriptor = self._opened()
        self._size = os.fstat(self._descriptor).st_size
        self._partial = b""
        self.last: deque[str] = deque(maxlen=LAST_LINES)

    def take(self, data: bytes) -> list[str]:
        """Keeps the bytes; returns the lines that are whole now. A carriage return ends a line too."""
        self._keep(data)
        *whole, self._partial = (self._partial + data).replace(b"\r", b"\n").split(b"\n")
        if len(self._partial) > LINE_BYTES:
            whole.append(self._partial)
            self._partial = b""
        lines = [plain(line) for line in whole if line.strip()]
        self.last.extend(line[:500] for line in lines)
        return lines

    def end(self) -> list[str]:
        """The last line where it has no end."""
        last, self._partial = self._partial, b""
        lines = [plain(last)] if last.strip() else []
        self.last.extend(line[:500] for line in lines)
        return lines

    def _keep(self, data: bytes) -> None:
        if self._size + len(data) > self._half:
            os.close(self._descriptor)
            os.rename(self._path, self._path.with_name(self._path.name + ".1"))
            self._descriptor, self._size = self._opened(), 0
        self._size += len(data)
        while data:
            data = data[os.write(self._descriptor, data) :]

    def _opened(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)


def plain(line: bytes) -> str:
    """The line without control characters: it will be shown to people."""
    text = line[:LINE_BYTES].decode(errors="replace").rstrip()
    return "".join(c if c.isprintable() else " " for c in text)
