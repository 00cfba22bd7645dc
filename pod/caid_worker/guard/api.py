"""The one request: stop this machine.

Owns how both of RunPod's APIs are asked for it.
Never sends the key anywhere but to the configured address, and follows no redirection.
"""

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from caid_worker import VERSION
from caid_worker.errors import WorkerError
from caid_worker.guard.identity import Identity
from caid_worker.guard.settings import Settings

DEADLINE_S = 30.0
MOST_BYTES = 1 << 16
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MUTATION = "mutation ($podId: String!) { podStop(input: {podId: $podId}) { id desiredStatus } }"


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def stop(settings: Settings, identity: Identity) -> None:
    """Asks for the stop; returns once the provider has accepted it.

    Raises a WorkerError for any other answer, or none: then ask again.
    """
    if settings.kind == "runpod-graphql":
        url = _below(settings.base_url, "graphql")
        body: dict[str, Any] = {"query": MUTATION, "variables": {"podId": identity.pod}}
    else:
        url = f"{_below(settings.base_url, 'v2')}/pods/{identity.pod}/action"
        body = {"action": "stop"}
    answer = _post(url, body, identity)
    if settings.kind == "runpod-graphql" and (not isinstance(answer, dict) or answer.get("errors")):
        raise WorkerError(f"the API answered {_shown(json.dumps(answer), identity)}")


def _post(url: str, body: dict[str, Any], identity: Identity) -> Any:
    headers = {
        "Authorization": f"Bearer {identity.key}",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "User-Agent": f"caid-guard/{VERSION}",
    }
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    opener = urllib.request.build_opener(_NoRedirection(), urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=DEADLINE_S) as reply:
            return json.loads(reply.read(MOST_BYTES) or b"null")
    except urllib.error.HTTPError as error:
        said = error.read(500).decode(errors="replace")
        raise WorkerError(f"the API answered {error.code}: {_shown(said, identity)}") from None
    except Exception as error:
        # Whatever it is, the next try may do better.
        raise WorkerError(f"the API gave no answer: {_shown(f'{type(error).__name__}: {error}', identity)}") from None


def _below(base: str, last: str) -> str:
    """The address with its last part, which it may have already. In the clear only to this machine itself."""
    parts = urllib.parse.urlsplit(base)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise WorkerError(f"stop.base_url must begin with https://, not {base!r}")
    base = base.rstrip("/")
    return base if base.endswith(f"/{last}") else f"{base}/{last}"


def _shown(text: str, identity: Identity) -> str:
    hidden = text.replace(identity.key, "…")
    return "".join(c if c.isprintable() else " " for c in hidden)[:300]
