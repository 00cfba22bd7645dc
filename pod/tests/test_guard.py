"""The dead-man switch: the rule as a table, the real process against a real HTTP server, minutes as tenths of seconds."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from caid_worker import lock
from caid_worker.errors import WorkerError
from caid_worker.guard import api, identity, place, settings, watch
from caid_worker.guard.decide import Action, Rule, decide
from caid_worker.guard.word import Silence
from conftest import Worker

KEY = "rpa_marked_key_4711"
RULE = Rule(dead_man_s=45, dead_man_max_s=120, job_stop_s=10)


@pytest.mark.parametrize(
    ("silent", "jobs", "asked", "action"),
    [
        (0, 0, None, Action.WAIT),
        (44.9, 0, None, Action.WAIT),
        (45, 0, None, Action.STOP_POD),
        (45, 1, None, Action.WAIT),
        (119.9, 3, None, Action.WAIT),
        (120, 3, None, Action.STOP_JOBS),
        (125, 3, 5, Action.WAIT),
        (130, 1, 10, Action.STOP_POD),
        (125, 0, 5, Action.STOP_POD),
        (0, 1, 5, Action.WAIT),
        (0, 0, 500, Action.WAIT),
    ],
)
def test_the_rule(silent: float, jobs: int, asked: float | None, action: Action) -> None:
    assert decide(silent, jobs, asked, RULE) is action


def test_a_limit_for_busy_machines_below_the_one_for_idle_ones_changes_nothing_before_that() -> None:
    rule = Rule(dead_man_s=100, dead_man_max_s=10)
    assert decide(99, 1, None, rule) is Action.WAIT
    assert decide(100, 1, None, rule) is Action.STOP_JOBS


def test_silence_goes_by_changes_of_the_file_and_not_by_anyones_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    word = tmp_path / "word"
    word.touch()
    silence = Silence(word, longest_step_s=15)

    def after(seconds: float) -> float:
        now[0] += seconds
        return silence.measure()

    assert after(5) == 5, "what was there at the start is no word"
    for stamp in (0, 4_000_000_000):
        os.utime(word, (stamp, stamp))
        assert after(5) == 0, "a clock that jumps, in either direction, is no silence"
    assert after(5) == 5
    word.unlink()
    assert after(5) == 10, "a file that is taken away is no word"
    word.touch()
    assert after(5) == 0
    assert after(36_000) == 15, "a machine that was frozen for hours could not hear a word in that time"


class Provider:
    """RunPod as far as the switch knows it; `trouble` answers are given first."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.trouble: list[tuple[int, str]] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                provider.requests.append({"path": self.path, "body": json.loads(body), "headers": dict(self.headers)})
                status, text = provider.trouble.pop(0) if provider.trouble else (200, "{}")
                if self.headers["Authorization"] != f"Bearer {KEY}" or "caid" not in self.headers["User-Agent"]:
                    status, text = 403, "error code: 1010"
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.server.shutdown()
    made.server.server_close()


class Switch:
    """A working folder with a switch over it."""

    def __init__(self, workdir: Path, provider: Provider) -> None:
        self.workdir, self.provider, self.has_key = workdir, provider, True
        (workdir / "guard").mkdir()

    def set(self, **more: Any) -> None:
        stop = {"kind": more.pop("kind", "runpod-v2"), "base_url": f"{self.provider.url}/v2", "pod": "pod123"}
        value = {"dead_man_s": 1.0, "dead_man_max_s": 2.0, "job_stop_s": 1.0, "stop": stop} | more
        (self.workdir / "guard" / "settings.json").write_text(json.dumps(value))

    def start(self, *options: str, **environment: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "caid_worker.guard", str(self.workdir), *options]
        done = subprocess.run(command, capture_output=True, text=True, env=self.variables() | environment)
        value: dict[str, Any] = json.loads(done.stdout)
        return value

    def word(self) -> dict[str, Any]:
        command = [sys.executable, "-m", "caid_worker", "guard-word", str(self.workdir)]
        done = subprocess.run(command, capture_output=True, text=True, env=self.variables())
        value: dict[str, Any] = json.loads(done.stdout)
        return value

    def variables(self) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("RUNPOD")}
        return plain | ({"RUNPOD_API_KEY": KEY} if self.has_key else {"HOME": str(self.workdir)})

    def pids(self) -> list[int]:
        wanted = [b"caid_worker.guard", os.fsencode(self.workdir)]
        found = []
        for entry in filter(str.isdecimal, os.listdir("/proc")):
            try:
                words = Path(f"/proc/{entry}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if all(word in words for word in wanted):
                found.append(int(entry))
        return found

    def log(self) -> str:
        path = self.workdir / "guard" / "log"
        return path.read_text() if path.exists() else ""

    def wait_for_requests(self, count: int) -> None:
        end = time.monotonic() + 30
        while len(self.provider.requests) < count:
            assert time.monotonic() < end, self.log()
            time.sleep(0.02)


@pytest.fixture
def switch(tmp_path: Path, provider: Provider) -> Iterator[Switch]:
    workdir = tmp_path / "workspace"
    workdir.mkdir()
    made = Switch(workdir, provider)
    yield made
    for pid in made.pids():
        os.kill(pid, signal.SIGKILL)
    place.lock_path(workdir).unlink(missing_ok=True)


@pytest.fixture
def busy(switch: Switch, job: Callable[..., Worker]) -> Worker:
    """A job at work in the switch's folder."""
    worker = job("script", {"command": ["sh", "-c", "echo on; sleep 60"], "outputs": []}, {})
    folder = switch.workdir / "jobs" / "job"
    folder.parent.mkdir()
    (switch.workdir / "jobs" / "stray-file").touch()
    worker.folder.rename(folder)
    worker.folder = folder
    worker.command("start")
    worker.wait_for(lambda: any(e.get("phase") == "on" for e in worker.events()))
    return worker


def test_an_idle_machine_is_stopped_after_the_silence(switch: Switch) -> None:
    switch.set()
    assert switch.start() == {"guard": True, "started": True, "trouble": None}
    switch.wait_for_requests(1)
    request = switch.provider.requests[0]
    assert (request["path"], request["body"]) == ("/v2/pods/pod123/action", {"action": "stop"})
    switch.wait_for_requests(2)  # An accepted stop that does not come is asked for again.
    assert "the stop was accepted" in switch.log()


def test_there_is_one_for_each_folder_and_word_tells_whether_it_lives(switch: Switch) -> None:
    assert switch.word() == {"guard": False, "started": False, "trouble": None}, "nobody has armed one"
    switch.set(dead_man_s=60)
    assert switch.start()["started"]
    pids = switch.pids()
    assert len(pids) == 1 and os.getsid(pids[0]) != os.getsid(0), "it is detached"
    assert switch.start() == {"guard": True, "started": False, "trouble": None}
    assert switch.pids() == pids and switch.word() == {"guard": True, "started": False, "trouble": None}


def test_a_word_starts_one_again_that_had_been_armed(switch: Switch) -> None:
    switch.set(dead_man_s=60)
    switch.start()
    os.kill(switch.pids()[0], signal.SIGKILL)
    end = time.monotonic() + 30
    while lock.is_held(place.lock_path(switch.workdir)):
        assert time.monotonic() < end
        time.sleep(0.01)
    assert switch.word() == {"guard": True, "started": True, "trouble": None}
    assert switch.word() == {"guard": True, "started": False, "trouble": None} and len(switch.pids()) == 1


def test_a_switch_that_could_not_stop_anything_says_so_while_somebody_listens(switch: Switch) -> None:
    if identity.KEY in identity.container.variables():
        pytest.skip("this machine was started with a key")
    switch.set(dead_man_s=60)
    switch.has_key = False
    assert "no RUNPOD_API_KEY" in switch.start()["trouble"]
    assert "no RUNPOD_API_KEY" in switch.word()["trouble"]
    switch.set(dead_man_s=60, kind="none", stop={"kind": "none"})
    assert switch.word()["trouble"] is None, "nothing is to be stopped"
    (switch.workdir / "guard" / "settings.json").write_text("{")
    assert "settings.json" in switch.word()["trouble"]


def test_settings_come_with_the_start_and_again_with_the_next(switch: Switch) -> None:
    first: dict[str, Any] = {"dead_man_s": 60, "dead_man_max_s": 60, "stop": {"kind": "none", "base_url": "", "pod": ""}}
    for value in (first, first | {"dead_man_s": 30}):
        switch.start("--settings", json.dumps(value))
        assert json.loads((switch.workdir / "guard" / "settings.json").read_text()) == value


def test_words_keep_an_idle_machine_running(switch: Switch) -> None:
    switch.set(dead_man_s=3.0)
    switch.start()
    for _ in range(40):
        (switch.workdir / "guard" / "word").touch()
        time.sleep(0.1)
    assert switch.provider.requests == []
    switch.wait_for_requests(1)


def test_a_busy_machine_saves_its_jobs_first(switch: Switch, busy: Worker) -> None:
    switch.set(dead_man_s=0.5, dead_man_max_s=1.5, job_stop_s=60)
    switch.start()
    switch.wait_for_requests(1)
    assert busy.command("status")["state"] == "stopped"
    assert busy.events("checkpoint"), "its checkpoint lies on the volume"
    assert "asking 1 jobs" in switch.log()


def test_a_job_that_does_not_end_does_not_keep_the_machine_running(switch: Switch, busy: Worker) -> None:
    os.kill(busy.pid(), signal.SIGSTOP)
    switch.set(dead_man_s=0.2, dead_man_max_s=0.5, job_stop_s=0.5)
    switch.start()
    switch.wait_for_requests(1)
    assert lock.is_held(busy.folder / "lock")
    assert "1 jobs still at work" in switch.log()
    busy.command("kill")


def test_trouble_with_the_api_is_outlasted_and_the_key_stays_secret(switch: Switch) -> None:
    switch.provider.trouble = [(500, "oops"), (429, ""), (302, ""), (409, KEY), (404, "not found")]
    switch.set(dead_man_s=0.2)
    switch.start()
    switch.wait_for_requests(6)
    assert [r["path"] for r in switch.provider.requests] == ["/v2/pods/pod123/action"] * 6, "no redirection is followed"
    for code in (500, 429, 302, 409, 404):
        assert f"the API answered {code}" in switch.log()
    pid = switch.pids()[0]
    assert KEY not in switch.log() and KEY.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_word_in_between_ends_the_alarm(switch: Switch, busy: Worker) -> None:
    switch.provider.trouble = [(503, "")] * 1000
    busy.command("stop")
    switch.set(dead_man_s=0.5)
    switch.start()
    switch.wait_for_requests(2)
    switch.set(dead_man_s=60)
    switch.word()
    busy.wait_for(lambda: "there is word again" in switch.log())
    count = len(switch.provider.requests)
    time.sleep(0.5)
    assert len(switch.provider.requests) == count


def test_graphql_is_asked_with_variables_and_its_errors_are_trouble(switch: Switch) -> None:
    wrong, right = '{"errors": [{"message": "Something went wrong."}]}', '{"data": {"podStop": {}}}'
    switch.provider.trouble = [(200, wrong), (200, right)]
    switch.set(dead_man_s=0.2, kind="runpod-graphql", stop={
        "kind": "runpod-graphql", "base_url": f"{switch.provider.url}/graphql", "pod": "pod123"})  # fmt: skip
    switch.start(RUNPOD_POD_ID="own456")
    switch.wait_for_requests(2)
    for request in switch.provider.requests[:2]:
        assert request["path"] == "/graphql" and "podStop" in request["body"]["query"]
        assert request["body"]["variables"] == {"podId": "own456"}, "the machine's own word for itself wins"
    assert "Something went wrong" in switch.log()


def test_where_nothing_can_be_stopped_nothing_is(switch: Switch) -> None:
    switch.set(dead_man_s=0.1, kind="none")
    switch.start()
    time.sleep(1)
    assert switch.provider.requests == []


def test_settings_that_become_unreadable_do_not_disarm_it(switch: Switch) -> None:
    switch.set(dead_man_s=1.5)
    switch.start()
    time.sleep(0.5)
    (switch.workdir / "guard" / "settings.json").write_text("{")
    switch.wait_for_requests(1)
    assert "settings.json" in switch.log()


def test_no_turn_can_end_it(switch: Switch, monkeypatch: pytest.MonkeyPatch) -> None:
    class Enough(BaseException):
        pass

    turns: list[int] = []

    def turn(self: watch.Watch) -> None:
        turns.append(1)
        if len(turns) == 3:
            raise Enough
        raise MemoryError("no memory")

    monkeypatch.setattr(watch.Watch, "turn", turn)
    with pytest.raises(Enough):
        watch.Watch(switch.workdir).run()
    assert "no memory" in switch.log()


def test_settings_are_read_strictly(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    good = {"dead_man_s": 1, "dead_man_max_s": 2, "stop": {"kind": "none", "base_url": "", "pod": ""}}
    path.write_text(json.dumps(good))
    assert settings.read(path).rule == Rule(1, 2, 600)
    for wrong in ({"dead_man_s": 0}, {"dead_man_max_s": "2"}, {"stop": {"kind": "aws"}}, {"stop": None}, {"dead_man_s": True}):
        path.write_text(json.dumps(good | wrong))
        with pytest.raises(WorkerError, match=r"settings\.json"):
            settings.read(path)


def test_the_key_is_looked_for_in_three_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(identity.container, "variables", dict)
    for name in (identity.KEY, identity.POD):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(WorkerError, match="RUNPOD_API_KEY"):
        identity.find("pod1")
    file = tmp_path / ".config" / "caid" / "pod.env"
    file.parent.mkdir(parents=True)
    file.write_text(f"# of this machine\nexport RUNPOD_API_KEY='{KEY}'\n")
    file.chmod(0o644)
    with pytest.raises(WorkerError, match="0600"):
        identity.find("pod1")
    file.chmod(0o600)
    assert identity.find("pod1") == identity.Identity(KEY, "pod1")
    assert KEY not in repr(identity.find("pod1"))
    monkeypatch.setenv(identity.KEY, "other")
    assert identity.find("pod1").key == "other"
    with pytest.raises(WorkerError, match="no pod's id"):
        identity.find("pod1/../../pod2")


@pytest.mark.parametrize("url", ["http://api.runpod.io/v2", "ftp://127.0.0.1", "file:///etc", "", "http://127.0.0.1.evil.org"])
def test_the_key_is_sent_over_nothing_but_tls(url: str) -> None:
    wanted = settings.Settings(RULE, "runpod-v2", url, "pod1")
    with pytest.raises(WorkerError, match="https"):
        api.stop(wanted, identity.Identity(KEY, "pod1"))
