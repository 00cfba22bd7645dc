"""What can be asked of a running job from outside: checkpoint, kill, stacks, follow. With programs, so without torch."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from caid_worker import lock
from conftest import Worker

Make = Callable[..., Worker]
ASKS = ("checkpoint", "kill", "stacks", "stop")


@pytest.fixture
def sleeper(job: Make) -> Worker:
    """A running job that says something now and then."""
    program = "n=0; while :; do n=$((n+1)); echo progress $n/100000; sleep 0.1; done"
    worker = job("script", {"command": ["sh", "-c", program], "outputs": []}, {})
    worker.command("start")
    worker.wait_for(lambda: worker.done() > 0)
    return worker


def follow(worker: Worker, offset: int = 0, **more: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "caid_worker", "follow", str(worker.folder), "--from", str(offset)],
        stdout=subprocess.PIPE, **{"stdin": subprocess.DEVNULL} | more,
    )  # fmt: skip


def test_asking_where_nothing_runs_changes_nothing(job: Make) -> None:
    worker = job("script", {"command": ["true"], "outputs": []}, {})
    for verb in ASKS:
        answer = worker.command(verb)
        assert (answer["exit"], answer["state"], answer["pid"]) == (0, "new", None)
    assert worker.run() == 0
    for verb in ASKS:
        assert worker.command(verb)["state"] == "done"
    assert [e["event"] for e in worker.events() if e["event"] != "progress"] == ["started", "done"]


def test_a_checkpoint_is_asked_for_and_its_event_tells(sleeper: Worker) -> None:
    for before, number in ((None, 1), (1, 2)):
        assert sleeper.command("checkpoint")["checkpoint"] == before
        sleeper.wait_for(lambda number=number: [e["seq"] for e in sleeper.events("checkpoint")][-1:] == [number])
    assert sleeper.command("status")["state"] == "running"


def test_a_frozen_worker_is_killed_with_its_program(sleeper: Worker) -> None:
    os.kill(sleeper.pid(), signal.SIGSTOP)
    assert sleeper.command("stop", "--timeout", "0.2")["state"] == "running"
    for _ in range(2):
        assert sleeper.command("kill")["state"] == "dead"
    assert not sleeper.events("failed")
    assert sleeper.command("start")["state"] == "running", "and it can be started again"


def test_the_stacks_of_a_worker_and_of_a_frozen_one(sleeper: Worker) -> None:
    for _ in range(2):
        stacks = sleeper.command("stacks")["stacks"]
        assert "most recent call first" in stacks and "script.py" in stacks
        assert stacks.count("most recent call first") == 1, "the newest alone"
    with open(sleeper.folder / "stacks.log", "ab") as file:
        file.write(b"x" * (5 << 20))
    assert "script.py" in sleeper.command("stacks")["stacks"]
    assert (sleeper.folder / "stacks.log").stat().st_size < 1 << 20
    os.kill(sleeper.pid(), signal.SIGSTOP)
    assert "T (stopped)" in sleeper.command("stacks")["stacks"]
    sleeper.command("kill")


def test_a_number_that_is_somebody_elses_now_is_not_signalled(sleeper: Worker) -> None:
    bystander = subprocess.Popen(["sleep", "60"], start_new_session=True)
    real = sleeper.pid()
    try:
        (sleeper.folder / "worker.pid").write_text(f"{bystander.pid}\n")
        assert sleeper.command("status")["pid"] is None
        assert sleeper.command("kill", "--timeout", "0.2")["state"] == "running"
        assert sleeper.command("stop", "--timeout", "0.2")["state"] == "running"
        assert bystander.poll() is None
    finally:
        (sleeper.folder / "worker.pid").write_text(f"{real}\n")
        bystander.kill()
        bystander.wait()


def test_follow_brings_every_byte_and_ends_with_the_attempt(sleeper: Worker) -> None:
    whole, part = follow(sleeper), follow(sleeper, offset=(sleeper.folder / "events.jsonl").read_bytes().index(b"\n") + 1)
    assert whole.stdout is not None
    assert json.loads(whole.stdout.readline())["event"] == "started"
    assert sleeper.command("stop")["state"] == "stopped"
    rest, later = whole.communicate(timeout=20)[0], part.communicate(timeout=20)[0]
    assert (whole.returncode, part.returncode) == (0, 0)
    written = (sleeper.folder / "events.jsonl").read_bytes()
    assert written.endswith(rest) and json.loads(rest.splitlines()[-1])["event"] == "stopped"
    assert later == written[written.index(b"\n") + 1 :]


def test_follow_never_sends_a_torn_line(job: Make) -> None:
    worker = job("script", {"command": ["true"], "outputs": []}, {})
    (worker.folder / "events.jsonl").write_bytes(b'{"event": "started"}\n{"event": "do')
    assert follow(worker).communicate(timeout=20)[0] == b'{"event": "started"}\n'
    assert follow(worker, offset=1000).communicate(timeout=20)[0] == b""


@pytest.mark.parametrize("end", ["stdin", "stdout"])
def test_follow_ends_with_the_one_who_listens(sleeper: Worker, end: str) -> None:
    os.kill(sleeper.pid(), signal.SIGSTOP)  # Nothing more is written, so that only the look at the line can tell.
    try:
        stream = follow(sleeper, stdin=subprocess.PIPE)
        assert stream.stdout is not None and stream.stdin is not None
        stream.stdout.readline()
        (stream.stdin if end == "stdin" else stream.stdout).close()
        assert stream.wait(timeout=20) == 0
        stream.stdin.close()
        stream.stdout.close()
        assert lock.is_held(sleeper.folder / "lock")
    finally:
        os.kill(sleeper.pid(), signal.SIGCONT)


def test_follow_says_what_is_wrong_on_standard_error(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "caid_worker", "follow", str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == "" and "job.json" in done.stderr
