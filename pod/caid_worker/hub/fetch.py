"""Fetching a model: which files, resumed where it was cut off, proven before they count.

Owns the choice of files, the retries, and the check of every hash.
Never keeps a file whose hash is not the hub's.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from caid_worker import files
from caid_worker.errors import WorkerError
from caid_worker.hub.client import Client, RemoteFile, Unreachable
from caid_worker.hub.store import COMMIT, Store
from caid_worker.tiny.cache import building

Progress = Callable[[int, int, str], None]

SUFFIXES = (".json", ".safetensors", ".txt", ".model", ".jinja")
TRIES = 6
FIRST_PAUSE_S = 1.0
SPARE_BYTES = 1 << 30
PATIENCE_S = 6 * 3600.0
Answer = TypeVar("Answer")


def ensure(root: Path, model: str, progress: Progress) -> Path:
    """The folder of the model, fetched if it is not there; WorkerError says what is in the way.

    `progress` gets bytes done and in all; what it raises ends the fetching, which goes on from there the next time.
    """
    store = Store(root, model)
    if (commit := store.commit()) is not None and store.is_whole(commit):
        return store.snapshot(commit)
    with building(store.folder / "fetching", lambda: progress(0, 1, f"waiting for another fetch of {model}"), PATIENCE_S):
        commit = store.commit()
        if commit is None or not store.is_whole(commit):
            commit = _Fetch(store, progress).run()
        return store.snapshot(commit)


class _Fetch:
    def __init__(self, store: Store, progress: Progress) -> None:
        self.store, self.progress, self.client = store, progress, Client()
        self.total = self.done = 0

    def run(self) -> str:
        store = self.store
        self._tell()
        commit, entries = self._persist(lambda: self.client.describe(store.id, store.commit() or store.revision))
        if not COMMIT.fullmatch(commit):
            raise WorkerError(f"the hub calls {commit!r} the commit of {store.id}, which is none")
        # Pinned before anything is fetched, so that a resumed fetch is of the same model.
        store.pin(commit)
        wanted = choose(store.id, entries)
        folder = store.open(commit)
        self.total = sum(file.size for file in wanted)
        self._need_room(folder)
        for file in wanted:
            self._fetch(commit, file, folder)
        for stray in set(os.listdir(folder)) - {file.name for file in wanted}:
            os.unlink(folder / stray)
        store.seal(folder, commit, {file.name: file.size for file in wanted})
        return commit

    def _fetch(self, commit: str, file: RemoteFile, folder: Path) -> None:
        """Fetches one file beside its name; a wrong hash costs one more try, from the start."""
        part, final, before = folder / f"{file.name}.part", folder / file.name, self.done
        for is_last in (False, True):
            if not final.exists():
                self._persist(lambda: self._receive(commit, file, part, before))
                os.rename(part, final)
            if _digest(final, file) == file.digest:
                self.done = before + file.size
                return
            final.unlink()
            if is_last:
                raise WorkerError(
                    f"{self.store.id}: {file.name} came with another hash than the hub's, twice; try again later"
                )

    def _receive(self, commit: str, file: RemoteFile, part: Path, before: int) -> None:
        offset = part.stat().st_size if part.exists() else 0
        with open(part, "ab") as target:
            if offset >= file.size:
                target.truncate(offset := 0)
            pieces = self.client.read(self.store.id, commit, file.name, offset) if file.size else iter(())
            for at, data in pieces:
                if at == 0:
                    target.truncate(0)
                if at + len(data) > file.size:
                    raise WorkerError(f"{self.store.id}: {file.name} is longer than the hub says; try again later")
                target.write(data)
                self.done = before + at + len(data)
                self._tell()
            target.flush()
        if (size := part.stat().st_size) < file.size:
            raise Unreachable(f"{file.name} ended after {size} of {file.size} bytes")

    def _persist(self, action: Callable[[], Answer]) -> Answer:
        """Tries again after a pause while the hub cannot be reached; whatever came meanwhile counts anew."""
        tries, seen = 0, -1
        while True:
            try:
                return action()
            except Unreachable as error:
                tries, seen = (tries + 1, seen) if self.done <= seen else (1, self.done)
                if tries >= TRIES:
                    raise WorkerError(f"{self.store.id}: {error}; what came is kept, start again to go on") from None
                deadline = time.monotonic() + FIRST_PAUSE_S * 2 ** (tries - 1)
                while time.monotonic() < deadline:
                    self._tell()
                    time.sleep(min(0.2, FIRST_PAUSE_S))

    def _need_room(self, folder: Path) -> None:
        here = sum(path.stat().st_size for path in folder.iterdir())
        free, missing = shutil.disk_usage(folder).free, self.total - here
        if free < missing + SPARE_BYTES:
            raise WorkerError(
                f"{self.store.id} needs {missing >> 20} MiB more at {folder.parent}, where {free >> 20} MiB are free; "
                "make room"
            )

    def _tell(self) -> None:
        self.progress(self.done, max(self.total, 1), f"fetching {self.store.id}")


def choose(model: str, entries: list[dict[str, Any]]) -> list[RemoteFile]:
    """The files that make a model here: shape, tokenizer and safetensors at the top; small ones first. No code."""
    found: list[RemoteFile] = []
    for entry in entries:
        name = entry.get("rfilename")
        if not isinstance(name, str) or "/" in name or not name.isprintable() or not name.endswith(SUFFIXES):
            continue
        # The second is another form of the same weights.
        if name.startswith((".", "consolidated")):
            continue
        large = entry.get("lfs") or {}
        size, digest = large.get("size", entry.get("size")), large.get("sha256", entry.get("blobId"))
        if not isinstance(size, int) or size < 0 or not isinstance(digest, str):
            raise WorkerError(f"the hub gives no size and hash for {name} of {model}; it cannot be proven")
        found.append(RemoteFile(name, size, digest, bool(large)))
    if not any(file.name.endswith(".safetensors") for file in found):
        raise WorkerError(f"the model {model} has no weights as .safetensors; others are not loaded here")
    return sorted(found, key=lambda file: (file.size, file.name))


def _digest(path: Path, file: RemoteFile) -> str:
    """SHA-256, or what git calls a file with these contents."""
    if file.is_sha256:
        return files.sha256(path)
    size = path.stat().st_size
    digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with open(path, "rb") as opened:
        while data := opened.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()
