"""Complete folders: every file hashed and on the disk, the manifest last, the name by rename.

Owns `manifest.json` of checkpoints and outputs.
Never judges what is in the files.
"""

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

from caid_worker import files

NAME = "manifest.json"


def publish(building: Path, final: Path, job: str, facts: dict[str, Any]) -> str:
    """Makes the folder `building` durable, seals it with a manifest and gives it its name.

    Returns the manifest's SHA-256. Whatever stood at `final` is set aside: it was incomplete, or nobody would publish.
    """
    listing: dict[str, dict[str, Any]] = {}
    folders = [building]
    for path in sorted(building.rglob("*")):
        if path.is_dir():
            folders.append(path)
            continue
        files.fsync(path)
        listing[path.relative_to(building).as_posix()] = {"sha256": files.sha256(path), "bytes": path.stat().st_size}
    for folder in reversed(folders):
        files.fsync(folder)
    value = {"version": 1, "job": job, "files": listing, "facts": facts}
    data = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True).encode() + b"\n"
    files.replace(building / NAME, data)
    if final.exists():
        set_aside(final)
    os.rename(building, final)
    files.fsync(final.parent)
    return hashlib.sha256(data).hexdigest()


def read(folder: Path, job: str) -> dict[str, Any] | None:
    """The manifest where it is this job's and every file it names has its size; no file is read."""
    try:
        value = json.loads((folder / NAME).read_bytes())
        if value["version"] != 1 or value["job"] != job:
            return None
        for name, entry in value["files"].items():
            if (folder / name).stat().st_size != entry["bytes"]:
                return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return dict(value)


def verify(folder: Path, job: str) -> dict[str, Any] | None:
    """Like `read`, and every file's hash agrees too."""
    value = read(folder, job)
    if value is None:
        return None
    try:
        if all(files.sha256(folder / name) == entry["sha256"] for name, entry in value["files"].items()):
            return value
    except OSError:
        pass
    return None


def set_aside(folder: Path) -> None:
    """Renames a folder that cannot be used, so that a person can look at it; the earlier such one goes."""
    damaged = folder.with_name(folder.name + ".damaged")
    if damaged.exists():
        shutil.rmtree(damaged)
    os.rename(folder, damaged)
