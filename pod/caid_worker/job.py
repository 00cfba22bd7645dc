"""A job folder as the workstation wrote it: `job.json` and the uploaded inputs.

Owns the paths in the folder and the check that the inputs are what was sent.
Never changes either.
"""

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from caid_worker import files
from caid_worker.errors import WorkerError

KINDS = ("preflight", "generate", "score", "train", "script")


@dataclass(frozen=True)
class Job:
    """What to do, and where."""

    folder: Path
    id: str
    kind: str
    arguments: dict[str, Any]
    checkpoint_every_s: float
    inputs: dict[str, dict[str, Any]]

    def input(self, name: str) -> Path:
        """The path of an input that the kind needs; only what `job.json` lists was verified."""
        if name not in self.inputs:
            raise WorkerError(f"job.json lists no input {name!r}, which a {self.kind} job needs; upload and list it")
        return self.folder / "inputs" / name

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @property
    def pid_file(self) -> Path:
        return self.folder / "worker.pid"

    @property
    def log(self) -> Path:
        return self.folder / "worker.log"

    @property
    def events(self) -> Path:
        return self.folder / "events.jsonl"

    @property
    def partial(self) -> Path:
        return self.folder / "partial"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def outputs(self) -> Path:
        return self.folder / "outputs"


def read(folder: Path) -> Job:
    """Reads `job.json`; WorkerError says which key is wrong."""
    path = folder / "job.json"
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise WorkerError(f"{path}: no such file; a job folder starts with one") from None
    except ValueError as error:
        raise WorkerError(f"{path}: not JSON: {error}") from None
    if not isinstance(value, dict) or value.get("version") != 1:
        raise WorkerError(f"{path}: version must be 1; this worker knows no other")
    kinds: dict[str, Any] = {"id": str, "kind": str, "arguments": dict, "inputs": dict}
    for key, kind in kinds.items():
        if not isinstance(value.get(key), kind):
            raise WorkerError(f"{path}: {key} is missing or not {_article(kind)}")
    every = value.get("checkpoint_every_s", 1800)
    if isinstance(every, bool) or not isinstance(every, int | float) or every <= 0:
        raise WorkerError(f"{path}: checkpoint_every_s must be a number of seconds above 0")
    if value["kind"] not in KINDS:
        raise WorkerError(f"{path}: kind {value['kind']!r} is unknown; known: {', '.join(KINDS)}")
    for name in value["inputs"]:
        parts = PurePosixPath(name).parts
        if not parts or name.startswith("/") or ".." in parts:
            raise WorkerError(f"{path}: the input name {name!r} leads out of inputs/")
    return Job(folder, value["id"], value["kind"], value["arguments"], float(every), value["inputs"])


def verify_inputs(job: Job) -> None:
    """Raises a WorkerError that names the first input that is missing or not what was sent."""
    for name, entry in job.inputs.items():
        path = job.folder / "inputs" / name
        if not path.is_file():
            raise WorkerError(f"the input {name} is missing; upload it again")
        if path.stat().st_size != entry.get("bytes") or files.sha256(path) != entry.get("sha256"):
            raise WorkerError(f"the input {name} is not what job.json describes (size or sha256); upload it again")


def _article(kind: type) -> str:
    return "a string" if kind is str else "an object"
