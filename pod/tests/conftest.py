"""What the worker's tests share: a model that is there in seconds, and job folders as the workstation makes them.

The model is the tiny one after five steps of pre-training: it knows nothing, and everything about it is real.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from caid_worker import lock
from caid_worker.tiny.build import build
from caid_worker.tiny.pretrain import Recipe

os.environ["OMP_NUM_THREADS"] = "1"


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder."""
    folder = tmp_path_factory.mktemp("model")
    build(folder, 1, lambda done, total, phase: None, replace(Recipe(), max_steps=3, decay_steps=2, warmup_steps=2))
    return folder


@dataclass
class Worker:
    """One job folder and the worker's commands on it."""

    folder: Path

    def command(self, verb: str, *options: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "caid_worker", verb, str(self.folder), *options], capture_output=True, text=True
        )
        value: dict[str, Any] = json.loads(done.stdout)
        return value | {"exit": done.returncode}

    def run(self) -> int:
        """The job in the foreground; its exit status."""
        return subprocess.run([sys.executable, "-m", "caid_worker", "run", str(self.folder)], capture_output=True).returncode

    def events(self, event: str | None = None) -> list[dict[str, Any]]:
        path = self.folder / "events.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        values = [json.loads(line) for line in lines if line.endswith("}")]
        return [value for value in values if event in (None, value["event"])]

    def wait_for(self, happened: Callable[[], bool], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < end, f"waited {seconds} s in vain; the log says {self.log()}"
            time.sleep(0.02)

    def wait_until_free(self) -> dict[str, Any]:
        """Waits until no worker holds the lock (a command for every look would take the worker's share of the core)."""
        self.wait_for(lambda: not lock.is_held(self.folder / "lock"))
        return self.command("status")

    def wait_until_done(self) -> None:
        assert self.wait_until_free()["state"] == "done", self.log()

    def kill(self) -> None:
        """Death without a word."""
        os.kill(self.pid(), signal.SIGKILL)
        assert self.wait_until_free()["state"] == "dead"

    def done(self) -> float:
        """Records or steps done so far."""
        return max((e["done"] for e in self.events("progress") if e["unit"] != "model"), default=0)

    def pid(self) -> int:
        return int((self.folder / "worker.pid").read_text())

    def log(self) -> str:
        path = self.folder / "worker.log"
        return path.read_text()[-2000:] if path.exists() else "nothing"

    def output(self, name: str) -> bytes:
        return (self.folder / "outputs" / name).read_bytes()

    def outputs(self) -> dict[str, str]:
        """Digests by name, as the manifest has them."""
        manifest = json.loads(self.output("manifest.json"))
        return {name: entry["sha256"] for name, entry in manifest["files"].items()}


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """Makes job folders; workers that still run at the end are stopped."""
    made: list[Worker] = []

    def make(
        kind: str, arguments: dict[str, Any], inputs: dict[str, Any], every: float = 1800, name: str = "job"
    ) -> Worker:
        folder = tmp_path / f"{name}-{len(made)}"
        listed: dict[str, dict[str, Any]] = {}
        for path, content in inputs.items():
            target = folder / "inputs" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            data = content if isinstance(content, bytes) else b"".join(json.dumps(v).encode() + b"\n" for v in content)
            target.write_bytes(data)
            listed[path] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        folder.mkdir(exist_ok=True)
        value = {
            "version": 1, "id": name, "kind": kind, "arguments": arguments, "inputs": listed, "checkpoint_every_s": every,
        }  # fmt: skip
        (folder / "job.json").write_text(json.dumps(value))
        made.append(Worker(folder))
        return made[-1]

    yield make
    for worker in made:
        if lock.is_held(worker.folder / "lock"):
            worker.command("stop", "--timeout", "20")
