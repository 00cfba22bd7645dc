"""The kind `generate`: completions of prompts or conversations.

Owns its requests and its results.
Never adds to a prompt: a base model sees the text as it was sent.
"""

import hashlib
import json
from collections import Counter
from typing import Any

from caid_worker import arguments, batches, files, records
from caid_worker.context import Context
from caid_worker.errors import WorkerError

Record = dict[str, Any]


def run(context: Context) -> dict[str, Any]:
    """Writes `results.jsonl`; returns the facts."""
    wanted = arguments.parse(arguments.GenerateArguments, context.job.arguments)
    field = "prompt" if wanted.kind == "base" else "messages"
    requests = records.read(context.job.input("requests.jsonl"), {field}, {"adapter", "seed"})
    for request in requests:
        _check_request(request, wanted)
    ids = [request["id"] for request in requests]
    sizes = [len(r["prompt"] if wanted.kind == "base" else json.dumps(r["messages"])) for r in requests]
    cut = batches.plan([r.get("adapter") for r in requests], sizes, wanted.batch_size)

    context.loading(0, len(ids), "loading the model")
    from caid_worker.engine import base as bases

    base = bases.resolve(wanted.model, context.loading)
    compute = _Generation(context, wanted, base, requests)
    results = batches.run(context, cut, ids, compute, "generating")
    files.write_lines(context.outputs / batches.FILE, results)
    return {
        "records": len(results),
        "finish": dict(sorted(Counter(r["finish"] for r in results).items())),
        "prompt_tokens": sum(r["prompt_tokens"] for r in results),
        "completion_tokens": sum(r["completion_tokens"] for r in results),
        **bases.provenance(base),
    }


class _Generation:
    """Completes one batch; loads the engine at the first, so that a finished job loads none."""

    def __init__(
        self, context: Context, wanted: arguments.GenerateArguments, base: Any, requests: list[Record]
    ) -> None:
        self.context, self.wanted, self.base, self.requests = context, wanted, base, requests
        self.engine: Any = None

    def __call__(self, batch: list[int]) -> list[Record]:
        from caid_worker.engine import sampling
        from caid_worker.engine.decode import Sampling

        if self.engine is None:
            self._load()
        wanted, requests = self.wanted, [self.requests[position] for position in batch]
        texts = [self._text(request) for request in requests]
        prompts = [self.engine.encode(text) for text in texts]
        seeds = [r["seed"] if "seed" in r else sampling.request_seed(wanted.seed, r["id"]) for r in requests]
        how = Sampling(wanted.max_new_tokens, wanted.temperature, wanted.top_p, tuple(wanted.stop))
        completions = self.engine.generate(prompts, seeds, requests[0].get("adapter"), how, self.context.check_stop)
        return [
            {
                "id": request["id"],
                "text": completion.text,
                "finish": completion.finish,
                "stop_string": completion.stop_string,
                "prompt_tokens": len(prompt),
                "completion_tokens": completion.tokens,
                "prompt_sha256": hashlib.sha256(text.encode()).hexdigest(),
            }
            for request, text, prompt, completion in zip(requests, texts, prompts, completions, strict=True)
        ]

    def _load(self) -> None:
        from caid_worker.engine.engine import Engine

        folders = {name: self.context.job.folder / folder for name, folder in self.wanted.adapters.items()}
        self.engine = Engine(self.base, folders)
        for request in self.requests:
            self.engine.check_length(
                request["id"], len(self.engine.encode(self._text(request))), self.wanted.max_new_tokens
            )

    def _text(self, request: Record) -> str:
        return str(request["prompt"]) if self.wanted.kind == "base" else self.engine.render(request["messages"])


def _check_request(request: Record, wanted: arguments.GenerateArguments) -> None:
    where = f"request {request['id']!r}"
    adapter, seed = request.get("adapter"), request.get("seed")
    if adapter is not None and adapter not in wanted.adapters:
        raise WorkerError(f"{where}: the adapter {adapter!r} is not in arguments.adapters")
    if "seed" in request and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise WorkerError(f"{where}: the seed must be a whole number")
    if "messages" in request and not _is_conversation(request["messages"]):
        raise WorkerError(f"{where}: messages must be a list of {{role, content}}, both strings")


def _is_conversation(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(
        isinstance(m, dict) and set(m) == {"role", "content"} and all(isinstance(v, str) for v in m.values())
        for m in value
    )  # fmt: skip
