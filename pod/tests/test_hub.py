"""Fetching models, against a local server that answers as the hub does: pinned, proven, resumed, then offline."""

import hashlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from caid_worker import container
from caid_worker.engine import base
from caid_worker.errors import Stopped, WorkerError
from caid_worker.hub import fetch
from caid_worker.hub.store import Store

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NEWER = "f" * 40
WEIGHTS = bytes(range(256)) * 20_000
FILES = {
    "config.json": b'{"model_type": "qwen2"}\n',
    "tokenizer.json": b"{}" * 1000,
    "model.safetensors": WEIGHTS,
    "pytorch_model.bin": b"not wanted",
    "modeling_own.py": b"never",
    "onnx/model.safetensors": b"not wanted",
    ".gitattributes": b"x",
}


class Hub:
    """The two endpoints; large files are redirected to another host's path. `cut` ends answers after so many bytes."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str | None, str | None]] = []
        self.head, self.cut, self.spoil, self.busy = COMMIT, 0, 0, 0
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hub.requests.append((self.path, self.headers["Range"], self.headers["Authorization"]))
                status, data, headers = hub.answer(self.path, self.headers["Range"])
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if hub.cut and len(data) > hub.cut:
                    data, hub.cut = data[: hub.cut], 0
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path: str, wanted: str | None) -> tuple[int, bytes, dict[str, str]]:
        if self.busy:
            self.busy -= 1
            return 503, b"", {}
        for revision in ("main", COMMIT, self.head):
            if path == f"/api/models/org/name/revision/{revision}?blobs=true":
                return 200, json.dumps({"sha": self.head, "siblings": [entry(n, d) for n, d in FILES.items()]}).encode(), {}
        name = path.removeprefix(f"/org/name/resolve/{COMMIT}/")
        if name == "model.safetensors":
            return 302, b"", {"Location": f"http://localhost:{self.server.server_port}/cdn"}
        data = WEIGHTS if path == "/cdn" else FILES.get(name)
        if data is None:
            return 404, b"", {}
        if self.spoil and path == "/cdn":
            self.spoil -= 1
            data = b"!" + data[1:]
        if wanted is not None:
            return 206, data[int(wanted.removeprefix("bytes=").removesuffix("-")) :], {}
        return 200, data, {}


def entry(name: str, data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {"rfilename": name, "size": len(data)}
    if name.endswith(".safetensors"):
        return found | {"blobId": "0", "lfs": {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}}
    return found | {"blobId": hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    made = Hub()
    monkeypatch.setenv("HF_ENDPOINT", made.url)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setattr(fetch, "FIRST_PAUSE_S", 0.01)
    yield made
    made.server.shutdown()
    made.server.server_close()


def quiet(done: int, total: int, phase: str) -> None:
    pass


def test_a_model_is_fetched_once_pinned_and_proven(hub: Hub, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = fetch.ensure(tmp_path, "org/name", lambda done, total, phase: told.append((done, total)))
    assert path.name == COMMIT and {p.name: p.read_bytes() for p in path.iterdir()} == {
        name: FILES[name] for name in ("config.json", "tokenizer.json", "model.safetensors")
    }
    assert told[-1][0] == told[-1][1] == sum(p.stat().st_size for p in path.iterdir()), "bytes, to the end"
    assert [key for place, _, key in hub.requests if place == "/cdn"] == [None], "the token stays with the hub"
    assert hub.requests[0][2] == "Bearer hf_secret"
    count, hub.head = len(hub.requests), NEWER
    assert fetch.ensure(tmp_path, "org/name", quiet) == path, "a revision means what it meant"
    assert fetch.ensure(tmp_path, f"org/name@{COMMIT}", quiet) == path
    assert len(hub.requests) == count, "nobody is asked"


def test_a_token_that_the_container_was_started_with_counts_too(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(container, "variables", lambda: {"HF_TOKEN": "hf_of_the_machine"})
    fetch.ensure(tmp_path, "org/name", quiet)
    assert hub.requests[0][2] == "Bearer hf_of_the_machine"


def test_a_cut_line_and_a_busy_hub_are_outlasted_without_fetching_twice(hub: Hub, tmp_path: Path) -> None:
    hub.cut, hub.busy = 3_000_000, 2
    path = fetch.ensure(tmp_path, "org/name", quiet)
    assert (path / "model.safetensors").read_bytes() == WEIGHTS
    ranges = [wanted for place, wanted, _ in hub.requests if place == "/cdn"]
    assert len(ranges) == 2 and ranges[0] is None and ranges[1] is not None
    assert int(ranges[1].removeprefix("bytes=").removesuffix("-")) >= 2_000_000


def test_a_stopped_fetch_goes_on_where_it_was(hub: Hub, tmp_path: Path) -> None:
    def stop(done: int, total: int, phase: str) -> None:
        if done > 2_000_000:
            raise Stopped("asked")

    with pytest.raises(Stopped):
        fetch.ensure(tmp_path, "org/name", stop)
    assert not Store(tmp_path, "org/name").is_whole(COMMIT)
    path = fetch.ensure(tmp_path, "org/name", quiet)
    assert (path / "model.safetensors").read_bytes() == WEIGHTS
    assert hub.requests[-1][1] not in (None, "bytes=0-")


def test_a_wrong_hash_is_fetched_again_and_refused_the_second_time(hub: Hub, tmp_path: Path) -> None:
    hub.spoil = 1
    assert (fetch.ensure(tmp_path / "a", "org/name", quiet) / "model.safetensors").read_bytes() == WEIGHTS
    hub.spoil = 2
    with pytest.raises(WorkerError, match=r"model\.safetensors came with another hash"):
        fetch.ensure(tmp_path / "b", "org/name", quiet)
    assert not list((tmp_path / "b").rglob("snapshots"))


def test_a_damaged_model_is_fetched_anew(hub: Hub, tmp_path: Path) -> None:
    path = fetch.ensure(tmp_path, "org/name", quiet)
    (path / "config.json").unlink()
    count = len(hub.requests)
    assert fetch.ensure(tmp_path, "org/name", quiet) == path
    assert (path / "config.json").read_bytes() == FILES["config.json"]
    assert [place for place, _, _ in hub.requests[count:]][1:] == [f"/org/name/resolve/{COMMIT}/config.json"]
    with open(path / "model.safetensors", "r+b") as file:
        file.truncate(5)
    assert fetch.ensure(tmp_path, "org/name", quiet) == path
    assert (path / "model.safetensors").read_bytes() == WEIGHTS


def test_what_is_in_the_way_is_named(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WorkerError, match="knows no org/other"):
        fetch.ensure(tmp_path, "org/other", quiet)
    for wrong in ("../../etc", "org/name/more", "org/name@../x", "/etc"):
        with pytest.raises(WorkerError, match="no id of a model"):
            fetch.ensure(tmp_path, wrong, quiet)
    monkeypatch.setattr(fetch, "SPARE_BYTES", 1 << 60)
    with pytest.raises(WorkerError, match="make room"):
        fetch.ensure(tmp_path, "org/name", quiet)
    hub.busy = 100
    with pytest.raises(WorkerError, match="start again to go on"):
        fetch.ensure(tmp_path / "new", "org/name", quiet)
    monkeypatch.setenv("HF_ENDPOINT", "http://example.org")
    with pytest.raises(WorkerError, match="https"):
        fetch.ensure(tmp_path / "new", "org/name", quiet)
    assert list(tmp_path.rglob("*.safetensors")) == []


def test_a_job_finds_it_by_its_id(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAID_MODELS", str(tmp_path))
    found = base.resolve("org/name@main", quiet)
    assert (found.revision, found.path.name) == (COMMIT, COMMIT)
    assert hub.requests
