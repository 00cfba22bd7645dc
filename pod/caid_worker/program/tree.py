"""Paths in the program's folder: what may be named, which regular files that means, and copying them.

Owns the rule that no link is followed and no name leads outside.
Never changes the folder it reads.
"""

import os
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from caid_worker.errors import WorkerError


@dataclass
class Found:
    """Regular files relative to the root, names that are not there, and what is neither a regular file nor a folder."""

    files: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


def check(name: str, where: str) -> None:
    """Raises a WorkerError for a name that is empty, absolute, or leads outside."""
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or not name.isprintable():
        raise WorkerError(f"{where}: {name!r} must be a path below the job's work folder, without `..`")


def find(root: Path, names: Iterable[str]) -> Found:
    """What the names mean; a folder means all the files in it."""
    found = Found()
    for name in names:
        parts = PurePosixPath(name).parts
        # A link on the way would lead elsewhere.
        link = next((p for n in range(1, len(parts)) if (p := root.joinpath(*parts[:n])).is_symlink()), None)
        if link is not None:
            found.odd.append(link.relative_to(root).as_posix())
        else:
            _add(root, PurePosixPath(name).as_posix(), found)
    return found


def copy(root: Path, names: Iterable[str], target: Path) -> None:
    """Copies files to the same names below `target`. One that has gone meanwhile is left out."""
    names = sorted(names)
    _check_room(root, names, target)
    for name in names:
        try:
            descriptor = os.open(root / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        with open(descriptor, "rb") as source:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise WorkerError(f"{name} is no regular file any more")
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            with open(target / name, "wb") as file:
                shutil.copyfileobj(source, file, 1 << 20)


def _check_room(root: Path, names: list[str], target: Path) -> None:
    """Before the first byte: a file may claim to be larger than any disk."""
    wanted = 0
    for name in names:
        try:
            wanted += os.lstat(root / name).st_size
        except FileNotFoundError:
            continue
    free = shutil.disk_usage(target).free
    if wanted > free:
        raise WorkerError(
            f"{wanted} bytes are to be copied ({', '.join(names)[:200]}) and the disk has {free} free; "
            "make room, or let the program leave less"
        )


def _add(root: Path, name: str, found: Found) -> None:
    try:
        mode = os.lstat(root / name).st_mode
    except (FileNotFoundError, NotADirectoryError):
        found.missing.append(name)
        return
    if stat.S_ISDIR(mode):
        for entry in os.listdir(root / name):
            _add(root, f"{name}/{entry}" if name != "." else entry, found)
    elif stat.S_ISREG(mode) and name.isprintable():
        found.files.add(name)
    else:
        # Names that are no text cannot stand in a manifest.
        found.odd.append(name.encode(errors="replace").decode())
