"""A workspace and the daemon over it.

Owns the configuration, the tasks, and the daemon's process.
Never writes where the daemon does.
"""

import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

from chaos.settings import CHECKPOINT_EVERY_S, IDLE_STOP_S, KEY, STALL_AFTER_S

GPUS = ["NVIDIA H100 80GB HBM3", "NVIDIA A100-SXM4-80GB"]


class Workspace:
    """One workspace; `pod` is what its cai.yaml says of the pod."""

    def __init__(self, caid: Path, root: Path, pod: str) -> None:
        self.caid, self.root = caid, root
        self.log = root.with_suffix(".log")
        self.daemon: subprocess.Popen[bytes] | None = None
        subprocess.run([caid, "init", root], check=True, stdout=subprocess.DEVNULL)
        (root / "cai.yaml").write_text(
            f"settle: 1s\ncheckpoint_every: {CHECKPOINT_EVERY_S:g}s\nstall_after: {STALL_AFTER_S:g}s\n"
            f"pod:\n{pod}  idle_stop: {IDLE_STOP_S:g}s\n"
            "queues:\n  gpu: {executor: pipeline, concurrency: 2}\n"
        )

    @staticmethod
    def rented(base_url: str, key: Path) -> str:
        """`pod` of a configuration that rents from a simulator."""
        gpus = ", ".join(GPUS)
        return (
            f"  provider: runpod\n  runpod: {{base_url: '{base_url}', key: {key}, workdir: ~/workspace/cai, "
            f"volume_gb: 10, gpus: [{gpus}]}}\n"
        )

    # The daemon

    def start(self, *options: str) -> None:
        """What it says is added to the log; the key is in its environment alone."""
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(
                [self.caid, "run", "--root", self.root, *options], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env={**os.environ, "RUNPOD_API_KEY": KEY},
            )  # fmt: skip

    def kill(self) -> None:
        assert self.daemon is not None
        self.daemon.kill()
        self.daemon.wait()

    def end(self, patience_s: float = 120) -> int:
        """Asks it to end; returns its exit status."""
        assert self.daemon is not None
        self.daemon.send_signal(signal.SIGTERM)
        return self.daemon.wait(patience_s)

    def ended_by_itself(self) -> int | None:
        return None if self.daemon is None else self.daemon.poll()

    def command(self, *words: str) -> str:
        done = subprocess.run([self.caid, *words, "--root", self.root], capture_output=True, text=True, timeout=120)
        return done.stdout + done.stderr

    # Its tasks

    def drop(self, name: str, header: str, title: str) -> None:
        """As a person does: beside, then by rename."""
        beside = self.root / "tasks/gpu" / f".{name}.new"
        beside.write_text(f"---\n{header}---\n# Task: {title}\n")
        beside.rename(self.root / "tasks/gpu/pending" / name)

    def tasks(self, state: str) -> list[str]:
        return sorted(path.name for path in (self.root / "tasks/gpu" / state).glob("*.md"))

    def why_blocked(self, name: str) -> str:
        text = (self.root / "tasks/gpu/blocked" / name).read_text()
        lines = re.findall(r"^- \[[^]]*\] (.*)$", text, re.MULTILINE)
        return lines[-1] if lines else "no word"

    def wait_for(self, names: list[str], patience_s: float) -> bool:
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            if all((self.root / "tasks/gpu/completed" / name).exists() for name in names):
                return True
            time.sleep(0.5)
        return False

    # Its journal

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        journal = sqlite3.connect(f"file:{self.root}/.caid/journal.sqlite?mode=ro", uri=True, timeout=10)
        try:
            return journal.execute(query).fetchall()
        finally:
            journal.close()

    def ledger_usd(self) -> float:
        return float(self.rows("SELECT TOTAL(usd) FROM ledger")[0][0])

    def known_pods(self) -> set[str]:
        """The machines that the journal accounts for, by id and by the name under which they were asked for."""
        return {str(word) for row in self.rows("SELECT id, name FROM machine") for word in row if word}

    def status(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self.root / "status/status.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return found
