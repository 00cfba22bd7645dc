"""One run: the daemon at work on rented pods while the plan is carried out, then its quiet end.

Owns the order of things.
Never judges; checks.py does.
"""

import time
from dataclasses import dataclass, field
from pathlib import Path

from chaos.acts import NAN, Acts, Impossible
from chaos.evidence import Evidence
from chaos.plan import Disturbance
from chaos.simulator import Simulator
from chaos.supply import Supply
from chaos.work import USEFUL, read
from chaos.workspace import Workspace

RECOVERY_S = 300.0
PATIENCE_S = 1200.0


@dataclass
class Story:
    """What happened."""

    done: list[str] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    """When each disturbance began, seconds since 1970."""
    persons: list[str] = field(default_factory=list)
    deaths: list[str] = field(default_factory=list)
    stopped_after_s: float | None = None


class Run:
    """Carries out a plan."""

    def __init__(self, workspace: Workspace, simulator: Simulator, evidence: Evidence, acts: Acts, log: Path) -> None:
        self.workspace, self.simulator, self.evidence, self.acts = workspace, simulator, evidence, acts
        self.supply = Supply(workspace)
        self.story = Story()
        self.log = log
        self.begun = time.time()

    def say(self, words: str) -> None:
        line = f"[{time.time() - self.begun:6.1f} s] {words}"
        print(line, flush=True)
        with open(self.log, "a") as log:
            log.write(line + "\n")

    def carry_out(self, plan: list[Disturbance]) -> None:
        """The disturbances, one after the other, each once work goes on after the one before."""
        self.supply.feed()
        self.workspace.start()
        self._await_work(self.begun)
        for number, what in enumerate(plan, 1):
            self._pass(what.gap_s)
            at = time.time()
            if (victim := self._do(what)) is None:
                self.say(f"{number}/{len(plan)} {what.kind}: not possible")
                continue
            self.story.done.append(what.kind)
            self.story.at.append(at)
            waited = 0.0 if what.kind == "nan_loss" else self._await_work(time.time())
            self.say(f"{number}/{len(plan)} {what.kind}: {victim}; work went on after {waited:.1f} s")

    def finish(self) -> bool:
        """Lets what is at work come to its end, and the pod be stopped; returns whether it did."""
        self.say("no more disturbances; waiting for the end of what is at work")
        end = time.monotonic() + PATIENCE_S
        wanted = set(self.supply.names)
        while time.monotonic() < end:
            self._tend()
            if wanted <= set(self.workspace.tasks("completed")) and NAN in self.workspace.tasks("blocked"):
                break
            time.sleep(0.2)
        else:
            return False
        last = time.time()
        while time.time() - last < 180:
            if all(pod["status"] in ("EXITED", "ERROR") for pod in self.simulator.pods()):
                self.story.stopped_after_s = time.time() - last
                self.say(f"the pod is stopped {self.story.stopped_after_s:.1f} s after the last task")
                return True
            time.sleep(0.1)
        return False

    def _do(self, what: Disturbance) -> str | None:
        end = time.monotonic() + 90
        while time.monotonic() < end:
            try:
                return self.acts.carry_out(what)
            except Impossible as why:
                if "mount" in str(why):
                    break
                self._pass(1)
        return None

    def _pass(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._tend()
            self.supply.feed()
            time.sleep(0.2)

    def _await_work(self, since: float) -> float:
        """Waits for a step or a record that is newer; returns how long that took."""
        while time.time() - since < RECOVERY_S:
            for attempts in read(self.evidence.folder).values():
                last = attempts[-1][-1]
                if last["t"] > since and last["event"] == "progress" and last.get("unit") in USEFUL:
                    return float(last["t"]) - since
            self._pass(0.3)
        self.say(f"no work went on within {RECOVERY_S:g} s")
        return RECOVERY_S

    def _tend(self) -> None:
        """As a person would: starts a daemon that has ended, tries a blocked task again. Both count as failures."""
        if (status := self.workspace.ended_by_itself()) is not None:
            self.story.deaths.append(f"exit {status}")
            self.say(f"the daemon has ended by itself, exit {status}; started again")
            self.workspace.start()
        for name in self.workspace.tasks("blocked"):
            if name in self.supply.names:
                why = self.workspace.why_blocked(name)
                self.story.persons.append(f"{name}: {why}")
                self.say(f"{name} is blocked: {why}")
                self.say(self.workspace.command("retry", name).strip())
                time.sleep(1)
