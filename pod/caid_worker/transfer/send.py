"""Files on their way home.

Owns the answers to `get`: bytes of files, or only of the blocks that differ.
Never sends a file that is not as large as the manifest says.
"""

import os

from caid_worker.transfer.blocks import BLOCK, CHUNK, DIGEST, runs
from caid_worker.transfer.folder import Folder, checked
from caid_worker.transfer.frames import CHANGED, Fields, Frames, Malformed, Refused, read_exactly


def get(frames: Frames, folder: Folder, body: memoryview) -> None:
    """Answers each piece that is asked for."""
    fields = Fields(body)
    while fields.more:
        name, size, offset, length = fields.text(), fields.number(8), fields.number(8), fields.number(8)
        known = fields.take(fields.number(4) * DIGEST)
        if offset + length > size or offset % BLOCK or len(known) > (length + BLOCK - 1) // BLOCK * DIGEST:
            raise Malformed("a piece outside its file")
        try:
            _piece(frames, folder, checked(name), size, offset, length, known)
        except Refused as error:
            frames.refuse(error)


def _piece(frames: Frames, folder: Folder, name: bytes, size: int, offset: int, length: int, known: bytes) -> None:
    above, _, leaf = name.rpartition(b"/")
    try:
        file = folder.open(above, leaf, os.O_RDONLY)
    except FileNotFoundError:
        raise Refused(CHANGED, "the file is not there any more")
    try:
        if os.fstat(file).st_size != size:
            raise Refused(CHANGED, f"the file has {os.fstat(file).st_size} bytes and should have {size}")
        end = offset + length
        compared = min(end, offset + len(known) // DIGEST * BLOCK)
        while offset < compared:
            count = min(CHUNK, compared - offset)
            data = read_exactly(file, offset, count)
            for same, start, stop in runs(data, known):
                if same:
                    frames.send(b"s", (stop - start).to_bytes(8, "big"))
                else:
                    frames.send(b"d", memoryview(data)[start:stop])
            known = known[CHUNK // BLOCK * DIGEST :]
            offset += count
        frames.send_file(file, offset, end - offset)
    finally:
        os.close(file)
