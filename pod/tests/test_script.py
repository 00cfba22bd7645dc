"""Any program as a job: what it sees, what it leaves, how it ends, and that every death ends in the same outputs."""

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from caid_worker import lock
from caid_worker.events import EventLog
from caid_worker.job import read
from caid_worker.program import busy
from caid_worker.program.output import Output
from caid_worker.program.progress import SAID, SAID_IN_ALL, Progress, Told, parse
from conftest import Worker

Make = Callable[..., Worker]

# Counts to 60 on a chain of hashes, keeps where it is by temp + rename, and goes on from there. It fails where it finds
# another one at work, and a closed pipe does not end it: only a signal does.
COUNTER = b"""
import fcntl, hashlib, os, time
busy = open("busy", "w")
fcntl.flock(busy, fcntl.LOCK_EX | fcntl.LOCK_NB)
at, value = 0, "start"
if os.path.exists("state/now"):
    at, value = open("state/now").read().split()
    at = int(at)
os.makedirs("state", exist_ok=True)
while at < 60:
    at, value = at + 1, hashlib.sha256(value.encode()).hexdigest()
    open("state/new", "w").write(f"{at} {value}")
    os.rename("state/new", "state/now")
    try:
        os.write(1, f"progress {at}/60 counting\\n".encode())
    except OSError:
        pass
    time.sleep(0.02)
    while at == int(os.environ.get("HOLD", 0)):
        time.sleep(0.02)
os.makedirs("result/deep", exist_ok=True)
open("result/deep/value.txt", "w").write(value)
"""


def script(job: Make, program: str | bytes, *, outputs: list[str] | None = None, **more: Any) -> Worker:
    every = more.pop("every", 1800)
    inputs = more.pop("inputs", {}) | {"scripts/it.py": program.encode() if isinstance(program, str) else program}
    arguments = {"command": ["python3", "scripts/it.py"], "outputs": outputs or []} | more
    return job("script", arguments, inputs, every=every)


def counter(job: Make, every: float = 1800, hold: int = 0) -> Worker:
    """Below a shell, so that the program is not the worker's own child. Having counted to `hold`, it waits until it is ended."""
    command = ["sh", "-c", f"HOLD={hold} python3 scripts/it.py & wait $!"]
    return script(job, COUNTER, command=command, outputs=["result"], keep=["state/now"], every=every)


def pids_of(worker: Worker) -> list[int]:
    """The processes that carry the job's mark."""
    mark = f"CAID_JOB_DIR={os.path.realpath(worker.folder)}".encode()
    found = []
    for entry in filter(str.isdecimal, os.listdir("/proc")):
        try:
            if mark in Path(f"/proc/{entry}/environ").read_bytes().split(b"\0"):
                found.append(int(entry))
        except OSError:
            continue
    return found


def said(worker: Worker) -> list[str]:
    """The lines of output that were told."""
    signs = [e["phase"] for e in worker.events("progress") if e["unit"] == "tokens"]
    return [line for phase in signs if phase for line in phase.split("\n")]


def hit(worker: Worker, number: signal.Signals) -> bool:
    """Signals the worker alone; whether there was one."""
    try:
        os.kill(worker.pid(), number)
    except ProcessLookupError:
        return False
    return lock.is_held(worker.folder / "lock")


def test_it_runs_in_a_copy_of_its_inputs_with_a_clean_environment(job: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNPOD_API_KEY", "secret")
    program = "import json, os, sys; json.dump([dict(os.environ), sys.executable, os.getcwd()], open('seen.json', 'w'))"
    worker = script(job, program, outputs=["seen.json"], env={"COLOUR": "blue"}, inputs={"data/a.txt": b"a"})
    assert worker.run() == 0, worker.log()
    environment, python, folder = json.loads(worker.output("seen.json"))
    allowed = {"PATH", "HOME", "LANG", "LC_CTYPE", "COLOUR", "CAID_JOB_DIR", "PYTHONUNBUFFERED"}
    assert set(environment) <= allowed and environment["COLOUR"] == "blue"
    assert environment["CAID_JOB_DIR"] == os.path.realpath(worker.folder)
    assert Path(python).parent == Path(sys.executable).parent, "python3 is the one with the libraries"
    assert folder == os.path.realpath(worker.folder / "work")
    assert (worker.folder / "work" / "data" / "a.txt").read_bytes() == b"a"
    assert set(worker.outputs()) == {"seen.json"}


def test_a_program_of_the_inputs_can_be_run_by_its_path(job: Make) -> None:
    inputs = {"bin/hello": b"#!/bin/sh\necho hello > said\n"}
    worker = job("script", {"command": ["bin/hello"], "outputs": ["said"]}, inputs)
    assert worker.run() == 0, worker.log()
    assert worker.output("said") == b"hello\n"


def test_its_words_become_progress_and_signs_of_life(job: Make) -> None:
    program = """
import time
print("reading\\x1b[31m the data")
print('{"progress": {"done": 5, "total": 10, "phase": "half", "loss": 0.5}}', flush=True)
time.sleep(0.7)
print("progress 10/10 the end", flush=True)
"""
    worker = script(job, program)
    assert worker.run() == 0, worker.log()
    told = [e for e in worker.events("progress") if e["unit"] == "steps"]
    assert [(e["done"], e["total"], e["phase"]) for e in told] == [(5, 10, "half"), (10, 10, "the end")]
    assert told[0]["loss"] == 0.5
    assert said(worker) == ["reading [31m the data"]
    assert b"\x1b[31m" in (worker.folder / "output.log").read_bytes(), "the log is as it was said"


def test_progress_is_read_strictly() -> None:
    assert parse("progress 3/10") == Progress(3, 10)
    assert parse("progress 3/10 epoch 1") == Progress(3, 10, "epoch 1")
    assert parse('{"progress": 0.25}') == Progress(250, 1000)
    assert parse('{"progress": {"done": 3}}') == Progress(3, 0)
    for line in ("in progress 3/10", "progress -1/2", "progress 1e3/2", '{"progress": NaN}', '{"progress": true}',
                 '{"progress": {"done": 1e400}}', "{", '{"progress": {"done": "3"}}', "progress 9999999999999999/1"):  # fmt: skip
        assert parse(line) is None, line
    assert parse('{"progress": {"done": 1, "loss": NaN}}') == Progress(1, 0)


def test_chatter_cannot_flood_events_log_or_memory(job: Make, tmp_path: Path) -> None:
    program = "for n in range(60000): print(f'progress {n}/60000 words {n}')\nprint('x' * 3000000)"
    worker = script(job, program)
    assert worker.run() == 0, worker.log()
    assert len(worker.events()) < 30
    output = Output(tmp_path / "output.log", half_bytes=1000)
    for n in range(1000):
        output.take(f"line {n}\r".encode())
    kept = (tmp_path / "output.log.1").read_bytes() + (tmp_path / "output.log").read_bytes()
    assert len(kept) <= 2000 and kept.endswith(b"line 998\rline 999\r")
    assert output.last[-1] == "line 999"


def test_all_that_it_says_is_told_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    told = Told(EventLog(tmp_path / "events.jsonl"))
    told.hear([f"line {n}" for n in range(3)])
    told.tell()
    told.hear(["x" * 100] * 100)
    told.tell()
    now += 1
    told.tell()
    phases = [json.loads(line)["phase"] for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert phases[0] == "line 0\nline 1\nline 2"
    assert phases[1].startswith("… 60 lines are left out here\n") and len(phases[1]) <= SAID + 50
    for _ in range(4 * SAID_IN_ALL // SAID):
        now += 1
        told.hear(["x" * 100] * 100)
        told.tell()
    lines = (tmp_path / "events.jsonl").read_text().splitlines()
    assert sum(map(len, lines)) < 2 * SAID_IN_ALL
    assert [e["done"] for e in map(json.loads, lines)] == list(range(1, len(lines) + 1)), "each is a sign of life"


def test_a_silent_program_that_computes_is_told_from_one_that_waits(job: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busy, "LOOK_EVERY_S", 0.5)
    # The share of a busy machine's processor may be small, that of a sleeper is nothing.
    monkeypatch.setattr(busy, "SHARE", 0.02)
    for then, expected in (("while True: pass", True), ("import time; time.sleep(60)", False)):
        # A name with a parenthesis must not be taken for the end of the name.
        worker = script(job, f"open('/proc/self/comm', 'w').write('a) b'); print('ready')\n{then}")
        worker.command("start")
        worker.wait_for(lambda worker=worker: said(worker) == ["ready"])  # type: ignore[misc]
        look = busy.Busy(read(worker.folder))
        assert look.look() and not look.look()
        time.sleep(1)
        assert look.look() == expected
        worker.command("kill")


def test_a_failure_names_the_exit_status_and_the_last_words(job: Make) -> None:
    worker = script(job, "import sys; print('before'); sys.exit('no such column: age')")
    assert worker.run() == 1
    failed = worker.events("failed")[0]
    assert failed["error"] == "the program ended with exit status 1: no such column: age"
    assert failed["detail"] == "before\nno such column: age"


def test_missing_and_odd_outputs_are_named(job: Make) -> None:
    worker = script(job, "", outputs=["a.txt", "sub/b.txt"])
    assert worker.run() == 1
    assert "a.txt, sub/b.txt" in worker.events("failed")[0]["error"]
    worker = script(job, "import os; os.mkdir('out'); os.symlink('/etc/passwd', 'out/link')", outputs=["out"])
    assert worker.run() == 1
    assert "out/link" in worker.events("failed")[0]["error"]
    worker = script(job, "import os; os.symlink('/etc', 'out')", outputs=["out/passwd"])
    assert worker.run() == 1 and not (worker.folder / "outputs").exists()


def test_outputs_larger_than_the_disk_fail_before_the_first_byte(job: Make) -> None:
    worker = script(job, "open('big', 'wb').truncate(1 << 43)", outputs=["big"])
    assert worker.run() == 1
    assert f"{1 << 43} bytes are to be copied (big) and the disk has" in worker.events("failed")[0]["error"]
    assert not (worker.folder / "outputs").exists()


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "", "a\nb"])
def test_names_that_lead_outside_are_refused(job: Make, name: str) -> None:
    for arguments in ({"outputs": [name]}, {"outputs": [], "keep": [name]}):
        worker = job("script", {"command": ["true"]} | arguments, {})
        assert worker.run() == 1
        assert "must be a path below" in worker.events("failed")[0]["error"]


def test_what_cannot_be_started_is_named(job: Make) -> None:
    worker = job("script", {"command": ["no-such-program"], "outputs": []}, {})
    assert worker.run() == 1
    assert "'no-such-program' cannot be started" in worker.events("failed")[0]["error"]


def test_a_program_that_takes_too_long_is_ended(job: Make) -> None:
    worker = script(job, "import time; time.sleep(60)", timeout_s=0.5)
    assert worker.run() == 1
    assert "longer than timeout_s (0.5 s)" in worker.events("failed")[0]["error"]
    assert pids_of(worker) == []


def test_what_it_leaves_behind_is_ended_too(job: Make) -> None:
    program = "import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True)"
    worker = script(job, program)
    assert worker.run() == 0, worker.log()
    assert pids_of(worker) == []


def test_a_stop_is_passed_on_and_its_state_kept(job: Make) -> None:
    program = """
import os, signal, sys, time
def end(*_):
    open("saved", "w").write("at the end")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
if os.environ.get("CAID_RESUMED"):
    open("result", "w").write(open("saved").read())
    sys.exit(0)
time.sleep(60)
"""
    worker = script(job, program, outputs=["result"], keep=["saved"])
    worker.command("start")
    worker.wait_for(lambda: said(worker) != [])
    stopped = worker.command("stop")
    assert stopped["state"] == "stopped", "exit 0 after SIGTERM is not the end of the work"
    assert (worker.folder / "checkpoints" / f"{stopped['checkpoint']:06d}" / "saved").read_text() == "at the end"
    assert worker.run() == 0
    assert worker.output("result") == b"at the end"


def test_a_program_that_does_not_listen_is_killed_after_its_grace(job: Make) -> None:
    program = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\ntime.sleep(60)"
    worker = script(job, program, grace_s=0.3)
    worker.command("start")
    worker.wait_for(lambda: said(worker) != [])
    assert worker.command("stop", "--timeout", "20")["state"] == "stopped"
    assert pids_of(worker) == []


def test_one_that_keeps_nothing_begins_anew(job: Make) -> None:
    program = """
import os, sys
os.mkdir("once")
if not os.path.exists("inputs-are-back"):
    sys.exit("resumed" if os.environ.get("CAID_RESUMED") else "anew")
"""
    worker = script(job, program)
    for _ in range(2):
        assert worker.run() == 1
        assert worker.events("failed")[-1]["error"].endswith("exit status 1: anew")


def test_a_checkpoint_on_request_holds_the_kept_files_and_the_program_goes_on(job: Make) -> None:
    worker = counter(job)
    worker.command("start")
    worker.wait_for(lambda: worker.done() > 3)
    assert worker.command("checkpoint")["checkpoint"] is None
    worker.wait_for(lambda: len(worker.events("checkpoint")) == 1)
    kept = (worker.folder / "checkpoints" / "000001" / "state" / "now").read_text()
    assert 0 < int(kept.split()[0]) < 60
    worker.wait_until_done()
    assert len(worker.events("started")) == 1


def test_a_new_machine_goes_on_from_the_checkpoint_alone(job: Make) -> None:
    calm, first, second = counter(job), counter(job, hold=30), counter(job)
    assert calm.run() == 0, calm.log()
    first.command("start")
    first.wait_for(lambda: first.done() > 10)
    assert first.command("stop")["state"] == "stopped"
    shutil.copytree(first.folder / "checkpoints", second.folder / "checkpoints")
    assert second.run() == 0, second.log()
    assert second.events("started")[0]["resumed_from"] == 1
    assert min(e["done"] for e in second.events("progress") if e["unit"] == "steps") > 10
    assert calm.outputs() == second.outputs()


def test_random_deaths_end_in_the_same_outputs_and_never_in_two_programs(job: Make) -> None:
    """Kills of the worker, of its group and by `kill`, stops, pauses and resumes, checkpoints, at random moments."""
    calm = counter(job)
    assert calm.run() == 0, calm.log()
    for seed in range(3):
        chance, worker = random.Random(seed), counter(job, every=0.3)
        for _ in range(6):
            if worker.command("start")["state"] == "done":
                break
            worker.wait_for(lambda: pids_of(worker) != [] or not lock.is_held(worker.folder / "lock"))
            time.sleep(chance.uniform(0, 0.4))
            match chance.choice(["kill", "checkpoint", "frozen", "worker", "stop"]):
                case "kill":
                    assert worker.command("kill")["state"] in ("dead", "done")
                case "checkpoint":
                    worker.command("checkpoint")
                case "frozen" if hit(worker, signal.SIGSTOP):
                    assert worker.command("stop", "--timeout", "0.2")["state"] in ("running", "done")
                    if chance.random() < 0.5:
                        assert worker.command("kill")["state"] in ("dead", "done")
                    else:
                        hit(worker, signal.SIGCONT)
                        worker.wait_until_free()
                case "worker" if hit(worker, signal.SIGKILL):
                    worker.wait_until_free()
                case "stop":
                    assert worker.command("stop")["state"] in ("stopped", "done")
        worker.command("start")
        worker.wait_until_done()
        assert worker.outputs() == calm.outputs()
        assert pids_of(worker) == []
        assert not worker.events("failed")
