"""Receiving the worker: whole or not at all, once, and never outside its folder."""

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = (Path(__file__).parents[1] / "unpack.py").read_text()
FILES = {"caid_worker/__init__.py": "VERSION = 1\n", "bootstrap.py": "ä = 1\r\n"}


def unpack(folder: Path, files: Any) -> tuple[int, list[dict[str, Any]], str]:
    """Exit status, what it said, and what it said to people."""
    sent = b"" if files is None else json.dumps({"files": files}).encode()
    command = [sys.executable, "-c", SCRIPT, str(folder), str(folder.parent / "env")]
    done = subprocess.run(command, input=sent, capture_output=True)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


def test_the_files_lie_there_and_a_second_time_nothing_is_done(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "worker-1"
    bare = {"worker": False, "environment": False}
    assert unpack(folder, FILES) == (0, [bare, {"files": 2, "changed": True}], "")
    for name, text in FILES.items():
        assert (folder / name).read_bytes() == text.encode()
    assert (folder / "complete").read_text().strip()
    before = (folder / "complete").stat()
    assert unpack(folder, FILES)[1] == [bare | {"worker": True}, {"files": 2, "changed": False}]
    assert (folder / "complete").stat().st_ino == before.st_ino
    assert list(folder.parent.iterdir()) == [folder], "no temporary folder is left"


def test_who_sends_nothing_only_asked(tmp_path: Path) -> None:
    environment = tmp_path / "env"
    assert unpack(tmp_path / "worker", None) == (0, [{"worker": False, "environment": False}], "")
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").symlink_to(sys.executable)
    assert not unpack(tmp_path / "worker", None)[1][0]["environment"], "it was never finished"
    (environment / "complete").write_text("4711")
    assert unpack(tmp_path / "worker", None)[1][0]["environment"]
    (environment / "bin" / "python").unlink()
    (environment / "bin" / "python").symlink_to(tmp_path / "gone")
    assert not unpack(tmp_path / "worker", None)[1][0]["environment"], "its interpreter is gone"
    assert list(tmp_path.iterdir()) == [environment]


def test_what_is_not_complete_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "worker"
    folder.mkdir()
    (folder / "half.py").write_text("x")
    assert unpack(folder, FILES)[1][1]["changed"]
    assert not (folder / "half.py").exists() and (folder / "bootstrap.py").exists()
    assert unpack(folder, FILES | {"new.py": ""})[1][1]["changed"]
    assert (folder / "new.py").exists()


@pytest.mark.parametrize("name", ["../out", "/tmp/out", "a/../../out", "a//b", "", "complete", "complete/x", "a\nb", "./a"])
def test_a_name_that_leads_outside_is_refused_and_nothing_written(tmp_path: Path, name: str) -> None:
    code, _, words = unpack(tmp_path / "worker", FILES | {name: "x"})
    assert code == 1 and "may not be called" in words.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_such_object_is_refused(tmp_path: Path) -> None:
    for files in (["a"], {"a": 1}):
        assert unpack(tmp_path / "worker", files)[0] == 1
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_takes_nothing_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for parent in (tmp_path / "file" / "cai", Path("/proc/cai")):
        code, said, words = unpack(parent / "worker", FILES)
        assert (code, said) == (1, [])
        assert words.startswith(f"caid: the folder {parent} cannot be") and "workdir" in words


def test_a_full_disk_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module: dict[str, Any] = {"__name__": "unpack"}
    exec(SCRIPT, module)

    def fsync(_: int) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr(module["os"], "fsync", fsync)
    monkeypatch.setattr(sys, "argv", ["-c", str(tmp_path / "worker"), str(tmp_path / "env")])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps({"files": FILES}).encode())))
    assert module["main"]() == 1
    words = capsys.readouterr().err
    assert f"the disk of {tmp_path} is full" in words and "enlarge the volume" in words
    assert list(tmp_path.iterdir()) == [], "nothing half is left"


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    module: dict[str, Any] = {"__name__": "unpack"}
    exec(SCRIPT, module)
    monkeypatch.setattr(sys, "version_info", (3, 10, 12))
    assert module["main"]() == 1
    assert "Python 3.11 or later is needed, and python3 is 3.10.12" in capsys.readouterr().err
