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
    """When the state it went on from had been reached."""
    repeated_s: float
    """Work between that state and the last that was known of it: seconds at work, not those of starts and pauses."""
    longest_s: float
    """The longest single step or batch of the job so far: a state is only ever one between two of them."""


@dataclass(frozen=True)
class Point:
    """So much was done, after so many seconds of work, at that moment."""

    done: float
    worked_s: float
    at: float


def read(folder: Path, job: str = "*") -> dict[str, list[list[Event]]]:
    """Each job's attempts, or one's, over all pods, oldest first; each begins with `started`."""
    attempts: dict[str, list[list[Event]]] = defaultdict(list)
    for path in sorted(folder.glob(f"{job}.*.jsonl")):
        for line in path.read_bytes().splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue  # the torn end of a worker's last word
            own = attempts[path.name.partition(".")[0]]
            if event.get("event") == "started":
                own.append([event])
            elif own:
                own[-1].append(event)
    return {job: sorted(found, key=lambda one: float(one[0]["t"])) for job, found in attempts.items()}


def losses(job: str, attempts: list[list[Event]]) -> list[Loss]:
    """What each restart has cost; one that repeated nothing is listed too."""
    found: list[Loss] = []
    live: list[Point] = []
    longest = 0.0
    for attempt in attempts:
        steps = [
            (float(e["done"]), float(e["t"]))
            for e in attempt
            if e["event"] == "progress" and e.get("unit") in USEFUL and float(e.get("done", 0)) > 0
        ]
        if not steps:
            continue
        longest = max([longest, *(later[1] - one[1] for one, later in zip(steps, steps[1:], strict=False))])
        kept = [point for point in live if point.done < steps[0][0]]
        state = kept[-1] if kept else Point(0, 0, float(attempts[0][0]["t"]))
        if live:
            found.append(Loss(job, float(attempt[0]["t"]), state.at, live[-1].worked_s - state.worked_s, longest))
        # The first step is not timed, since its worker was still loading: it counts as the longest.
        begun = state.worked_s + longest - steps[0][1]
        live = kept + [Point(done, begun + at, at) for done, at in steps]
    return found
