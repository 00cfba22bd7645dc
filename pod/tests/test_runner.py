"""Starting, asking and stopping, without any model: what holds for every kind of job."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from caid_worker import arguments, manifest
from caid_worker.errors import WorkerError
from caid_worker.events import EventLog, last_attempt
from conftest import Worker

Make = Callable[..., Worker]


def test_a_torn_last_line_is_cut_off_and_attempts_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log.emit("started", attempt=1)
    log.emit("stopped", reason="asked")
    with open(path, "ab") as file:
        file.write(b'{"t": 1, "event": "done", "outp')
    assert last_attempt(path) == (1, "stopped")
    EventLog(path).emit("started", attempt=2)
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == ["started", "stopped", "started"]
    assert last_attempt(path) == (2, None)


def test_progress_is_told_at_most_twice_a_second_and_a_new_phase_at_once(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    for done in range(100):
        log.progress(done, 100, "steps", "training")
    log.progress(0, 1, "steps", "saving")
    assert len((tmp_path / "events.jsonl").read_text().splitlines()) == 2


def test_an_unknown_argument_fails_with_its_name() -> None:
    values = {"model": "tiny", "method": "sft", "lr": 1e-3, "epochs": 1, "lora": {"r": 4, "alpha": 8}}
    assert arguments.parse(arguments.TrainArguments, values).lr == 1e-3
    with pytest.raises(WorkerError, match="lora.*rr.*unknown"):
        arguments.parse(arguments.TrainArguments, values | {"lora": {"rr": 3, "r": 4, "alpha": 8}})
    with pytest.raises(WorkerError, match="epochs"):
        arguments.parse(arguments.TrainArguments, values | {"epochs": "two"})
    with pytest.raises(WorkerError, match="beta"):
        arguments.parse(arguments.TrainArguments, values | {"beta": 0.1})


def test_a_changed_input_is_refused_before_the_start(job: Make) -> None:
    worker = job("generate", {}, {"requests.jsonl": [{"id": "1", "prompt": "x"}]})
    (worker.folder / "inputs" / "requests.jsonl").write_text('{"id": "1", "prompt": "y"}\n')
    answer = worker.command("start")
    assert answer["exit"] == 1 and "requests.jsonl" in answer["error"]
    assert worker.command("status")["state"] == "new"


def test_a_failure_ends_in_one_word_that_names_it(job: Make) -> None:
    worker = job("generate", {"model": "tiny"}, {"requests.jsonl": [{"id": "1", "prompt": "x"}]})
    assert worker.run() == 1
    assert "max_new_tokens" in worker.events("failed")[0]["error"] or "kind" in worker.events("failed")[0]["error"]
    assert worker.command("status")["state"] == "failed"


def test_starting_twice_starts_once_and_a_killed_worker_is_dead(job: Make, model: Path) -> None:
    requests = [{"id": str(n), "prompt": f"Where does {n} live?"} for n in range(400)]
    settings = {"model": str(model), "kind": "base", "max_new_tokens": 40, "batch_size": 4}
    worker = job("generate", settings, {"requests.jsonl": requests})
    assert worker.command("start")["state"] == "running"
    pid = worker.pid()
    assert worker.command("start")["pid"] == pid
    worker.wait_for(lambda: worker.done() > 0)
    assert os.getsid(pid) == pid, "the worker has a session of its own"
    worker.kill()
    assert len(worker.events("started")) == 1


def test_death_between_the_outputs_and_the_last_word_is_made_good(job: Make) -> None:
    worker = job("preflight", {}, {})
    (worker.folder / "outputs.building").mkdir()
    (worker.folder / "outputs.building" / "preflight.json").write_text("{}\n")
    EventLog(worker.folder / "events.jsonl").emit("started", attempt=1)
    digest = manifest.publish(worker.folder / "outputs.building", worker.folder / "outputs", "job", {})
    assert worker.command("status")["state"] == "done"
    for _ in range(2):
        assert worker.command("start")["state"] == "done"
    assert [e["event"] for e in worker.events()] == ["started", "done"]
    assert worker.events("done")[0]["outputs_sha256"] == digest
