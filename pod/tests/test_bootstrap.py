"""The environment's maker, where it can be tested without installing: what counts as made, and what it leaves alone."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

SCRIPT = Path(__file__).parents[1] / "bootstrap.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), "--into", str(folder)], capture_output=True, text=True)


def test_a_finished_environment_is_used_as_it_is(tmp_path: Path) -> None:
    python = tmp_path / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (tmp_path / "env" / "complete").write_text(load()._digest())
    done = run(tmp_path / "env")
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == str(python)
    assert done.stderr == "", "nothing was made"


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
    (tmp_path / "letters.txt").write_text("precious")
    done = run(tmp_path)
    assert done.returncode == 1 and "not empty" in done.stderr
    assert (tmp_path / "letters.txt").read_text() == "precious"
