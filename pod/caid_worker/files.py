"""Durable files: what is renamed into place has reached the disk before its name shows.

Owns fsync, hashing, atomic replacement and torn lines.
Never knows what a file means.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def fsync(path: Path) -> None:
    """Flushes a file's bytes, or a folder's entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256(path: Path) -> str:
    """The file's SHA-256 as 64 hex digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def replace(path: Path, data: bytes) -> None:
    """Writes `data` to `path` so that a reader, or a crash, sees the old bytes or the new ones."""
    building = path.with_name(path.name + ".building")
    with open(building, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.rename(building, path)
    fsync(path.parent)


def encode_line(value: Any) -> bytes:
    """One JSON line. Not-a-number is refused: no reader of ours could parse it."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def write_lines(path: Path, values: Iterable[Any]) -> None:
    """Writes JSON lines; durability is the caller's (a manifest is written after it)."""
    with open(path, "wb") as file:
        for value in values:
            file.write(encode_line(value))


def cut_torn_line(path: Path) -> None:
    """Drops what follows the last line break: the trace of a writer that died in the middle of a line."""
    if not path.exists():
        return
    with open(path, "r+b") as file:
        end = file.seek(0, os.SEEK_END)
        keep = end
        while keep > 0:
            start = max(0, keep - 65536)
            file.seek(start)
            newline = file.read(keep - start).rfind(b"\n")
            if newline >= 0:
                keep = start + newline + 1
                break
            keep = start
        if keep != end:
            file.truncate(keep)
            os.fsync(file.fileno())


def lines_backwards(path: Path, block: int = 65536) -> Iterator[bytes]:
    """Whole lines, last first; a torn last line is not one."""
    with open(path, "rb") as file:
        position = file.seek(0, os.SEEK_END)
        tail = b""
        whole = False
        while position > 0:
            start = max(0, position - block)
            file.seek(start)
            parts = (file.read(position - start) + tail).split(b"\n")
            position, tail = start, parts[0]
            for line in reversed(parts[1:]):
                if whole and line:
                    yield line
                whole = True
        if whole and tail:
            yield tail
