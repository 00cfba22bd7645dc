"""The kind `script`: any program, with declared inputs, outputs and paths to keep.

Owns the way from its process to events, checkpoints and outputs.
Never runs it through a shell, nor twice at a time, nor calls it done without the outputs it promised.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from caid_worker import arguments
from caid_worker.arguments import ScriptArguments
from caid_worker.context import Context
from caid_worker.errors import Stopped, WorkerError
from caid_worker.manifest import NAME
from caid_worker.program import folder, tree
from caid_worker.program.busy import Busy
from caid_worker.program.output import Output
from caid_worker.program.process import Process
from caid_worker.program.progress import Told
from caid_worker.runner import leftovers

LOOK_EVERY_S = 0.1
PASSED_ON = ("HOME", "LANG")
# What the workstation can read as one manifest.
MOST_FILES = 50_000


def run(context: Context) -> dict[str, Any]:
    """Runs the program to its end and collects its outputs; returns the facts."""
    wanted = arguments.parse(ScriptArguments, context.job.arguments)
    for name in (*wanted.outputs, *wanted.keep):
        tree.check(name, "arguments.outputs and keep")
    # Of an attempt whose worker was killed: it would write into the same files.
    leftovers.kill(context.job)
    context.loading(0, 1, "copying the inputs")
    resumed = folder.make(context.job, context.resume, keeps=bool(wanted.keep))
    _Run(context, wanted, resumed).to_the_end()
    _collect(context, wanted)
    return {"command": wanted.command, "bit_exact": False}


class _Run:
    """One run of the program."""

    def __init__(self, context: Context, wanted: ScriptArguments, resumed: bool) -> None:
        self.context, self.wanted, self.work = context, wanted, folder.path(context.job)
        self.output = Output(context.job.folder / "output.log")
        self.told, self.busy = Told(context.events), Busy(context.job)
        self.process = Process(wanted.command, self.work, _environment(context, wanted, resumed))
        self._warned = False

    def to_the_end(self) -> None:
        """Returns after exit status 0 alone; raises Stopped where it was asked to end before."""
        limit = self.wanted.timeout_s
        began = time.monotonic()
        try:
            while self.process.code is None:
                self._listen(LOOK_EVERY_S)
                if self.context.signals.stop is not None and self.process.code is None:
                    self._stop()
                if limit is not None and time.monotonic() - began > limit:
                    self._end()
                    raise WorkerError(f"the program ran longer than timeout_s ({limit:g} s)", self._last_words())
                if self.context.checkpoint_due():
                    with self.process.paused():
                        self._save()
        finally:
            self._finish()
        if self.process.code != 0:
            last = self.output.last[-1] if self.output.last else "it said nothing"
            raise WorkerError(f"the program {_ending(self.process.code)}: {last}", self._last_words())

    def _listen(self, timeout_s: float) -> None:
        self.told.hear(self.output.take(self.process.read(timeout_s)))
        if self.busy.look():
            self.told.alive()
        self.told.tell()

    def _stop(self) -> None:
        """What a program does with SIGTERM is its own affair: exit 0 then is not the end of its work."""
        self._end()
        self._finish()
        self._save()
        raise Stopped(self.context.signals.stop or "asked to stop")

    def _end(self) -> None:
        self.process.ask_to_end()
        deadline = time.monotonic() + self.wanted.grace_s
        while self.process.code is None and time.monotonic() < deadline:
            self._listen(LOOK_EVERY_S)
        self.process.kill()

    def _finish(self) -> None:
        """Nothing of the program is left at work, and its last words are heard."""
        self.process.kill()
        leftovers.kill(self.context.job)
        for data in self.process.rest():
            self.told.hear(self.output.take(data))
        self.told.hear(self.output.end())
        self.told.tell(at_the_end=True)

    def _save(self) -> None:
        found = tree.find(self.work, self.wanted.keep)
        if found.odd and not self._warned:
            self._warned = True
            self.context.events.log("warning", f"not kept, no regular file: {', '.join(found.odd)[:500]}")
        self.context.save_checkpoint(
            lambda target: tree.copy(self.work, found.files, target), self.told.done, {"unit": "steps"}
        )

    def _last_words(self) -> str:
        return "\n".join(self.output.last)


def _collect(context: Context, wanted: ScriptArguments) -> None:
    work = folder.path(context.job)
    found = tree.find(work, wanted.outputs)
    if found.missing:
        raise WorkerError(f"the program ended well but left no {', '.join(found.missing)}; see output.log")
    if found.odd:
        raise WorkerError(f"outputs must be regular files; these are not: {', '.join(found.odd)[:500]}")
    if len(found.files) > MOST_FILES:
        raise WorkerError(f"the outputs are {len(found.files)} files, more than {MOST_FILES}; pack them into one")
    if NAME in found.files:
        raise WorkerError(f"an output must not be called {NAME}: that is the manifest's name")
    tree.copy(work, found.files, context.outputs)


def _environment(context: Context, wanted: ScriptArguments, resumed: bool) -> dict[str, str]:
    """What the program sees: nothing of ours but where to find programs; `python3` is the worker's own.

    A Python that writes into a pipe would keep what it says to itself for hours.
    """
    paths = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    ours = {"PATH": os.pathsep.join(paths)} | {n: os.environ[n] for n in PASSED_ON if n in os.environ}
    ours["PYTHONUNBUFFERED"] = "1"
    again = {"CAID_RESUMED": "1"} if resumed else {}
    return ours | wanted.env | {leftovers.VARIABLE: leftovers.mark(context.job)} | again


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was killed by signal {-code}" + (" (out of memory?)" if -code == signal.SIGKILL else "")
    return f"ended with exit status {code}"
