"""The folder a program runs in: `work/`, made from the inputs and, on another machine, from a checkpoint.

Owns making it whole before it has its name.
Never touches it again once it is there: what the program left is what it goes on with, if it keeps anything.
"""

import os
import shutil
from pathlib import Path

from caid_worker import files
from caid_worker.checkpoints import Checkpoint
from caid_worker.job import Job
from caid_worker.manifest import NAME
from caid_worker.program import tree

EXECUTABLE = (b"#!", b"\x7fE")


def path(job: Job) -> Path:
    """Where the program runs."""
    return job.folder / "work"


def make(job: Job, resume: Checkpoint | None, keeps: bool) -> bool:
    """Makes the folder where it is missing; returns whether the program goes on with something.

    A program that keeps nothing begins anew in a new folder, here as on any other machine.
    """
    final = path(job)
    if final.is_dir():
        if keeps:
            return True
        shutil.rmtree(final)
    building = job.folder / "work.building"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    tree.copy(job.folder / "inputs", job.inputs, building)
    for name in job.inputs:
        _make_runnable(building / name)
    if resume is not None:
        saved = tree.find(resume.folder, ["."])
        tree.copy(resume.folder, saved.files - {NAME}, building)
    for entry in building.rglob("*"):
        files.fsync(entry)
    files.fsync(building)
    os.rename(building, final)
    files.fsync(job.folder)
    return resume is not None


def _make_runnable(file: Path) -> None:
    """Modes do not travel, but a script says in its first bytes that it is one."""
    with open(file, "rb") as opened:
        if opened.read(2) in EXECUTABLE:
            os.fchmod(opened.fileno(), 0o755)
