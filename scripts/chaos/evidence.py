"""What is seen of a run while it goes on, and would be lost with a pod: every job's events, every argument list.

Owns the folder it is kept in.
Never changes anything that it looks at: events are kept by hard links, which outlive the pod's disk.
"""

import contextlib
import os
import threading
from pathlib import Path

from chaos import processes, work
from chaos.settings import KEY

LOOK_S = 0.2


class Evidence:
    """Looks around until it is ended."""

    def __init__(self, folder: Path, pods_folder: Path) -> None:
        self.folder, self.pods_folder = folder, pods_folder
        self.keys_in_arguments: set[str] = set()
        self.keys_in_files: set[str] = set()
        self._over = threading.Event()
        folder.mkdir()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()
        self.look()

    def _run(self) -> None:
        while not self._over.wait(LOOK_S):
            self.look()

    def look(self) -> None:
        for events in self.pods_folder.glob("*/volume/cai/jobs/*/events.jsonl"):
            kept = self.folder / f"{events.parent.name}.{events.parts[-6]}.jsonl"
            with contextlib.suppress(FileExistsError, FileNotFoundError):
                os.link(events, kept)
        for pid in processes.everybody():
            if KEY in (line := processes.command_line(pid)):
                self.keys_in_arguments.add(line[:120].replace(KEY, "…"))

    def is_at_work(self, job: str) -> bool:
        """Whether its newest word is about a step or a record."""
        attempts = work.read(self.folder, job)
        last = attempts[job][-1][-1] if attempts else {}
        return last.get("event") == "progress" and last.get("unit") in work.USEFUL

    def search(self, *roots: Path) -> None:
        """Looks for the key in every file below; what a pod held is gone with it, so also before one vanishes."""
        for root in roots:
            for folder, _, names in os.walk(root):
                for name in names:
                    path = Path(folder) / name
                    if not path.is_symlink():
                        self.search_file(path)

    def search_file(self, path: Path) -> None:
        if _holds(path, KEY.encode()):
            self.keys_in_files.add(str(path))


def _holds(path: Path, wanted: bytes) -> bool:
    with contextlib.suppress(OSError):
        return path.is_file() and wanted in path.read_bytes()
    return False
