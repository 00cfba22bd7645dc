"""Starting the switch: one detached process for each machine and working folder.

Owns that process's birth, and the settings it finds.
Never keeps a connection of its starter open.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from caid_worker import files, lock
from caid_worker.errors import WorkerError
from caid_worker.guard import identity, place, settings, word
from caid_worker.guard.watch import Watch


def arm(workdir: Path, laid_down: dict[str, Any] | None) -> dict[str, Any]:
    """Lays down the settings where there are new ones, and starts a switch unless one watches: `started` tells which.

    To arm it is a word, too. `trouble` is what will keep it from stopping this machine, in words, or null.
    """
    word.give(workdir)
    if laid_down is not None:
        files.replace(workdir / "guard" / "settings.json", json.dumps(laid_down, sort_keys=True).encode() + b"\n")
    descriptor = lock.acquire(place.lock_path(workdir))
    if descriptor is not None:
        _detach(Watch(workdir), descriptor)
    return {"guard": True, "started": descriptor is not None, "trouble": _trouble(workdir)}


def give_word(workdir: Path) -> dict[str, Any]:
    """Tells the switch that the workstation is alive; one that was armed and has ended is started again.

    `guard`: whether one hears the word; `started`: whether that one is new; `trouble` as above.
    """
    word.give(workdir)
    listens = lock.is_held(place.lock_path(workdir))
    if listens or not (workdir / "guard" / "settings.json").exists():
        return {"guard": listens, "started": False, "trouble": _trouble(workdir) if listens else None}
    # Under its own name, by which a person who looks at the machine knows it.
    command = [sys.executable, "-m", "caid_worker.guard", str(workdir)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise WorkerError(f"the dead-man switch has ended and does not start again: {(done.stdout + done.stderr).strip()}")
    return dict(json.loads(done.stdout))


def _trouble(workdir: Path) -> str | None:
    """Looked for when there is still somebody to tell."""
    try:
        found = settings.read(workdir / "guard" / "settings.json")
        if found.kind != "none":
            identity.find(found.pod)
    except WorkerError as error:
        return str(error)
    return None


def _detach(watch: Watch, descriptor: int) -> None:
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            if os.fork() == 0:
                _watch(watch, descriptor)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    # Closing is not unlocking: the switch has the same open file.
    os.close(descriptor)


def _watch(watch: Watch, descriptor: int) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    for inherited in map(int, os.listdir("/proc/self/fd")):
        if inherited > 2 and inherited != descriptor:
            try:
                os.close(inherited)
            except OSError:
                continue
    os.chdir("/")
    watch.run()
