"""What others asked of the running job: to stop, or to checkpoint.

Owns the signal handlers. A handler only sets a flag; kinds look at it where their state is whole.
Never ends the process.
"""

import signal
from types import FrameType


class Signals:
    """SIGTERM and SIGINT ask for a stop, SIGUSR1 for a checkpoint."""

    def __init__(self) -> None:
        self.stop: str | None = None
        self._checkpoint = False

    def install(self) -> None:
        """Takes the signals over; SIGHUP is ignored, so that a closed connection ends nothing."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGUSR1, self._on_checkpoint)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    @property
    def checkpoint(self) -> bool:
        """Whether a checkpoint was asked for."""
        return self._checkpoint

    def take_checkpoint(self) -> bool:
        """Like `checkpoint`, and the request counts as answered: call it before writing one."""
        asked, self._checkpoint = self._checkpoint, False
        return asked

    def _on_stop(self, number: int, _frame: FrameType | None) -> None:
        self.stop = f"asked to stop by {signal.Signals(number).name}"

    def _on_checkpoint(self, _number: int, _frame: FrameType | None) -> None:
        self._checkpoint = True
