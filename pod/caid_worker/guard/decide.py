"""What follows from silence: a pure function of how long it lasts and what is at work.

Owns the rule.
Never looks at a clock or a file.
"""

from dataclasses import dataclass
from enum import Enum


class Action(Enum):
    """What to do now."""

    WAIT = "wait"
    STOP_JOBS = "ask the jobs for a checkpoint and their end"
    STOP_POD = "stop the machine"


@dataclass(frozen=True)
class Rule:
    """Seconds without a word after which an idle machine stops, and a busy one; seconds that jobs have to end in."""

    dead_man_s: float
    dead_man_max_s: float
    job_stop_s: float = 600.0


def decide(silent_s: float, jobs: int, asked_s: float | None, rule: Rule) -> Action:
    """`jobs` are at work; `asked_s` seconds ago they were asked to end (None: not in this silence)."""
    if silent_s < rule.dead_man_s:
        return Action.WAIT
    if jobs == 0:
        return Action.STOP_POD
    if silent_s < rule.dead_man_max_s:
        return Action.WAIT
    if asked_s is None:
        return Action.STOP_JOBS
    return Action.STOP_POD if asked_s >= rule.job_stop_s else Action.WAIT
