"""The two ways a job ends early.

Owns the exceptions that the runner turns into the events `failed` and `stopped`.
Never decides what happens next: that is the workstation's.
"""


class WorkerError(Exception):
    """A failure that a person can act on: one line that says what, where and what to do next."""


class Stopped(Exception):
    """Somebody asked the job to stop; what is unfinished is resumed by the next attempt."""
