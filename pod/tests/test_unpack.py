"""Receiving the worker: whole or not at all, once, and never outside its folder."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = (Path(__file__).parents[1] / "unpack.py").read_text()
FILES = {"caid_worker/__init__.py": "VERSION = 1\n", "bootstrap.py": "ä = 1\r\n"}


def unpack(folder: Path, files: Any) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)], input=json.dumps({"files": files}).encode(), capture_output=True
    )
    return done.returncode, json.loads(done.stdout)


def test_the_files_lie_there_and_a_second_time_nothing_is_done(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "worker-1"
    assert unpack(folder, FILES) == (0, {"files": 2, "changed": True})
    for name, text in FILES.items():
        assert (folder / name).read_bytes() == text.encode()
    assert (folder / "complete").read_text().strip()
    before = (folder / "complete").stat()
    assert unpack(folder, FILES) == (0, {"files": 2, "changed": False})
    assert (folder / "complete").stat().st_ino == before.st_ino
    assert list(folder.parent.iterdir()) == [folder], "no temporary folder is left"


def test_what_is_not_complete_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "worker"
    folder.mkdir()
    (folder / "half.py").write_text("x")
    assert unpack(folder, FILES)[1]["changed"]
    assert not (folder / "half.py").exists() and (folder / "bootstrap.py").exists()
    assert unpack(folder, FILES | {"new.py": ""})[1]["changed"]
    assert (folder / "new.py").exists()


@pytest.mark.parametrize("name", ["../out", "/tmp/out", "a/../../out", "a//b", "", "complete", "complete/x", "a\nb", "./a"])
def test_a_name_that_leads_outside_is_refused_and_nothing_written(tmp_path: Path, name: str) -> None:
    code, answer = unpack(tmp_path / "worker", FILES | {name: "x"})
    assert code == 1 and "may not be called" in answer["error"]
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_such_object_is_refused(tmp_path: Path) -> None:
    for files in (["a"], {"a": 1}, None):
        assert unpack(tmp_path / "worker", files)[0] == 1
    assert list(tmp_path.iterdir()) == []
