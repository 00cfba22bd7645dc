"""Carrying out a disturbance.

Owns how each kind is done to the real processes.
Never does more than its kind says, so that what follows can be laid to it.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chaos import processes, supply
from chaos.evidence import Evidence
from chaos.plan import Disturbance
from chaos.simulator import Simulator
from chaos.workspace import GPUS, Workspace

HOME_DISK_MIB = 256
NAN = "20261121_P0_nan.md"


class Impossible(Exception):
    """There is nothing to do it to just now, or this machine does not allow it."""


class Acts:
    """All that can be done to one run."""

    def __init__(self, workspace: Workspace, simulator: Simulator, evidence: Evidence) -> None:
        self.workspace, self.simulator, self.evidence = workspace, simulator, evidence
        self.has_disk = self._mount()

    def carry_out(self, what: Disturbance) -> str:
        """Does it; returns what it was done to. Raises Impossible."""
        act: Callable[[Disturbance], str] = getattr(self, f"_{what.kind}")
        return act(what)

    def _pod(self) -> dict[str, Any]:
        running = self.simulator.running()
        if not running:
            raise Impossible("no pod runs")
        return running[0]

    def _worker(self, what: Disturbance, *, beyond_loading: bool = False) -> tuple[str, int]:
        found = processes.workers(self._pod())
        if beyond_loading:
            found = [(job, pid) for job, pid in found if self.evidence.is_at_work(job)]
        if not found:
            raise Impossible("no job is at work")
        return found[int(what.choice * len(found))]

    # The daemon

    def _daemon_killed(self, what: Disturbance) -> str:
        self.workspace.kill()
        time.sleep(what.seconds)
        self.workspace.start()
        return f"away for {what.seconds} s"

    def _daemon_and_pod(self, what: Disturbance) -> str:
        pod = self._about_to_lose()
        self.workspace.kill()
        self._vanish(pod, "gone")
        # Not long: what is spent while nobody looks is guessed, the dearer way, until the hour's bill is there.
        time.sleep(what.seconds / 8)
        self.workspace.start()
        return f"pod {pod['id']}, away for {what.seconds / 8:.1f} s"

    # Jobs

    def _worker_killed(self, what: Disturbance) -> str:
        job, pid = self._worker(what)
        processes.send([pid], signal.SIGKILL)
        return f"job {job}"

    def _worker_stopped(self, what: Disturbance) -> str:
        # While it loads its model, silence is allowed for much longer.
        job, pid = self._worker(what, beyond_loading=True)
        processes.send([pid], signal.SIGSTOP)
        return f"job {job}"

    def _nan_loss(self, what: Disturbance) -> str:
        # After the first training, whose data it uses.
        header = "needs: [20261121_P1_train_1.md]\n" + supply.training(lr="1.0e+30", epochs=1)
        self.workspace.drop(NAN, header, "A loss that is not a number")
        return NAN

    # Connections

    def _sshd_killed(self, what: Disturbance) -> str:
        pod = self._pod()
        self.simulator.trouble(kind="sshd_dies", pod=pod["id"], seconds=what.seconds)
        return f"pod {pod['id']}, back after {what.seconds} s"

    def _connections_cut(self, what: Disturbance) -> str:
        pod = self._pod()
        connections = processes.sshds(pod)[1:]
        processes.send(connections, signal.SIGKILL)
        return f"pod {pod['id']}, {len(connections)} processes of connections"

    def _connections_frozen(self, what: Disturbance) -> str:
        pod = self._pod()
        frozen = processes.sshds(pod)
        processes.send(frozen, signal.SIGSTOP)
        time.sleep(what.seconds)
        processes.send(frozen, signal.SIGCONT)
        return f"pod {pod['id']}, {len(frozen)} processes for {what.seconds} s"

    # Pods

    def _about_to_lose(self) -> dict[str, Any]:
        pod = self._pod()
        self.evidence.look()
        self.evidence.search(Path(pod["folder"]))
        return pod

    def _vanish(self, pod: dict[str, Any], outcome: str) -> str:
        self.simulator.trouble(kind="pod_vanishes", pod=pod["id"], outcome=outcome)
        return f"pod {pod['id']}"

    def _pod_stopped(self, what: Disturbance) -> str:
        return self._vanish(self._pod(), "EXITED")

    def _pod_failed(self, what: Disturbance) -> str:
        return self._vanish(self._pod(), "ERROR")

    def _pod_gone(self, what: Disturbance) -> str:
        return self._vanish(self._about_to_lose(), "gone")

    def _pod_deleted(self, what: Disturbance) -> str:
        pod = self._about_to_lose()
        self.simulator.trouble(kind="pod_deleted", pod=pod["id"])
        return f"pod {pod['id']}"

    # The provider

    def _resume_refused(self, what: Disturbance) -> str:
        pod = self._pod()
        self.simulator.trouble(kind="no_capacity", on="start")
        return self._vanish(pod, "EXITED")

    def _create_refused(self, what: Disturbance) -> str:
        pod = self._about_to_lose()
        self.simulator.trouble(kind="no_capacity", on="create", gpu=GPUS[0])
        return self._vanish(pod, "gone")

    def _answer_lost(self, what: Disturbance) -> str:
        pod = self._about_to_lose()
        self.simulator.trouble(kind="server_error", on="create", status=502, effect="after")
        return self._vanish(pod, "gone")

    def _reply_cut(self, what: Disturbance) -> str:
        pod = self._pod()
        self.simulator.trouble(kind="cut", on="start")
        return self._vanish(pod, "EXITED")

    def _api_trouble(self, what: Disturbance) -> str:
        # A pod that dies meanwhile would be billed until somebody can see it: that is not what is looked at here.
        self.simulator.trouble(kind="rate_limit", on="read", seconds=2)
        self.simulator.trouble(kind="server_error", on="read", status=503)
        self.simulator.trouble(kind="cut", on="read")
        self.simulator.trouble(kind="hang", on="read", seconds=what.seconds)
        return self._connections_cut(what)

    def _slow_boot(self, what: Disturbance) -> str:
        pod = self._pod()
        self.simulator.trouble(kind="slow_start", seconds=what.seconds)
        self.simulator.trouble(kind="no_runtime", seconds=2)
        self.simulator.trouble(kind="no_ports", seconds=4)
        return self._vanish(pod, "EXITED")

    # The disk at home

    @property
    def _checkpoints(self) -> Path:
        return self.workspace.root / "checkpoints"

    def _mount(self) -> bool:
        self._checkpoints.mkdir(exist_ok=True)
        return self._shell("mount", "-t", "tmpfs", "-o", f"size={HOME_DISK_MIB}m", "tmpfs", str(self._checkpoints))

    def _home_full(self, what: Disturbance) -> str:
        if not self.has_disk:
            raise Impossible("this account may mount nothing")
        disk = os.statvfs(self._checkpoints)
        used = (disk.f_blocks - disk.f_bfree) * disk.f_frsize
        if not self._resize(f"{used + disk.f_frsize}"):
            raise Impossible("the disk changed meanwhile")
        time.sleep(what.seconds)
        self._resize(f"{HOME_DISK_MIB}m")
        return f"{used} bytes, for {what.seconds} s"

    def _resize(self, size: str) -> bool:
        return self._shell("mount", "-o", f"remount,size={size}", str(self._checkpoints))

    def end(self) -> None:
        """Leaves no mount behind."""
        if self.has_disk:
            with contextlib.suppress(OSError):
                self._shell("umount", "--lazy", str(self._checkpoints))

    @staticmethod
    def _shell(*words: str) -> bool:
        return subprocess.run(words, capture_output=True).returncode == 0
