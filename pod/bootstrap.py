#!/usr/bin/env python3
"""Makes the private Python environment that jobs run in, once per machine and lock; prints its interpreter.

Owns `${XDG_CACHE_HOME:-$HOME/.cache}/caid/env-<hash of the locks>` (or `--into DIR`). Standard library only: it runs before
anything is installed, here and on a pod. A crash leaves no half-made environment behind that would be used.
Never touches any other environment, and installs nothing whose hash is not in a lock.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
REST, CPU, DEFAULT = HERE / "requirements.lock", HERE / "torch-cpu.lock", HERE / "torch-default.lock"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
MARKER = "complete"
BUILDING = "caid-environment"
NEEDED_GIB = 3
NEEDED_WITH_CUDA_GIB = 9


def main() -> int:
    """Prints the interpreter's path as the last line of standard output; progress goes to standard error."""
    parser = argparse.ArgumentParser(description="make the worker's Python environment, once")
    parser.add_argument("--into", type=Path, metavar="DIR", help="the environment's folder (default: the user's cache)")
    folder: Path = (parser.parse_args().into or _default_folder()).absolute()
    python = folder / "bin" / "python"
    if not _is_complete(folder):
        try:
            _make_once(folder, python)
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


def _make_once(folder: Path, python: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_name(folder.name + ".lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another process makes the environment; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        # A pip that outlives this process goes on writing into the folder: until it ends, it holds the lock too.
        os.set_inheritable(lock.fileno(), True)
        if not _is_complete(folder):
            _make(folder, python)


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
        sys.exit(_refuse(f"{folder.parent} has {free:.1f} GiB free; about {gib} GiB are needed"))


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
