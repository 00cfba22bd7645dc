#!/usr/bin/env python3
"""Makes the private Python environment that jobs run in, once per machine and lock; prints its interpreter.

Owns `${XDG_CACHE_HOME:-$HOME/.cache}/caid/env-<hash of the locks>`, or `--into DIR`, where a finished one of the cache is only
linked. Standard library only: it runs before anything is installed, here and on a pod. A crash leaves no half-made environment
behind that would be used, and the one who waits for it may go away and come back: it is made by a process of its own.
Never touches any other environment, and installs nothing whose hash is not in a lock.
"""

import argparse
import errno
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
REST, CPU, DEFAULT = HERE / "requirements.lock", HERE / "torch-cpu.lock", HERE / "torch-default.lock"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
MARKER = "complete"
BUILDING = "caid-environment"
NEEDED_GIB = 3
NEEDED_WITH_CUDA_GIB = 9
WRITE_TEST_MIB = 16
BEAT_S = 15.0


def main() -> int:
    """Prints the interpreter's path as the last line of standard output; progress goes to standard error."""
    parser = argparse.ArgumentParser(description="make the worker's Python environment, once")
    words = "the environment's folder (default: the user's cache); the disk it lies on is measured too"
    parser.add_argument("--into", type=Path, metavar="DIR", help=words)
    parser.add_argument("--build", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder: Path = (options.into or _default_folder()).absolute()
    python = folder / "bin" / "python"
    try:
        if options.build:
            _make(folder, python)
            return 0
        if options.into:
            folder.parent.mkdir(parents=True, exist_ok=True)
            _measure(folder.parent)
        if not _is_complete(folder) and not _link(folder) and (code := _make_once(folder)) != 0:
            return code
    except (OSError, subprocess.CalledProcessError) as error:
        return _refuse(f"the environment could not be made: {error}; run this again to start over")
    print(python)
    return 0


def _digest() -> str:
    return hashlib.sha256(b"".join(lock.read_bytes() for lock in (REST, CPU, DEFAULT))).hexdigest()


def _default_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(cache) / "caid" / f"env-{_digest()[:12]}"


def _is_complete(folder: Path) -> bool:
    """Made from these very locks, and its interpreter still there: an upgrade of the system's Python takes it away."""
    try:
        return (folder / MARKER).read_text() == _digest() and os.access(folder / "bin" / "python", os.X_OK)
    except OSError:
        return False


def _link(folder: Path) -> bool:
    """Uses a finished environment of the user's cache where there is one: a link instead of gigabytes."""
    if folder == _default_folder() or not _is_complete(_default_folder()):
        return False
    if folder.exists() and not folder.is_symlink():
        return False
    link = folder.with_name(f"{folder.name}.{os.getpid()}.link")
    link.unlink(missing_ok=True)
    link.symlink_to(_default_folder())
    os.rename(link, folder)
    return True


def _measure(folder: Path) -> None:
    """Writes some MiB: only that shows a quota."""
    path, block = folder / f".write-test-{os.getpid()}", os.urandom(1 << 20)
    started = time.monotonic()
    try:
        with open(path, "wb") as file:
            for _ in range(WRITE_TEST_MIB):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        what = "its quota is used up" if error.errno == errno.EDQUOT else "it is full"
        sys.exit(_refuse(f"{folder} does not take {WRITE_TEST_MIB} MiB: {what}; delete something there or enlarge the volume"))
    finally:
        path.unlink(missing_ok=True)
    rate = WRITE_TEST_MIB / max(time.monotonic() - started, 1e-6)
    free = shutil.disk_usage(folder).free
    _say(f"{folder} takes {rate:.0f} MiB/s; {free} bytes ({free / (1 << 30):.1f} GiB) are free")


def _make_once(folder: Path) -> int:
    """Has the environment made by a process that a lost connection does not end; returns its exit status."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    log = folder.with_name(folder.name + ".log")
    with open(folder.with_name(folder.name + ".lock"), "w") as lock:
        if not _try_lock(lock.fileno()):
            _say("another process makes the environment; waiting for it")
            _show(log, lambda: _try_lock(lock.fileno()))
        if _is_complete(folder):
            return 0
        with open(log, "wb") as said:
            # The builder and every pip below it hold the lock too: until the last one ends, nobody else writes there.
            builder = subprocess.Popen(
                [sys.executable, str(Path(__file__).resolve()), "--into", str(folder), "--build"],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True, pass_fds=[lock.fileno()],
            )  # fmt: skip
        try:
            _show(log, lambda: builder.poll() is not None)
        except KeyboardInterrupt:
            os.killpg(builder.pid, signal.SIGTERM)
            raise SystemExit(_refuse("interrupted; run this again to start over")) from None
        return builder.wait()


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


def _show(log: Path, is_over: Callable[[], bool]) -> None:
    """Passes on what the builder says until it is over, and now and then that it is at it: who hears nothing thinks it dead."""
    offset = 0
    started = said = time.monotonic()
    while True:
        over = is_over()
        try:
            with open(log, "rb") as file:
                file.seek(offset)
                data = file.read()
        except FileNotFoundError:
            data = b""
        offset += len(data)
        sys.stderr.buffer.write(data)
        sys.stderr.flush()
        if over:
            return
        now = time.monotonic()
        if data:
            said = now
        elif now - said >= BEAT_S:
            said = now
            _say(f"still at it, for {now - started:.0f} s now")
        time.sleep(0.2)


def _make(folder: Path, python: Path) -> None:
    """An environment cannot be moved, so it is made in place; only the marker, written last, makes it count."""
    if sys.version_info < (3, 11):
        sys.exit(_refuse(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}"))
    _need_room(folder, NEEDED_GIB)
    ours = folder == _default_folder() or (folder / BUILDING).exists()
    if not ours and folder.exists() and any(folder.iterdir()):
        sys.exit(_refuse(f"{folder} is not empty and not an environment of ours; name another folder"))
    started = time.monotonic()
    _say(f"making the Python environment {folder} (about 1.5 GB, a few minutes, once)")
    doomed = folder.with_name(folder.name + ".old")
    shutil.rmtree(doomed, ignore_errors=True)
    if folder.is_symlink():
        folder.unlink()
    if folder.exists():
        os.rename(folder, doomed)
        shutil.rmtree(doomed)
    folder.mkdir()
    (folder / BUILDING).touch()
    made = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True, close_fds=False)
    if made.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        sys.exit(_refuse("no environment could be made; `apt-get install python3-venv` and try again\n" + made.stderr.strip()))
    _say("installing torch")
    _install_torch(folder, python)
    _say("installing transformers, TRL and the rest")
    _pip(python, "-r", str(REST), check=True)
    _say("checking that everything fits together")
    subprocess.run([str(python), "-m", "pip", "check", "--disable-pip-version-check"], check=True, stdout=sys.stderr)
    # Everything pip wrote is on the disk before the marker says so.
    os.sync()
    marker = folder / (MARKER + ".building")
    marker.write_text(_digest())
    os.sync()
    os.rename(marker, folder / MARKER)
    _say(f"done in {time.monotonic() - started:.0f} s")


def _install_torch(folder: Path, python: Path) -> None:
    """A build without CUDA where there is no NVIDIA driver and one is to be had; else the default one."""
    if not Path("/proc/driver/nvidia/version").exists():
        # From wherever pip is set up to look, then from torch's own index; each answers or gives up within seconds.
        if _pip(python, "-r", str(CPU)) or _pip(
            python, "-r", str(CPU), "--extra-index-url", CPU_INDEX, "--timeout", "10", "--retries", "0"
        ):
            return
        _say("no CPU build of torch is to be had here; installing the default one, which is larger")
    _need_room(folder, NEEDED_WITH_CUDA_GIB)
    _pip(python, "-r", str(DEFAULT), check=True)


def _need_room(folder: Path, gib: int) -> None:
    free = shutil.disk_usage(folder.parent).free / (1 << 30)
    if free < gib:
        sys.exit(_refuse(f"{folder.parent} has {free:.1f} GiB free; about {gib} GiB are needed: make room or enlarge the volume"))


def _pip(python: Path, *arguments: str, check: bool = False) -> bool:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    wanted = None if check else subprocess.DEVNULL
    done = subprocess.run(
        [*command, *arguments], stdout=sys.stderr, stderr=wanted, stdin=subprocess.DEVNULL, check=check, close_fds=False
    )
    return done.returncode == 0


def _say(text: str) -> None:
    print(f"== {text}", file=sys.stderr, flush=True)


def _refuse(text: str) -> int:
    print(f"caid: {text}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
