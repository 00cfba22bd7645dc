"""The provider: a simulator whose pods are real sshds on this machine.

Owns its process and its questions.
Never used through the API that the daemon uses.
"""

import json
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from chaos.settings import KEY


class Simulator:
    """One simulator; `end` stops every pod."""

    def __init__(self, program: Path, folder: Path, public_key: Path, cache: Path, seed: int) -> None:
        self.pods_folder = folder / "pods"
        self._log = open(folder.with_suffix(".log"), "wb")
        self.process = subprocess.Popen(
            [program, "--state", folder, "--ssh-key", public_key, "--cache", cache, "--seed", str(seed)],
            stdout=subprocess.PIPE, stderr=self._log, env={**os.environ, "CAID_SIMULATOR_KEY": KEY},
        )  # fmt: skip
        assert self.process.stdout is not None
        self.base_url: str = json.loads(self.process.stdout.readline())["base_url"]

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {KEY}", "User-Agent": "caid-chaos"}
        request = urllib.request.Request(self.base_url + path, data, headers)
        with urllib.request.urlopen(request, timeout=60) as reply:
            answer: dict[str, Any] = json.loads(reply.read() or b"{}")
            return answer

    def trouble(self, **members: Any) -> None:
        """Arms trouble, as `caid-simulator --help` lists it."""
        self._ask("/sim/trouble", members)

    def pods(self) -> list[dict[str, Any]]:
        """Those that were not terminated."""
        found: list[dict[str, Any]] = self._ask("/sim/pods")["pods"]
        return found

    def running(self) -> list[dict[str, Any]]:
        return [pod for pod in self.pods() if pod["status"] == "RUNNING"]

    def meter(self) -> dict[str, Any]:
        """What every pod cost, also those that are gone."""
        return self._ask("/sim/meter")

    def requests(self) -> list[dict[str, Any]]:
        """What was asked of the provider, and the trouble it met."""
        found: list[dict[str, Any]] = self._ask("/sim/requests")["requests"]
        return found

    def end(self) -> None:
        self.process.terminate()
        self.process.wait()
        self._log.close()
