"""Where a built tiny model lies, whether it is whole, and who may build it.

Owns the folder's name, `recipe.json` and the lock between builders.
Never trains.
"""

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from caid_worker import files
from caid_worker.errors import WorkerError

RECIPE = "recipe.json"
SOURCES = ("world.json", "corpus.py", "pretrain.py", "tokenizer.py", "world.py")
WAIT_S = 1800  # a build takes a few minutes; whoever holds the lock longer is stuck


def recipe_hash() -> str:
    """Twelve hex digits over everything that decides the bytes of the model, except seed and library versions."""
    digest = hashlib.sha256()
    for name in SOURCES:
        digest.update(f"{name} {files.sha256(Path(__file__).with_name(name))}\n".encode())
    return digest.hexdigest()[:12]


def folder(seed: int) -> Path:
    """Where the model of `seed` lies, or will lie."""
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ["HOME"], ".cache")
    return Path(caches) / "caid" / "models" / f"tiny-{recipe_hash()}-{seed}"


def is_whole(path: Path) -> bool:
    """Whether every file that `recipe.json` names is there with its hash."""
    try:
        recorded: dict[str, Any] = json.loads((path / RECIPE).read_bytes())
        return all(files.sha256(path / name) == digest for name, digest in recorded["files"].items())
    except (OSError, ValueError, KeyError):
        return False


def seal(path: Path, facts: dict[str, Any]) -> None:
    """Writes `recipe.json` with `facts` and every file's hash, and flushes all of it."""
    names = sorted(file.name for file in path.iterdir())
    for name in names:
        files.fsync(path / name)
    recorded = facts | {"files": {name: files.sha256(path / name) for name in names}}
    files.replace(path / RECIPE, json.dumps(recorded, indent=2).encode() + b"\n")


@contextmanager
def building(path: Path, waiting: Callable[[], None], patience_s: float = WAIT_S) -> Iterator[None]:
    """Holds the right to build at `path`; calls `waiting` now and then while another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.with_name(path.name + ".lock"), "a") as lock:
        deadline = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise WorkerError(
                        f"another process has been building {path} for {patience_s / 60:.0f} minutes; end it and start again"
                    ) from None
                waiting()
                time.sleep(0.5)
        yield
