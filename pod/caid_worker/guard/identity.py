"""Which machine this is, and the key with which it may stop itself.

Owns where they are looked for: our environment, `~/.config/caid/pod.env` (mode 0600), the environment of process 1.
Never puts the key into an argument, a log or an error.
"""

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from caid_worker import container
from caid_worker.errors import WorkerError

KEY, POD = "RUNPOD_API_KEY", "RUNPOD_POD_ID"
FILE = ".config/caid/pod.env"


@dataclass(frozen=True)
class Identity:
    """The machine's own word for itself wins over the workstation's: on a volume, settings of another one may lie."""

    key: str = field(repr=False)
    pod: str


def find(configured: str) -> Identity:
    """Raises a WorkerError where there is no key, or no name."""
    looks: list[Callable[[], Mapping[str, str]]] = [lambda: os.environ, _from_file, container.variables]
    for look in looks:
        values = look()
        if key := values.get(KEY):
            pod = values.get(POD) or configured
            if not pod or not pod.isascii() or not pod.replace("-", "").replace("_", "").isalnum():
                raise WorkerError(f"{pod!r} is no pod's id; set {POD} or stop.pod")
            return Identity(key, pod)
    raise WorkerError(f"no {KEY}: put it into ~/{FILE} (mode 0600), so that the machine can stop itself")


def _from_file() -> dict[str, str]:
    path = Path(os.path.expanduser("~")) / FILE
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            # What others can read is no secret, and they could write another one.
            return {}
        lines = path.read_text().splitlines()
    except (OSError, ValueError):
        return {}
    pairs = (line.strip().removeprefix("export ").partition("=") for line in lines if not line.startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs}
