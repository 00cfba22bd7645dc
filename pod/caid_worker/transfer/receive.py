"""Files on their way to the pod.

Owns partial files, their proof by digest, and the moment in which they get their names.
Never gives a name to a file whose digest was not proven, nor before its bytes are on the disk.
"""

import errno
import hashlib
import os
import stat
from typing import Final

from caid_worker.transfer import disk
from caid_worker.transfer.blocks import BLOCK, DIGEST, digests
from caid_worker.transfer.folder import File, Folder, checked
from caid_worker.transfer.frames import CHANGED, DISK, LIMIT, NO_SPACE, WRONG_DIGEST, Fields, Frames, Malformed, Refused

# What a survey says of a file.
ABSENT: Final = 0
THERE: Final = 1
OLDER: Final = 2

# A file that comes in one piece of at most so many bytes is proven before it is written.
WHOLE: Final = 4 << 20


def file_in(fields: Fields) -> File:
    return File(checked(fields.text()), fields.number(8), fields.take(32))


class Receiver:
    """What this agent has received and proven."""

    def __init__(self, frames: Frames, folder: Folder) -> None:
        self._frames, self._folder = frames, folder
        self._proven: list[File] = []
        self._base: tuple[File, int] | None = None

    def survey(self, body: memoryview) -> None:
        """Says of each file whether it is there, and how much of it."""
        fields = Fields(body)
        answer = bytearray()
        with self._frames.beating():
            while fields.more:
                state, allocated = self._look(file_in(fields))
                answer += bytes((state,)) + allocated.to_bytes(8, "big")
        room = os.fstatvfs(self._folder.descriptor)
        self._frames.send(b"a", (room.f_bavail * room.f_frsize).to_bytes(8, "big"), answer)

    def _look(self, file: File) -> tuple[int, int]:
        try:
            self._folder.inside(file.folder)
        except FileNotFoundError:
            return ABSENT, 0
        for leaf in (file.leaf, file.partial):
            try:
                found = self._folder.open(file.folder, leaf, os.O_RDONLY)
            except FileNotFoundError:
                continue
            except Refused:
                if self._is_link(file.folder, leaf):
                    # What gets the name later replaces the link itself.
                    continue
                raise
            try:
                facts = os.fstat(found)
                if leaf == file.leaf and facts.st_size == file.size and _sha256(found) == file.sha256:
                    return THERE, 0
                if leaf == file.partial:
                    return OLDER, min(file.size, facts.st_blocks * 512)
                state = OLDER
            finally:
                os.close(found)
            try:
                os.stat(file.partial, dir_fd=self._folder.inside(file.folder), follow_symlinks=False)
            except FileNotFoundError:
                return state, 0
        return ABSENT, 0

    def _is_link(self, folder: bytes, leaf: bytes) -> bool:
        return stat.S_ISLNK(os.stat(leaf, dir_fd=self._folder.inside(folder), follow_symlinks=False).st_mode)

    def digests(self, body: memoryview) -> None:
        """Digests of what a piece would be written over: of the partial file, else of the older version."""
        fields = Fields(body)
        file, offset, length = file_in(fields), fields.number(8), fields.number(8)
        _check(file, offset, length)
        found = self._basis(file, offset, length)
        try:
            self._frames.send(b"a", digests(found, offset, length, file.size) if found is not None else b"")
        finally:
            if found is not None:
                os.close(found)

    def _basis(self, file: File, offset: int, length: int) -> int | None:
        """What holds bytes for a piece: the partial file where it has some there, else the older version."""
        for leaf in (file.partial, file.leaf):
            try:
                found = self._folder.open(file.folder, leaf, os.O_RDONLY)
            except FileNotFoundError:
                continue
            if leaf == file.leaf or _has_data(found, offset, length):
                return found
            os.close(found)
        return None

    def put(self, body: memoryview) -> None:
        """Writes one piece, of which the frames that follow are the contents; they are read to their end in any case."""
        fields = Fields(body)
        name, size, sha256 = fields.text(), fields.number(8), fields.take(32)
        offset, length = fields.number(8), fields.number(8)
        trouble: Refused | None = None
        target = basis = None
        file = File(name, size, sha256)
        is_whole = offset == 0 and length == size <= WHOLE
        gathered = bytearray()
        try:
            try:
                checked(name)
                _check(file, offset, length)
                if not is_whole:
                    # Before anything is written, while it still is what was compared.
                    basis = self._basis(file, offset, length)
                    target = self._folder.open(file.folder, file.partial, os.O_RDWR | os.O_CREAT, create_folder=True)
            except (Refused, OSError) as error:
                trouble = _trouble(error)
            end = offset + length
            at = offset
            while at < end:
                frame = self._frames.next()
                if frame is None:
                    raise Malformed("the line ended inside a piece")
                letter, data = frame
                count = len(data) if letter == b"d" else int.from_bytes(data, "big") if letter == b"s" else 0
                if count == 0 or at + count > end:
                    raise Malformed("a piece of another length than announced")
                try:
                    if trouble is None:
                        if letter == b"s":
                            if is_whole and basis is None:
                                basis = self._basis(file, offset, length)
                            data = self._same(file, target, basis, at, count, gathered if is_whole else None)
                        elif is_whole:
                            gathered += data
                        else:
                            assert target is not None
                            _write(target, data, at)
                except (Refused, OSError) as error:
                    trouble = _trouble(error)
                at += count
            if trouble is None:
                try:
                    if is_whole:
                        self._write_whole(file, gathered)
                    elif target is not None:
                        disk.start_writing(target, offset, length)
                except (Refused, OSError) as error:
                    trouble = _trouble(error)
        finally:
            for descriptor in (target, basis):
                if descriptor is not None:
                    os.close(descriptor)
        if trouble is not None:
            raise trouble
        self._frames.send(b"a")

    def _same(
        self, file: File, target: int | None, basis: int | None, at: int, count: int, gathered: bytearray | None
    ) -> memoryview:
        """Takes bytes from what is here already."""
        if basis is None:
            raise Refused(CHANGED, "what was compared is not here any more")
        end = at + count
        while at < end:
            data = os.pread(basis, min(LIMIT, end - at), at)
            if not data:
                raise Refused(CHANGED, "what was compared is shorter now")
            if gathered is not None:
                gathered += data
            elif target is not None and not os.path.sameopenfile(target, basis):
                _write(target, memoryview(data), at)
            at += len(data)
        return memoryview(b"")

    def _write_whole(self, file: File, data: bytearray) -> None:
        if hashlib.sha256(data).digest() != file.sha256:
            raise Refused(WRONG_DIGEST, "what came has another digest")
        target = self._folder.open(file.folder, file.partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, create_folder=True)
        try:
            _write(target, memoryview(data), 0)
        finally:
            os.close(target)
        self._proven.append(file)

    def verify(self, body: memoryview) -> None:
        """Proves a file that came in pieces, and flushes it; a wrong one is removed."""
        file = file_in(Fields(body))
        with self._frames.beating():
            try:
                target = self._folder.open(file.folder, file.partial, os.O_RDWR)
            except FileNotFoundError:
                raise Refused(CHANGED, "the partial file is not here any more")
            try:
                os.ftruncate(target, file.size)
                right = _sha256(target) == file.sha256
                if right:
                    os.fsync(target)
            finally:
                os.close(target)
            if not right:
                os.unlink(file.partial, dir_fd=self._folder.inside(file.folder))
                raise Refused(WRONG_DIGEST, "what came has another digest")
        self._proven.append(file)
        self._frames.send(b"a")

    def commit(self) -> None:
        """Everything proven gets its name, after its bytes have reached the disk and before anybody is told."""
        with self._frames.beating():
            small = [file for file in self._proven if file.size <= WHOLE]
            if len(small) > 16:
                # Thousands of small files: one flush of the file system is far cheaper than one of each file.
                disk.flush(self._folder.descriptor)
            else:
                for file in small:
                    target = self._folder.open(file.folder, file.partial, os.O_RDONLY)
                    try:
                        os.fsync(target)
                    finally:
                        os.close(target)
            for file in self._proven:
                parent = self._folder.inside(file.folder)
                os.rename(file.partial, file.leaf, src_dir_fd=parent, dst_dir_fd=parent)
            for folder in {file.folder for file in self._proven}:
                parent = self._folder.inside(folder)
                self._sweep(folder, parent)
                os.fsync(parent)
        self._proven = []
        self._frames.send(b"a")

    def _sweep(self, folder: bytes, parent: int) -> None:
        """Removes what interrupted transfers of other versions of these files left."""
        prefixes = {file.partial_prefix for file in self._proven if file.folder == folder}
        for name in os.listdir(parent):
            entry = os.fsencode(name)
            if entry[:19] in prefixes and entry.endswith(b".tmp") and len(entry) == 39:
                os.unlink(entry, dir_fd=parent)


def _check(file: File, offset: int, length: int) -> None:
    if offset + length > file.size or offset % BLOCK or length > (LIMIT // DIGEST) * BLOCK:
        raise Malformed("a piece outside its file")


def _write(target: int, data: memoryview, at: int) -> None:
    while data:
        done = os.pwrite(target, data, at)
        data, at = data[done:], at + done


def _has_data(file: int, offset: int, length: int) -> bool:
    try:
        return os.lseek(file, offset, os.SEEK_DATA) < offset + length
    except OSError as error:
        if error.errno == errno.ENXIO:
            return False
        # A file system that cannot tell.
        return os.fstat(file).st_size > offset


def _sha256(file: int) -> bytes:
    hash = hashlib.sha256()
    offset = 0
    while data := os.pread(file, LIMIT, offset):
        hash.update(data)
        offset += len(data)
    return hash.digest()


def _trouble(error: Refused | OSError) -> Refused:
    if isinstance(error, Refused):
        return error
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Refused(NO_SPACE, "the disk is full")
    return Refused(DISK, error.strerror or str(error))
