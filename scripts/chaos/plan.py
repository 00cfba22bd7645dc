"""What happens to a run: drawn from its seed before it begins, so that a seed can be played again.

Owns the kinds of disturbance and their order.
Never carries one out.
"""

import random
from dataclasses import dataclass

KINDS: dict[str, str] = {
    "daemon_killed": "kill -9 of the daemon, started again after a moment",
    "worker_killed": "kill -9 of a job's worker",
    "worker_stopped": "SIGSTOP to a job's worker: it lives and does nothing",
    "sshd_killed": "kill -9 of the pod's sshd and its connections; it is back after a moment",
    "connections_cut": "kill -9 of the pod's open connections",
    "connections_frozen": "SIGSTOP to the pod's sshd and all its connections: open, and nothing comes through",
    "pod_stopped": "the pod's machine dies (EXITED), its volume stays; it is back with another port and host key",
    "pod_failed": "the pod's machine dies: ERROR, never to be had again",
    "pod_gone": "the pod vanishes with its volume",
    "pod_deleted": "somebody else terminates the pod",
    "daemon_and_pod": "kill -9 of the daemon, and the pod vanishes while nobody looks",
    "resume_refused": "the pod dies, and starting it again is refused: no GPU is free",
    "create_refused": "the pod vanishes, and the first GPU on the list cannot be had",
    "answer_lost": "the pod vanishes, and the answer to the request for another one is lost",
    "reply_cut": "the pod dies, and the reply to its start breaks off in the middle",
    "api_trouble": "connections are cut, and the API answers 429, 503 and half a reply, then nothing for some seconds",
    "slow_boot": "the pod dies, takes its time to start, and shows no ports for a while",
    "nan_loss": "a training whose loss is not a number, as a task of its own: it has to end in blocked/",
    "home_full": "the disk for checkpoints at home is full for a moment",
}
"""Every kind, in words for the table."""

AVERAGE_S = 32.0
"""What one takes, its recovery included, on two idle processors: how many fit into a run."""


@dataclass(frozen=True)
class Disturbance:
    """One of them: `gap_s` after work goes on since the one before; `seconds` is how long it lasts, where it lasts."""

    kind: str
    gap_s: float
    seconds: float
    choice: float
    """In 0..<1: which job or pod, where there are several."""


def plan(seed: int, minutes: float) -> list[Disturbance]:
    """All kinds, in random order, and further ones as the time allows."""
    dice = random.Random(seed)
    order = list(KINDS)
    dice.shuffle(order)
    more = max(0, round(minutes * 60 / AVERAGE_S) - len(order))
    # A stalled worker takes a minute and a half, and one NaN is like another.
    often = [kind for kind in KINDS if kind not in ("worker_stopped", "nan_loss")]
    for kind in dice.choices(often, k=more):
        order.insert(dice.randrange(len(order) + 1), kind)
    return [
        Disturbance(kind, round(dice.uniform(6, 26), 1), round(dice.uniform(2, 8), 1), dice.random()) for kind in order
    ]
