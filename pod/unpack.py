"""Receives the worker on a machine that has nothing yet: `python3 -c THIS FOLDER ENVIRONMENT`.

It says what is there already, one JSON object: `{"worker": …, "environment": …}`. Then it takes the files as JSON from standard
input; where none come, it was only asked.
Owns FOLDER: made whole in a temporary folder, flushed, renamed. Its file `complete` is written last and holds a hash.
Never writes outside FOLDER's parent, and does nothing where the folder is already complete.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sys
import tempfile

MOST_BYTES = 64 << 20
MARKER = "complete"


def main() -> int:
    """Reads `{"files": {relative path: text}}`; exit status 1 with words on standard error where it cannot be."""
    if sys.version_info < (3, 11):
        version = ".".join(map(str, sys.version_info[:3]))
        return refuse(f"Python 3.11 or later is needed, and python3 is {version}: install it, or use another image")
    folder, environment = map(os.path.abspath, sys.argv[1:3])
    parent = os.path.dirname(folder)
    try:
        os.makedirs(parent, exist_ok=True)
        if not os.access(parent, os.W_OK | os.X_OK):
            return refuse(f"the folder {parent} cannot be written to; name another one as workdir, or mend its mount or its owner")
        told = {"worker": marker(folder) != "", "environment": is_environment(environment)}
        print(json.dumps(told), flush=True)
        raw = sys.stdin.buffer.read(MOST_BYTES + 1)
        if not raw:
            return 0
        if len(raw) > MOST_BYTES:
            raise ValueError("more than 64 MiB came")
        files = json.loads(raw.decode("utf-8"))["files"]
        for name, text in files.items():
            check(name, text)
        print(json.dumps({"files": len(files), "changed": unpack(folder, files)}))
        return 0
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return refuse(f"the disk of {parent} is full ({error.strerror}); delete something there or enlarge the volume")
        if error.errno in (errno.EROFS, errno.EACCES, errno.ENOENT, errno.EPERM, errno.ENOTDIR, errno.EEXIST):
            return refuse(f"the folder {parent} cannot be made or written to ({error.strerror}); name another one as workdir")
        return refuse(f"the worker could not be unpacked: {error}")
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        return refuse(f"the worker could not be unpacked: {type(error).__name__}: {error}")


def refuse(words: str) -> int:
    """The last line of standard error is for people."""
    print(f"caid: {words}", file=sys.stderr)
    return 1


def is_environment(folder: str) -> bool:
    """Whether an environment was finished there and still has its interpreter: it may be a link to one that is gone."""
    return marker(folder) != "" and os.access(os.path.join(folder, "bin", "python"), os.X_OK)


def marker(folder: str) -> str:
    """What the folder's `complete` holds; empty where it has none."""
    try:
        with open(os.path.join(folder, MARKER)) as file:
            return file.read(200).strip()
    except (OSError, ValueError):
        return ""


def check(name: str, text: str) -> None:
    """Raises a ValueError for a name that leads outside, or the marker's."""
    parts = name.split("/")
    if not isinstance(text, str) or not name.isprintable() or any(p in ("", ".", "..") for p in parts) or parts[0] == MARKER:
        raise ValueError(f"a file may not be called {name!r}")


def unpack(folder: str, files: dict[str, str]) -> bool:
    """Makes the folder; returns False where it was complete, with these very files."""
    digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    if marker(folder) == digest:
        return False
    parent = os.path.dirname(folder)
    os.makedirs(parent, exist_ok=True)
    temporary = tempfile.mkdtemp(prefix=".unpack-", dir=parent)
    try:
        os.chmod(temporary, 0o755)
        for name, text in sorted(files.items()):
            write(os.path.join(temporary, *name.split("/")), text)
        # One flush of the disks instead of one for each file, which a network volume would take seconds for.
        os.sync()
        write(os.path.join(temporary, MARKER), digest + "\n")
        flush(os.path.join(temporary, MARKER))
        flush(temporary)
        put(temporary, folder, digest)
        flush(parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return True


def put(temporary: str, folder: str, digest: str) -> None:
    """Gives the folder its name; what lay there and was not complete goes."""
    for _ in range(3):
        try:
            os.rename(temporary, folder)
            return
        except OSError:
            if not os.path.lexists(folder):
                raise
            # Another one may have been quicker.
            if marker(folder) == digest:
                return
            doomed = tempfile.mkdtemp(prefix=".unpack-", dir=os.path.dirname(folder))
            os.rename(folder, os.path.join(doomed, "old"))
            shutil.rmtree(doomed, ignore_errors=True)
    raise OSError(f"{folder} is written by somebody else; try again")


def write(path: str, text: str) -> None:
    """Writes a file with its folders."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def flush(path: str) -> None:
    """Flushes a file, or the entries of a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
