"""The kind `train`: an adapter on a frozen base, by SFT or DPO, with checkpoints on the clock and exact resume.

Owns the order of things: read, check the token borders, load, train, hand the adapter over only when it is finished.
Never truncates a record, and never trusts a trainer that merely returned.
"""

from collections.abc import Callable
from typing import Any

from caid_worker import arguments, files, records
from caid_worker.context import Context
from caid_worker.errors import WorkerError

Record = dict[str, Any]


def run(context: Context) -> dict[str, Any]:
    """Writes the PEFT folder and `metrics.jsonl`; returns the facts."""
    wanted = arguments.parse(arguments.TrainArguments, context.job.arguments)
    fields = {"prompt", "completion"} if wanted.method == "sft" else {"prompt", "chosen", "rejected"}
    data = records.read(context.job.input("data.jsonl"), fields)

    context.loading(0, 1, "loading the model")
    import torch
    import transformers

    torch.use_deterministic_algorithms(True, warn_only=True)
    transformers.set_seed(wanted.seed)
    transformers.logging.disable_progress_bar()
    from caid_worker.engine import base as bases

    base = bases.resolve(wanted.model, context.loading)
    model, tokenizer = bases.load(base)
    kept, dropped = select(data, tokenizer, wanted.max_tokens)
    if not kept:
        raise WorkerError(f"none of the {len(data)} records can be trained on: {dropped}; raise max_tokens or mend the data")

    context.loading(0, 1, "loading the trainer")
    from caid_worker.training import trainers

    trainer = trainers.make(context, wanted, model, tokenizer, kept)
    steps = trainer.train_to_the_end()
    trainer.save_adapter(context.outputs)
    files.write_lines(context.outputs / "metrics.jsonl", trainer.metrics())
    return {
        "method": wanted.method,
        "records": len(kept),
        "dropped": dropped,
        "steps": steps,
        "final_loss": trainer.metrics()[-1]["loss"],
        **bases.provenance(base),
    }


def select(data: list[Record], tokenizer: Any, longest: int) -> tuple[list[Record], dict[str, int]]:
    """The records whose prompt and answer can be told apart in tokens and that fit; how many were dropped, and why."""
    kept: list[Record] = []
    dropped = {"border": 0, "too_long": 0}
    count: Callable[[str], int] = lambda text: len(tokenizer.encode(text, add_special_tokens=False))  # noqa: E731
    for record in data:
        prompt = count(record["prompt"])
        answers = [record[key] for key in ("completion", "chosen", "rejected") if key in record]
        whole = [count(record["prompt"] + answer) for answer in answers]
        if any(prompt + count(answer) != total for answer, total in zip(answers, whole, strict=True)):
            dropped["border"] += 1
        elif max(whole) + 1 > longest:  # one more for the end-of-text token
            dropped["too_long"] += 1
        else:
            kept.append(record)
    return kept, dropped


