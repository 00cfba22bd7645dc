"""What the workstation has laid down for the switch: `WORKDIR/guard/settings.json`.

Owns reading it strictly.
Never holds a secret.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caid_worker.errors import WorkerError
from caid_worker.guard.decide import Rule

KINDS = ("runpod-v2", "runpod-graphql", "none")


@dataclass(frozen=True)
class Settings:
    """When, and through which API. `pod` is the machine's name there, as the workstation knows it."""

    rule: Rule
    kind: str
    base_url: str
    pod: str


def read(path: Path) -> Settings:
    """Raises a WorkerError that says what is wrong."""
    try:
        value = json.loads(path.read_bytes())
        stop = value["stop"]
        rule = Rule(_seconds(value, "dead_man_s"), _seconds(value, "dead_man_max_s"), _seconds(value, "job_stop_s", 600.0))
        found = Settings(rule, stop["kind"], str(stop.get("base_url", "")), str(stop.get("pod", "")))
    except OSError as error:
        raise WorkerError(f"{path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WorkerError(f"{path}: {type(error).__name__}: {error}") from None
    if found.kind not in KINDS:
        raise WorkerError(f"{path}: stop.kind is {found.kind!r}; known: {', '.join(KINDS)}")
    return found


def _seconds(value: dict[str, Any], key: str, default: float | None = None) -> float:
    found = value.get(key, default)
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found) or found <= 0:
        raise ValueError(f"{key} must be a number of seconds above 0")
    return float(found)
