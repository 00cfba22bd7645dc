"""The two requests to the hub: what a model consists of, and the bytes of a file from an offset on.

Owns HTTP: where the token goes, what an answer means, how long silence may last.
Never sends the token to another host than the hub's.
"""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from caid_worker import VERSION, container
from caid_worker.errors import WorkerError

SILENCE_S = 60.0
CHUNK = 1 << 20
MOST_METADATA = 64 << 20
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class RemoteFile:
    """A file of a model. `digest` is its SHA-256 (large files), else the hash git gives its contents."""

    name: str
    size: int
    digest: str
    is_sha256: bool


class Unreachable(Exception):
    """No answer, or one that asking again may change."""


class _OwnHost(urllib.request.HTTPRedirectHandler):
    """Large files are handed out by other hosts, which must not see the token."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        _check_address(newurl)
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request is not None and urllib.parse.urlsplit(newurl).netloc != urllib.parse.urlsplit(req.full_url).netloc:
            request.remove_header("Authorization")
        return request


class Client:
    """The hub at `HF_ENDPOINT`, as whoever `HF_TOKEN` says."""

    def __init__(self) -> None:
        self._base = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
        _check_address(self._base)
        self._opener = urllib.request.build_opener(_OwnHost())

    def describe(self, model: str, revision: str) -> tuple[str, list[dict[str, Any]]]:
        """The commit behind the revision, and the hub's entries for its files."""
        path = f"api/models/{model}/revision/{urllib.parse.quote(revision, safe='')}?blobs=true"
        with self._open(path, model, {}) as reply:
            try:
                value = json.loads(reply.read(MOST_METADATA))
                return str(value["sha"]), list(value["siblings"])
            except (ValueError, KeyError, TypeError) as error:
                raise Unreachable(f"the hub's answer about {model} makes no sense ({error})") from None

    def read(self, model: str, commit: str, name: str, offset: int) -> Iterator[tuple[int, bytes]]:
        """Pieces of the file with their offsets, from `offset` on, or from 0 where the server will have it so."""
        path = f"{model}/resolve/{commit}/{urllib.parse.quote(name)}"
        with self._open(path, model, {"Range": f"bytes={offset}-"} if offset else {}) as reply:
            at = offset if reply.status == 206 else 0
            try:
                while data := reply.read(CHUNK):
                    yield at, data
                    at += len(data)
            except Exception as error:
                raise Unreachable(f"{name}: the line was cut ({type(error).__name__})") from None

    def _open(self, path: str, model: str, headers: dict[str, str]) -> Any:
        headers = headers | {"User-Agent": f"caid-worker/{VERSION}"}
        if token := os.environ.get("HF_TOKEN") or container.variables().get("HF_TOKEN"):
            headers["Authorization"] = f"Bearer {token}"
        try:
            return self._opener.open(urllib.request.Request(f"{self._base}/{path}", headers=headers), timeout=SILENCE_S)
        except urllib.error.HTTPError as error:
            if error.code in (401, 403):
                raise WorkerError(
                    f"the hub refuses {model} ({error.code}): it may be gated; accept its terms and set HF_TOKEN, "
                    "or mend the name"
                ) from None
            if error.code == 404:
                raise WorkerError(f"the hub knows no {model}, or not this revision or file of it ({path})") from None
            raise Unreachable(f"the hub answered {error.code}") from None
        except WorkerError:
            raise
        except Exception as error:
            raise Unreachable(f"the hub cannot be reached ({type(error).__name__})") from None


def _check_address(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise WorkerError(f"models are fetched over https:// alone, not from {parts.scheme}://{parts.netloc}")
