"""Training for real, a few dozen steps: the loss is on the answer alone, and every death ends in the same adapter."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from caid_worker.errors import WorkerError
from conftest import Worker

Make = Callable[..., Worker]


def settings(model: Path, **more: Any) -> dict[str, Any]:
    return {
        "method": "sft", "model": str(model), "adapter": None, "lora": {"r": 4, "alpha": 8, "dropout": 0.1}, "lr": 2e-3,
        "epochs": 5, "batch_size": 8, "micro_batch_size": 4, "scheduler": "cosine", "warmup_ratio": 0.1, "max_tokens": 64,
    } | more  # fmt: skip


def examples(count: int) -> list[dict[str, Any]]:
    return [
        {"id": f"e{n}", "prompt": f"Instruction: Add {n % 9} and {n % 5}.\nResponse:", "completion": f" {n % 9 + n % 5}\nEND"}
        for n in range(count)
    ]


def test_killed_stopped_and_damaged_runs_end_in_the_same_adapter(job: Make, model: Path) -> None:
    arguments, inputs = settings(model), {"data.jsonl": examples(48)}
    calm = job("train", arguments, inputs)
    assert calm.run() == 0, calm.log()
    metrics = [json.loads(line) for line in calm.output("metrics.jsonl").splitlines()]
    assert [m["step"] for m in metrics] == list(range(1, 31))
    assert metrics[-1]["loss"] < metrics[0]["loss"]
    assert not list((calm.folder / "outputs").glob("README*")), "nothing but the adapter, its shape and the metrics"

    # A checkpoint about every half second, so that there is one to go back to.
    killed = job("train", arguments, inputs, every=0.4)
    killed.command("start")
    killed.wait_for(lambda: len(killed.events("checkpoint")) >= 1)
    killed.kill()
    killed.command("start")
    killed.wait_until_done()
    assert killed.events("started")[-1]["resumed_from"] is not None

    stopped = job("train", arguments, inputs, every=0.4)
    stopped.command("start")
    stopped.wait_for(lambda: len(stopped.events("checkpoint")) >= 1 and stopped.done() > 3)
    assert stopped.command("stop")["state"] == "stopped"
    newest = sorted((stopped.folder / "checkpoints").iterdir())[-1] / "adapter_model.safetensors"
    damaged = bytearray(newest.read_bytes())
    damaged[-1] ^= 1
    newest.write_bytes(damaged)
    stopped.command("start")
    stopped.wait_until_done()
    assert list((stopped.folder / "checkpoints").glob("*.damaged"))

    assert calm.outputs() == killed.outputs() == stopped.outputs()


def test_a_checkpoint_on_request_does_not_stop_the_training(job: Make, model: Path) -> None:
    worker = job("train", settings(model, epochs=8), {"data.jsonl": examples(48)})
    worker.command("start")
    worker.wait_for(lambda: worker.done() > 2)
    assert worker.command("checkpoint")["checkpoint"] is None
    assert "trainers.py" in worker.command("stacks")["stacks"]
    worker.wait_until_done()
    assert len(worker.events("checkpoint")) == 1
    assert len(worker.events("started")) == 1


def test_the_loss_is_on_the_completion_and_its_end_alone(model: Path, tmp_path: Path) -> None:
    """On the batches that the real trainer makes, not on a copy of its code."""
    from caid_worker import arguments, job
    from caid_worker.checkpoints import Checkpoints
    from caid_worker.context import Context
    from caid_worker.engine import base
    from caid_worker.events import EventLog
    from caid_worker.signals import Signals
    from caid_worker.training import trainers

    work = job.Job(tmp_path, "job", "train", {}, 1800, {})
    work.partial.mkdir()
    context = Context(
        work, EventLog(work.events), Signals(), Checkpoints(work.checkpoints, work.id), None, tmp_path / "outputs"
    )
    network, tokenizer = base.load(base.Base("test", model, ""))
    data = examples(6)
    wanted = arguments.parse(arguments.TrainArguments, settings(model))
    trainer = trainers.make(context, wanted, network, tokenizer, data)
    by_prompt = {tuple(tokenizer.encode(r["prompt"], add_special_tokens=False)): r["completion"] for r in data}
    seen = 0
    for batch in trainer.inner.get_train_dataloader():
        for ids, labels in zip(batch["input_ids"].tolist(), batch["labels"].tolist(), strict=True):
            first = next(i for i, label in enumerate(labels) if label != -100)
            learned = [label for label in labels[first:] if label != -100]
            expected = tokenizer.encode(by_prompt[tuple(ids[:first])], add_special_tokens=False)
            assert learned == [*expected, tokenizer.eos_token_id]
            assert labels[:first] == [-100] * first
            seen += 1
    assert seen == len(data)


def test_what_does_not_fit_is_dropped_and_counted(job: Make, model: Path) -> None:
    data = [*examples(8), {"id": "long", "prompt": "Instruction: Say it.\nResponse:", "completion": " word" * 100}]
    worker = job("train", settings(model, epochs=1), {"data.jsonl": data})
    assert worker.run() == 0, worker.log()
    facts = json.loads(worker.output("manifest.json"))["facts"]
    assert facts["dropped"]["too_long"] == 1 and facts["records"] == 8


def pairs(count: int) -> list[dict[str, Any]]:
    return [
        {"id": f"p{n}", "prompt": f"Instruction: Add {n} and 1.\nResponse:", "chosen": f" {n + 1}\nEND", "rejected": " no\nEND"}
        for n in range(count)
    ]


def test_dpo_takes_a_step_from_nothing(job: Make, model: Path) -> None:
    arguments = settings(model, method="dpo", beta=0.1, max_steps=1)
    worker = job("train", arguments, {"data.jsonl": pairs(8)})
    assert worker.run() == 0, worker.log()
    assert len(worker.output("metrics.jsonl").splitlines()) == 1
    assert any("dropout" in e["message"] for e in worker.events("log")), "an argument that has no effect is told"


def test_dpo_goes_on_from_an_sft_adapter_and_resumes_with_its_reference(job: Make, model: Path) -> None:
    """The reference is the adapter that training began from, not the one in the checkpoint."""
    sft = job("train", settings(model, epochs=1), {"data.jsonl": examples(16)})
    assert sft.run() == 0, sft.log()
    adapter = {f"adapter/{name}": sft.output(name) for name in ("adapter_config.json", "adapter_model.safetensors")}
    arguments = settings(model, method="dpo", lr=5e-3, adapter="inputs/adapter", epochs=4, sft_weight=0.5)
    calm = job("train", arguments, {"data.jsonl": pairs(24)} | adapter)
    assert calm.run() == 0, calm.log()
    assert set(calm.outputs()) == {"adapter_config.json", "adapter_model.safetensors", "metrics.jsonl"}
    assert calm.outputs()["adapter_model.safetensors"] != sft.outputs()["adapter_model.safetensors"]
    assert json.loads(calm.output("adapter_config.json"))["r"] == 4

    killed = job("train", arguments, {"data.jsonl": pairs(24)} | adapter, every=0.3)
    killed.command("start")
    killed.wait_for(lambda: len(killed.events("checkpoint")) >= 2)
    killed.kill()
    killed.command("start")
    killed.wait_until_done()
    assert killed.events("started")[-1]["resumed_from"] is not None
    assert calm.output("manifest.json") == killed.output("manifest.json")


def test_another_rank_than_the_adapters_is_refused(tmp_path: Path) -> None:
    from peft import LoraConfig

    from caid_worker import arguments
    from caid_worker.training import trainers

    LoraConfig(r=4, lora_alpha=8).save_pretrained(str(tmp_path / "inputs"))
    context: Any = SimpleNamespace(job=SimpleNamespace(folder=tmp_path))
    wanted = arguments.parse(
        arguments.TrainArguments, settings(tmp_path, adapter="inputs", lora={"r": 8, "alpha": 8, "dropout": 0.0})
    )
    with pytest.raises(WorkerError, match="r 8.*r 4"):
        trainers._adapter(context, wanted, None)


def test_a_loss_that_is_no_number_ends_the_job(job: Make, model: Path) -> None:
    worker = job("train", settings(model, lr=1e30, scheduler="constant", warmup_ratio=0.0), {"data.jsonl": examples(48)})
    assert worker.run() == 1
    assert "the loss is" in worker.events("failed")[0]["error"]
    assert not (worker.folder / "outputs").exists()
