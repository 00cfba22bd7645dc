"""The processes of a pod: its sshd, its connections, its workers.

Owns finding them; a signal goes only to what descends from the simulator's own sshd, or works in a pod's folder.
Never signals anything else on this machine.
"""

import contextlib
import os
import signal
from pathlib import Path
from typing import Any


def command_line(pid: int) -> str:
    """Words separated by blanks; empty where the process is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def everybody() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _parents() -> dict[int, int]:
    found: dict[int, int] = {}
    for pid in everybody():
        with contextlib.suppress(OSError, ValueError, IndexError):
            found[pid] = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return found


def sshds(pod: dict[str, Any]) -> list[int]:
    """The pod's sshd and those of its connections, the listening one first."""
    if not pod.get("sshd_pid"):
        return []
    parents, found = _parents(), [int(pod["sshd_pid"])]
    for parent in found:
        found += [pid for pid, above in parents.items() if above == parent and _is_sshd(pid) and pid not in found]
    return found


def _is_sshd(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().startswith("sshd")
    except OSError:
        return False


def workers(pod: dict[str, Any]) -> list[tuple[str, int]]:
    """The jobs at work on a pod, and the process of each."""
    found: list[tuple[str, int]] = []
    for path in sorted((Path(pod["folder"]) / "volume/cai/jobs").glob("*/worker.pid")):
        with contextlib.suppress(OSError, ValueError):
            pid = int(path.read_text())
            if "caid_worker" in command_line(pid):
                found.append((path.parent.name, pid))
    return found


def send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
