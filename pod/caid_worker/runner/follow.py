"""`follow`: the job's events as they come, from an offset on, until its attempt is over.

Owns the stream: whole lines alone, so that an offset after what was sent is always the start of a line.
Never outlives the one who listens.
"""

import os
import select
import stat

from caid_worker import lock
from caid_worker.job import Job

LOOK_EVERY_S = 0.1
BLOCK = 1 << 20


def follow(job: Job, offset: int, source: int = 0, sink: int = 1) -> None:
    """Writes what follows `offset` in the event log to `sink`.

    Returns once the lock is free and everything was sent, or one of the two descriptors was closed at its other end.
    """
    listener = _Listener(source, sink)
    try:
        while True:
            # Asked before the last look into the file, so that nothing can come after it.
            over = not lock.is_held(job.lock)
            while data := _lines(job, offset):
                _write(sink, data)
                offset += len(data)
            if over or listener.has_gone(LOOK_EVERY_S):
                return
    except BrokenPipeError:
        return


def _lines(job: Job, offset: int) -> bytes:
    """Whole lines from `offset` on; a line longer than a block comes in pieces."""
    try:
        with open(job.events, "rb") as file:
            file.seek(offset)
            data = file.read(BLOCK)
    except FileNotFoundError:
        return b""
    return data if len(data) == BLOCK and b"\n" not in data else data[: data.rfind(b"\n") + 1]


def _write(sink: int, data: bytes) -> None:
    while data:
        data = data[os.write(sink, data) :]


class _Listener:
    """Who reads our output and, where our input is a pipe or a socket, holds its other end."""

    def __init__(self, source: int, sink: int) -> None:
        self.source, self.poll = source, select.poll()
        self.poll.register(sink, 0)
        kind = os.fstat(source).st_mode
        if stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind):
            self.poll.register(source, select.POLLIN)

    def has_gone(self, timeout_s: float) -> bool:
        for descriptor, event in self.poll.poll(timeout_s * 1000):
            if descriptor != self.source or not event & select.POLLIN:
                return True
            if not os.read(descriptor, 65536):
                return True
        return False
