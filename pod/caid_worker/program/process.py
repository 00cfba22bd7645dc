"""The program's process: a group of its own below the worker, its output in a pipe to us.

Owns starting, pausing and ending it.
Never lets it outlive the worker.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from caid_worker.errors import WorkerError

PR_SET_PDEATHSIG = 1
CHUNK = 1 << 16


class Process:
    """A started program. Its standard output and error are one stream, which `read` hands out."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        libc, parent = ctypes.CDLL(None), os.getpid()

        def die_with_the_worker() -> None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

        try:
            self._inner = subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, bufsize=0, process_group=0, preexec_fn=die_with_the_worker,
            )  # fmt: skip
        except OSError as error:
            raise WorkerError(
                f"the program {command[0]!r} cannot be started: {error.strerror}; "
                "arguments.command begins with a program on the PATH or a path below the job's inputs"
            ) from None
        assert self._inner.stdout is not None
        self._pipe = self._inner.stdout
        os.set_blocking(self._pipe.fileno(), False)
        self._open = True

    @property
    def code(self) -> int | None:
        """The exit status, negative for a signal's number; None while it runs."""
        return self._inner.poll()

    def read(self, timeout_s: float) -> bytes:
        """What it says, as soon as it says something; nothing after `timeout_s`."""
        if not self._open:
            time.sleep(timeout_s)
            return b""
        if not select.select([self._pipe], [], [], timeout_s)[0]:
            return b""
        data = self._pipe.read(CHUNK)
        self._open = data != b""
        return data or b""

    def rest(self) -> Iterator[bytes]:
        """What is left in the pipe; whoever still holds its other end is not waited for."""
        while data := self.read(0):
            yield data

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Stops the program's clock meanwhile, so that its files are all of one moment."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def ask_to_end(self) -> None:
        """SIGTERM to the program and what it has started in its group."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to the same, and waits for the program's end."""
        if self.code is None:
            self._signal(signal.SIGKILL)
            self._inner.wait()

    def _signal(self, number: signal.Signals) -> None:
        # Until it is waited for, its number is nobody else's.
        if self.code is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._inner.pid, number)
