"""Where a fetched model lies: `models--<org>--<name>/snapshots/<commit>/`, laid out like the hub's own cache.

Owns the names, `refs/` (which commit a revision was resolved to, once) and `verified/` (what was proven).
Never calls a model whole that has not been proven.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

from caid_worker import files
from caid_worker.errors import WorkerError

ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)
REVISION = re.compile(r"[A-Za-z0-9][\w./-]*", re.ASCII)
COMMIT = re.compile(r"[0-9a-f]{40}", re.ASCII)


class Store:
    """The place of one model at one revision (a commit, a branch or a tag)."""

    def __init__(self, root: Path, model: str) -> None:
        self.id, _, revision = model.partition("@")
        self.revision = revision or "main"
        if not ID.fullmatch(self.id) or not REVISION.fullmatch(self.revision) or ".." in model:
            raise WorkerError(f"the model {model!r} is no id of a model, as in org/name or org/name@revision")
        self.folder = root / f"models--{self.id.replace('/', '--')}"

    def commit(self) -> str | None:
        """The commit, where it was ever resolved."""
        if COMMIT.fullmatch(self.revision):
            return self.revision
        try:
            found = self._ref.read_text().strip()
        except OSError:
            return None
        return found if COMMIT.fullmatch(found) else None

    def pin(self, commit: str) -> None:
        """Remembers what the revision was resolved to; from now on it means this commit here."""
        if commit != self.revision:
            self._ref.parent.mkdir(parents=True, exist_ok=True)
            files.replace(self._ref, f"{commit}\n".encode())

    def snapshot(self, commit: str) -> Path:
        return self.folder / "snapshots" / commit

    def is_whole(self, commit: str) -> bool:
        """Whether every file that was proven is there with its size."""
        try:
            proven: dict[str, int] = json.loads(self._proof(commit).read_bytes())["files"]
            return all((self.snapshot(commit) / name).stat().st_size == size for name, size in proven.items())
        except (OSError, ValueError, KeyError, AttributeError):
            return False

    def open(self, commit: str) -> Path:
        """The folder to fetch into. A damaged snapshot is taken up again: what is good in it is not fetched twice."""
        folder = self.folder / f"{commit}.building"
        folder.mkdir(parents=True, exist_ok=True)
        if self.snapshot(commit).is_dir():
            for entry in self.snapshot(commit).iterdir():
                os.rename(entry, folder / entry.name)
            self.snapshot(commit).rmdir()
        return folder

    def seal(self, building: Path, commit: str, sizes: dict[str, int]) -> None:
        """Gives the proven folder its name; the proof comes last."""
        final = self.snapshot(commit)
        final.parent.mkdir(parents=True, exist_ok=True)
        self._proof(commit).parent.mkdir(parents=True, exist_ok=True)
        for name in sizes:
            files.fsync(building / name)
        files.fsync(building)
        os.rename(building, final)
        files.fsync(final.parent)
        proof: dict[str, Any] = {"model": self.id, "commit": commit, "files": sizes}
        files.replace(self._proof(commit), json.dumps(proof, indent=1, sort_keys=True).encode() + b"\n")

    @property
    def _ref(self) -> Path:
        return self.folder / "refs" / self.revision.replace("/", "--")

    def _proof(self, commit: str) -> Path:
        return self.folder / "verified" / f"{commit}.json"
