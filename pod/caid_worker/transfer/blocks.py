"""Digests of blocks.

Owns finding out which blocks of a file the other end has already.
Never decides whether a file is right: that is the whole digest's.
"""

import hashlib
import os
from collections.abc import Iterator
from typing import Final

BLOCK: Final = 4096
DIGEST: Final = 8
CHUNK: Final = 256 * BLOCK


def digest(data: memoryview | bytes) -> bytes:
    return hashlib.sha256(data).digest()[:DIGEST]


def digests(file: int, offset: int, length: int, size: int) -> bytes:
    """Of the blocks from an offset on; where the file ends early, of fewer, since a cut block proves nothing."""
    found = bytearray()
    end = offset + length
    while offset < end:
        data = memoryview(os.pread(file, min(CHUNK, end - offset), offset))
        for at in range(0, len(data), BLOCK):
            block = data[at : at + BLOCK]
            if len(block) < BLOCK and offset + at + len(block) != size:
                return bytes(found)
            found += digest(block)
        if len(data) < min(CHUNK, end - offset):
            break
        offset += len(data)
    return bytes(found)


def runs(data: bytes, known: bytes) -> Iterator[tuple[bool, int, int]]:
    """Cuts data into runs of blocks: whether they are the same as the known ones, start, end."""
    view = memoryview(data)
    start, state = 0, False
    for index, at in enumerate(range(0, len(data), BLOCK)):
        same = digest(view[at : at + BLOCK]) == known[index * DIGEST : (index + 1) * DIGEST]
        if same != state:
            if at > start:
                yield state, start, at
            start, state = at, same
    if len(data) > start:
        yield state, start, len(data)
