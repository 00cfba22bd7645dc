"""Receives the worker on a machine that has nothing yet: `python3 -c THIS FOLDER`, files as JSON on standard input.

Owns FOLDER: made whole in a temporary folder, flushed, renamed. Its file `complete` is written last and holds a hash.
Never writes outside FOLDER's parent, and does nothing where the folder is already complete.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile

MOST_BYTES = 64 << 20
MARKER = "complete"


def main() -> int:
    """Reads `{"files": {relative path: text}}`; prints one JSON object; exit status 0, or 1 with `error`."""
    try:
        raw = sys.stdin.buffer.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise ValueError("more than 64 MiB came")
        files = json.loads(raw.decode("utf-8"))["files"]
        for name, text in files.items():
            check(name, text)
        changed = unpack(os.path.abspath(sys.argv[1]), files)
        print(json.dumps({"files": len(files), "changed": changed}))
        return 0
    except (OSError, ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
        words = f"the worker could not be unpacked: {type(error).__name__}: {error}"
        print(json.dumps({"error": words}))
        print(words, file=sys.stderr)
        return 1


def check(name: str, text: str) -> None:
    """Raises a ValueError for a name that leads outside, or the marker's."""
    parts = name.split("/")
    if not isinstance(text, str) or not name.isprintable() or any(p in ("", ".", "..") for p in parts) or parts[0] == MARKER:
        raise ValueError(f"a file may not be called {name!r}")


def unpack(folder: str, files: dict[str, str]) -> bool:
    """Makes the folder; returns False where it was complete, with these very files."""
    digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    if is_complete(folder, digest):
        return False
    parent = os.path.dirname(folder)
    os.makedirs(parent, exist_ok=True)
    temporary = tempfile.mkdtemp(prefix=".unpack-", dir=parent)
    try:
        os.chmod(temporary, 0o755)
        for name, text in sorted(files.items()):
            write(os.path.join(temporary, *name.split("/")), text)
        write(os.path.join(temporary, MARKER), digest + "\n")
        for path, _, _ in os.walk(temporary, topdown=False):
            flush(path)
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
            if is_complete(folder, digest):
                return
            doomed = tempfile.mkdtemp(prefix=".unpack-", dir=os.path.dirname(folder))
            os.rename(folder, os.path.join(doomed, "old"))
            shutil.rmtree(doomed, ignore_errors=True)
    raise OSError(f"{folder} is written by somebody else; try again")


def is_complete(folder: str, digest: str) -> bool:
    """Whether the folder was made whole from these very files."""
    try:
        with open(os.path.join(folder, MARKER)) as file:
            return file.read().strip() == digest
    except (OSError, ValueError):
        return False


def write(path: str, text: str) -> None:
    """Writes a file with its folders and flushes it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def flush(path: str) -> None:
    """Flushes the entries of a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
