"""The two ways a job ends early.

Owns the exceptions that the runner turns into the events `failed` and `stopped`.
Never decides what happens next: that is the workstation's.
"""


class WorkerError(Exception):
    """A failure that a person can act on: one line that says what, where and what to do next.

    `detail` is what else is worth showing, such as a program's last words; without one the traceback is.
    """

    def __init__(self, message: str, detail: str | None = None) -> None:
        super().__init__(message)
        self.detail = detail


class Stopped(Exception):
    """Somebody asked the job to stop; what is unfinished is resumed by the next attempt."""
