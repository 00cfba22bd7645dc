"""The environment's maker, where it can be tested without installing: what counts as made, and what it leaves alone."""

import errno
import fcntl
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[1] / "bootstrap.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(folder: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    """With a cache of its own, so that the machine's real environment plays no part."""
    environment = os.environ | {"XDG_CACHE_HOME": str(cache)}
    return subprocess.run(
        [sys.executable, str(SCRIPT), "--into", str(folder)], capture_output=True, text=True, env=environment
    )


def finish(folder: Path) -> Path:
    """A finished environment, as far as anyone can see; returns its interpreter."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (folder / "complete").write_text(load()._digest())
    return python


def test_a_finished_environment_is_used_as_it_is(tmp_path: Path) -> None:
    python = finish(tmp_path / "env")
    done = run(tmp_path / "env", tmp_path / "cache")
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == str(python)
    assert "making" not in done.stderr
    assert "MiB/s" in done.stderr and "are free" in done.stderr, "the disk was measured"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["env"], "nothing is left of the measurement"


def test_a_finished_one_of_the_cache_is_linked_and_a_link_to_nowhere_is_mended(tmp_path: Path) -> None:
    cached = tmp_path / "cache" / "caid" / f"env-{load()._digest()[:12]}"
    finish(cached)
    folder = tmp_path / "pod" / "env"
    folder.parent.mkdir()
    folder.symlink_to(tmp_path / "gone")
    for _ in range(2):
        done = run(folder, tmp_path / "cache")
        assert done.stdout.splitlines()[-1] == str(folder / "bin" / "python"), done.stderr
        assert folder.is_symlink() and folder.resolve() == cached
    assert (folder / "complete").read_text()
    assert sorted(p.name for p in folder.parent.iterdir()) == ["env"]


def test_an_environment_counts_only_with_its_marker_locks_and_interpreter(tmp_path: Path) -> None:
    bootstrap = load()
    (tmp_path / "bin").mkdir()
    assert not bootstrap._is_complete(tmp_path)
    (tmp_path / "complete").write_text("of other locks")
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    assert not bootstrap._is_complete(tmp_path)
    (tmp_path / "complete").write_text(bootstrap._digest())
    assert bootstrap._is_complete(tmp_path)
    (tmp_path / "bin" / "python").unlink()
    (tmp_path / "bin" / "python").symlink_to(tmp_path / "gone")
    assert not bootstrap._is_complete(tmp_path)


def test_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "env"
    folder.mkdir()
    (folder / "letters.txt").write_text("precious")
    done = run(folder, tmp_path / "cache")
    assert done.returncode == 1 and "not empty" in done.stderr.splitlines()[-1]
    assert (folder / "letters.txt").read_text() == "precious"


def test_who_comes_back_waits_for_the_builder_and_hears_what_it_says(tmp_path: Path) -> None:
    folder = tmp_path / "env"
    with open(tmp_path / "env.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (tmp_path / "env.log").write_text("== installing torch\n")
        waiting = subprocess.Popen(
            [sys.executable, str(SCRIPT), "--into", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")},
        )  # fmt: skip
        assert waiting.stderr is not None and waiting.stdout is not None
        while "installing torch" not in (line := waiting.stderr.readline()):
            assert line, "it ended without waiting"
        python = finish(folder)
        time.sleep(0.1)
        assert waiting.poll() is None, "the lock is still held"
    assert waiting.stdout.read().splitlines()[-1] == str(python)
    assert waiting.wait() == 0
    waiting.stderr.close()
    waiting.stdout.close()


def test_who_waits_hears_that_it_is_at_work(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bootstrap = load()
    bootstrap.BEAT_S = 0.3
    log, end = tmp_path / "env.log", time.monotonic() + 1.5
    log.write_text("== installing torch\n")
    bootstrap._show(log, lambda: time.monotonic() > end)
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == "== installing torch"
    assert len(lines) > 1 and all(line.startswith("== still at it, for ") for line in lines[1:])


@pytest.mark.parametrize(("number", "words"), [(errno.EDQUOT, "its quota is used up"), (errno.ENOSPC, "it is full")])
def test_a_used_up_quota_and_a_full_disk_are_named(
    tmp_path: Path, number: int, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap = load()

    def fsync(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(bootstrap.os, "fsync", fsync)
    with pytest.raises(SystemExit):
        bootstrap._measure(tmp_path)
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
