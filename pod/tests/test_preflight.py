"""The look at the machine: what it reports, and that a broken one is named."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from caid_worker import preflight
from caid_worker.errors import WorkerError
from conftest import Worker


def test_the_machine_and_the_model_are_reported(job: Callable[..., Worker], model: Path) -> None:
    worker = job("preflight", {"model": str(model), "import_deadline_s": 120}, {})
    assert worker.run() == 0, worker.log()
    found = json.loads(worker.output("preflight.json"))
    assert found["cpu_count"] >= 1 and found["memory_bytes"] > 1 << 28 and found["write_mib_s"] > 0
    assert found["versions"]["torch"].startswith("2.")
    assert found["model"]["parameters"] > 100_000 and len(found["model"]["revision"]) >= 12


def test_an_import_that_takes_too_long_is_an_error_with_a_way_out() -> None:
    with pytest.raises(WorkerError, match="environment is broken"):
        preflight._import_torch(0.01)


def test_a_model_that_is_not_here_says_how_to_get_it(job: Callable[..., Worker]) -> None:
    worker = job("preflight", {"model": "nobody/nothing"}, {})
    assert worker.run() == 1
    assert "hf download nobody/nothing" in worker.events("failed")[0]["error"]
