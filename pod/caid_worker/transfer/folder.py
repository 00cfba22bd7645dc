"""Files below one folder.

Owns the way from a name to a descriptor, one component at a time, so that no link leads outside, and the names of partial files.
Never opens anything but regular files and folders.
"""

import errno
import hashlib
import os
import stat
from dataclasses import dataclass

from caid_worker.transfer.frames import BAD_NAME, Refused


@dataclass(frozen=True)
class File:
    """A file as the workstation's manifest promises it."""

    name: bytes
    size: int
    sha256: bytes

    @property
    def leaf(self) -> bytes:
        return self.name.rpartition(b"/")[2]

    @property
    def folder(self) -> bytes:
        return self.name.rpartition(b"/")[0]

    @property
    def partial(self) -> bytes:
        """The leaf under which it is put together: of this content, so that a late writer can only write the same."""
        return self.partial_prefix + self.sha256.hex()[:16].encode() + b".tmp"

    @property
    def partial_prefix(self) -> bytes:
        return b".caid-" + hashlib.sha256(self.leaf).hexdigest()[:12].encode() + b"-"


def checked(name: bytes) -> bytes:
    """A relative name of plain components, or an error."""
    parts = name.split(b"/")
    if len(name) > 4000 or b"\0" in name or any(part in (b"", b".", b"..") or len(part) > 255 for part in parts):
        raise Refused(BAD_NAME, f"{name[:100]!r} is not the name of a file here")
    return name


class Folder:
    """A folder and what lies below it."""

    def __init__(self, path: bytes, create: bool = False) -> None:
        if create:
            _make(path)
        self.descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._open: dict[bytes, int] = {}

    def inside(self, name: bytes, create: bool = False) -> int:
        """The descriptor of a folder below this one; b"" is this one. Good until the next call."""
        if not name:
            return self.descriptor
        found = self._open.get(name)
        if found is not None:
            return found
        upper, _, leaf = name.rpartition(b"/")
        parent = self.inside(upper, create)
        if create:
            try:
                os.mkdir(leaf, dir_fd=parent)
                os.fsync(parent)
            except FileExistsError:
                pass
        try:
            found = os.open(leaf, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
        except OSError as error:
            raise _refusal(error, name)
        if len(self._open) >= 100:
            for descriptor in self._open.values():
                os.close(descriptor)
            self._open.clear()
        self._open[name] = found
        return found

    def open(self, folder: bytes, leaf: bytes, flags: int, create_folder: bool = False) -> int:
        """Opens a regular file; FileNotFoundError where there is none."""
        parent = self.inside(folder, create_folder)
        try:
            # Non-blocking, so that a named pipe cannot hold us.
            file = os.open(leaf, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o644, dir_fd=parent)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _refusal(error, leaf)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise Refused(BAD_NAME, f"{leaf[:100]!r} is not a regular file")
        return file


def _refusal(error: OSError, name: bytes) -> Exception:
    if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.EISDIR):
        return Refused(BAD_NAME, f"{name[:100]!r} is a link, or no file or folder")
    return error


def _make(path: bytes) -> None:
    if not os.path.isdir(path):
        parent = os.path.dirname(path)
        if parent != path:
            _make(parent)
        try:
            os.mkdir(path)
        except FileExistsError:
            return
        descriptor = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
