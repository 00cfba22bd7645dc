"""The kind `score`: how likely a continuation is after its prompt.

Owns its requests and its results.
Never tokenises across the border: the prompt's tokens are those a generation would start from.
"""

from typing import Any

from caid_worker import arguments, batches, files, records
from caid_worker.context import Context
from caid_worker.errors import WorkerError

Record = dict[str, Any]


def run(context: Context) -> dict[str, Any]:
    """Writes `results.jsonl`; returns the facts."""
    wanted = arguments.parse(arguments.ScoreArguments, context.job.arguments)
    requests = records.read(context.job.input("requests.jsonl"), {"prompt", "continuation"}, {"adapter"})
    for request in requests:
        if request.get("adapter") is not None and request["adapter"] not in wanted.adapters:
            raise WorkerError(f"request {request['id']!r}: the adapter {request['adapter']!r} is not in arguments.adapters")
    ids = [request["id"] for request in requests]
    sizes = [len(r["prompt"]) + len(r["continuation"]) for r in requests]
    cut = batches.plan([r.get("adapter") for r in requests], sizes, wanted.batch_size)

    context.loading(0, len(ids), "loading the model")
    from caid_worker.engine import base as bases

    base = bases.resolve(wanted.model, context.loading)
    results = batches.run(context, cut, ids, _Scoring(context, wanted, base, requests), "scoring")
    files.write_lines(context.outputs / batches.FILE, results)
    return {"records": len(results), "tokens": sum(r["tokens"] for r in results), **bases.provenance(base)}


class _Scoring:
    """Scores one batch; loads the engine at the first, so that a finished job loads none."""

    def __init__(self, context: Context, wanted: arguments.ScoreArguments, base: Any, requests: list[Record]) -> None:
        self.context, self.wanted, self.base, self.requests = context, wanted, base, requests
        self.engine: Any = None

    def __call__(self, batch: list[int]) -> list[Record]:
        if self.engine is None:
            self._load()
        requests = [self.requests[position] for position in batch]
        pairs = [self._pair(request) for request in requests]
        scored = self.engine.score(pairs, requests[0].get("adapter"))
        return [
            {"id": request["id"], "logprob": sum(values), "tokens": len(values), "token_logprobs": values}
            for request, values in zip(requests, scored, strict=True)
        ]

    def _load(self) -> None:
        from caid_worker.engine.engine import Engine

        folders = {name: self.context.job.folder / folder for name, folder in self.wanted.adapters.items()}
        self.engine = Engine(self.base, folders)
        for request in self.requests:
            prompt, continuation = self._pair(request)
            if not continuation:
                raise WorkerError(f"request {request['id']!r}: the continuation is empty")
            self.engine.check_length(request["id"], len(prompt), len(continuation))

    def _pair(self, request: Record) -> tuple[list[int], list[int]]:
        return self.engine.encode(request["prompt"]), self.engine.encode(request["continuation"])
