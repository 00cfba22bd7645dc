"""The tiny base model: invented facts in plain text, pre-trained on this machine in a minute or two.

Owns `ensure`, which builds it once.
Never downloads, and imports nothing heavy where the model is already there.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from caid_worker import files
from caid_worker.tiny import cache

__all__ = ["ensure"]


def ensure(progress: Callable[[int, int, str], None] | None = None, seed: int = 1) -> Path:
    """The folder of the tiny base model of `seed`, built if it is missing or damaged.

    `progress` is called with steps done, steps expected (an estimate until the loss is reached) and the phase in words.
    What it raises ends the build and leaves nothing behind.
    """
    tell = progress or (lambda done, total, phase: None)
    path = cache.folder(seed)
    if cache.is_whole(path):
        return path
    with cache.building(path, lambda: tell(0, 1, "waiting for another build of the tiny base model")):
        if cache.is_whole(path):
            return path
        prefix = f".{path.name}."
        for left in path.parent.glob(prefix + "*"):  # of a builder that was killed
            shutil.rmtree(left)
        temporary = Path(tempfile.mkdtemp(prefix=prefix, dir=path.parent))
        try:
            from caid_worker.tiny.build import build

            cache.seal(temporary, build(temporary, seed, tell))
            if path.exists():
                shutil.rmtree(path)  # damaged: its hashes do not verify
            os.rename(temporary, path)
            files.fsync(path.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return path
