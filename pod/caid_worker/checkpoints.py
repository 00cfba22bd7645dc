"""A job's checkpoints: `checkpoints/<six digits>/`, each complete or not there.

Owns their numbers, the choice of the one to resume from, and which are kept.
Never knows what a kind puts into one.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caid_worker import manifest

KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """A verified checkpoint: its number, its folder and the facts in its manifest."""

    seq: int
    folder: Path
    facts: dict[str, Any]


def newest_number(folder: Path) -> int | None:
    """The highest number that has a manifest; nothing is verified."""
    return max((n for n in _numbers(folder) if (_path(folder, n) / manifest.NAME).exists()), default=None)


class Checkpoints:
    """Writes and finds the checkpoints of one job. Only the holder of the job's lock may use it."""

    def __init__(self, folder: Path, job: str) -> None:
        self.folder = folder
        self.job = job
        folder.mkdir(exist_ok=True)
        for leftover in [*folder.glob("*.building"), *folder.glob("*.old")]:
            shutil.rmtree(leftover)

    def newest_verified(self) -> Checkpoint | None:
        """The newest one whose hashes agree; a newer one that fails is set aside."""
        for number in sorted(_numbers(self.folder), reverse=True):
            path = _path(self.folder, number)
            found = manifest.verify(path, self.job)
            if found is not None:
                return Checkpoint(number, path, found["facts"])
            manifest.set_aside(path)
        return None

    def begin(self) -> Path:
        """An empty folder to fill; `commit` gives it its number."""
        building = self.folder / "next.building"
        if building.exists():
            shutil.rmtree(building)
        building.mkdir()
        return building

    def commit(self, building: Path, facts: dict[str, Any]) -> tuple[int, str]:
        """Seals the folder under the next number and drops all but the newest two.

        Returns the number and the manifest's SHA-256.
        """
        taken = [*_numbers(self.folder), *_numbers(self.folder, ".damaged")]
        number = max(taken, default=0) + 1
        digest = manifest.publish(building, _path(self.folder, number), self.job, facts)
        for old in sorted(_numbers(self.folder))[:-KEPT]:
            path = _path(self.folder, old)
            doomed = path.with_name(path.name + ".old")
            os.rename(path, doomed)
            shutil.rmtree(doomed)
        return number, digest


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}"


def _numbers(folder: Path, suffix: str = "") -> list[int]:
    if not folder.is_dir():
        return []
    names = [p.name.removesuffix(suffix) for p in folder.iterdir() if p.name.endswith(suffix)]
    return [int(name) for name in names if len(name) == 6 and name.isascii() and name.isdigit()]
