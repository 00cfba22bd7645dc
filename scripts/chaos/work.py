"""How much work was done twice: from the events of the jobs alone, whatever the daemon says of itself.

Owns that figure.
Never asks anybody; the events carry the times of one machine, which is the pods' and ours.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

USEFUL = ("steps", "records")
Event = dict[str, Any]


@dataclass(frozen=True)
class Loss:
    """A job that went on from an earlier state than it had reached."""

    job: str
    begun: float
    """When it was started again, seconds since 1970."""
    state: float
    """When the state it went on from had been reached the first time."""
    repeated_s: float
    """Work between that state and the last that was known of it."""
    longest_s: float
    """The longest single step or batch of the job so far: a state is only ever one between two of them."""


def read(folder: Path) -> dict[str, list[list[Event]]]:
    """Each job's attempts, over all pods, oldest first; each begins with `started`."""
    attempts: dict[str, list[list[Event]]] = defaultdict(list)
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue  # the torn end of a worker's last word
            job = path.name.partition(".")[0]
            if event.get("event") == "started":
                attempts[job].append([event])
            elif attempts[job]:
                attempts[job][-1].append(event)
    return {job: sorted(found, key=lambda one: float(one[0]["t"])) for job, found in attempts.items()}


def losses(job: str, attempts: list[list[Event]]) -> list[Loss]:
    """What each restart has cost; one that repeated nothing costs nothing and is listed too."""
    found: list[Loss] = []
    live: list[tuple[float, float]] = []  # what is done so far, and when it was
    longest = 0.0
    for number, attempt in enumerate(attempts):
        steps = [
            (float(e["done"]), float(e["t"]))
            for e in attempt
            if e["event"] == "progress" and e.get("unit") in USEFUL and float(e.get("done", 0)) > 0
        ]
        if not steps:
            continue
        if live and number > 0:
            again = [at for at in live if at[0] >= steps[0][0]]
            kept = live[: len(live) - len(again)]
            state = kept[-1][1] if kept else attempts[0][0]["t"]
            repeated = again[-1][1] - state if again else 0
            found.append(Loss(job, attempt[0]["t"], state if again else live[-1][1], repeated, longest))
            live = kept
        longest = max([longest, *(b[1] - a[1] for a, b in zip(steps, steps[1:], strict=False))])
        live += steps
    return found
