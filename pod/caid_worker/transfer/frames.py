"""Frames over two descriptors.

Owns the bytes on the line: reading them in large pieces, gathering small answers, sending files without copying them.
Never holds more than two frames.
"""

import errno
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LIMIT: Final = 1 << 20
HEADER: Final = struct.Struct(">IB")


class Refused(Exception):
    """What was asked for is answered with an error; the conversation goes on."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


# The codes of an `e` frame.
CHANGED: Final = 1
NO_SPACE: Final = 2
BAD_NAME: Final = 3
DISK: Final = 4
WRONG_DIGEST: Final = 5


class Malformed(Exception):
    """The other end does not speak this protocol; there is no going on."""


class Frames:
    """One end of a conversation."""

    def __init__(self, source: int, sink: int) -> None:
        self._source, self._sink = source, sink
        self._buffer = bytearray(2 * (LIMIT + HEADER.size))
        self._view = memoryview(self._buffer)
        self._start = self._end = 0
        self._pending = bytearray()
        self._lock = threading.Lock()
        self._words_left = 64

    def next(self) -> tuple[bytes, memoryview] | None:
        """The next frame; its body is good until the next call. None where the line ends between two frames."""
        if not self._fill(HEADER.size):
            return None
        length, letter = HEADER.unpack_from(self._buffer, self._start)
        if length > LIMIT:
            raise Malformed(f"a frame of {length} bytes")
        if not self._fill(HEADER.size + length):
            raise Malformed("the line ended inside a frame")
        body = self._start + HEADER.size
        self._start = body + length
        return bytes((letter,)), self._view[body : body + length]

    def _fill(self, count: int) -> bool:
        """Makes so many bytes available; False at a clean end."""
        if self._end - self._start >= count:
            return True
        self.flush()
        if self._start + count > len(self._buffer) or self._start == self._end:
            rest = bytes(self._view[self._start : self._end])
            self._view[: len(rest)] = rest
            self._start, self._end = 0, len(rest)
        while self._end - self._start < count:
            got = os.readv(self._source, [self._view[self._end :]])
            if got == 0:
                if self._end == self._start:
                    return False
                raise Malformed("the line ended inside a frame")
            self._end += got
        return True

    def send(self, letter: bytes, *parts: bytes | memoryview) -> None:
        """Sends a frame, soon: at the latest when there is nothing more to read."""
        with self._lock:
            self._pending += HEADER.pack(sum(map(len, parts)), letter[0])
            for part in parts:
                self._pending += part
            if len(self._pending) >= 1 << 17:
                self._write()

    def refuse(self, error: Refused) -> None:
        """Sends an error. A flood of them comes without words, so that it never waits for somebody to read it."""
        self._words_left -= 1
        words = str(error).encode(errors="replace")[:200] if self._words_left >= 0 else b""
        self.send(b"e", bytes((error.code,)), words)

    def send_file(self, file: int, offset: int, count: int) -> None:
        """Sends a file's bytes as `d` frames."""
        end = offset + count
        while offset < end:
            part = min(LIMIT, end - offset)
            if part <= 1 << 16:
                # So small files share a write.
                self.send(b"d", read_exactly(file, offset, part))
            else:
                with self._lock:
                    self._pending += HEADER.pack(part, b"d"[0])
                    self._write()
                    self._pour(file, offset, part)
            offset += part

    def _pour(self, file: int, offset: int, count: int) -> None:
        while count > 0:
            try:
                done = os.sendfile(self._sink, file, offset, count)
            except OSError as error:
                if error.errno not in (errno.EINVAL, errno.ENOSYS):
                    raise
                # Not between these two kinds of file.
                self._write_all(read_exactly(file, offset, count))
                return
            if done == 0:
                raise Malformed("a file shrank while it was sent")
            offset, count = offset + done, count - done

    def flush(self) -> None:
        with self._lock:
            self._write()

    def _write(self) -> None:
        if self._pending:
            data, self._pending = self._pending, bytearray()
            self._write_all(data)

    def _write_all(self, data: bytes | bytearray) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._sink, view) :]

    @contextmanager
    def beating(self, seconds: float = 5) -> Iterator[None]:
        """Says every few seconds that work goes on."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(seconds):
                try:
                    self.send(b"k")
                    self.flush()
                except OSError:
                    return

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def read_exactly(file: int, offset: int, count: int) -> bytes:
    """So many bytes of a file."""
    data = os.pread(file, count, offset)
    while len(data) < count:
        more = os.pread(file, count - len(data), offset + len(data))
        if not more:
            raise Refused(CHANGED, "a file is shorter than it was")
        data += more
    return data


class Fields:
    """Reads the numbers and names of a body."""

    def __init__(self, body: memoryview) -> None:
        self._body, self._at = body, 0

    @property
    def more(self) -> bool:
        return self._at < len(self._body)

    def take(self, count: int) -> bytes:
        end = self._at + count
        if count < 0 or end > len(self._body):
            raise Malformed("a field is cut off")
        data = bytes(self._body[self._at : end])
        self._at = end
        return data

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def text(self) -> bytes:
        return self.take(self.number(2))
