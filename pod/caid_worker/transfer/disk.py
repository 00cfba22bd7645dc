"""What reaches the disk, and when.

Owns flushing a whole file system, and asking for bytes to be written soon.
Never fails where the machine cannot flush one alone: then it flushes all.
"""

import ctypes
import os
from functools import cache
from typing import Any


@cache
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def flush(descriptor: int) -> None:
    """Everything written to this descriptor's file system reaches the disk."""
    if _libc().syncfs(descriptor) != 0:
        os.sync()


def start_writing(file: int, offset: int, length: int) -> None:
    """Begins to write a range to the disk, so that the flush at the end does not have to do it all."""
    os.posix_fadvise(file, offset, length, os.POSIX_FADV_DONTNEED)
