"""Generation and scoring: prompts as given, results in input order, and the same bytes after any death."""

import hashlib
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Worker

Make = Callable[..., Worker]


def settings(model: Path, **more: Any) -> dict[str, Any]:
    return {"model": str(model), "kind": "base", "max_new_tokens": 12, "batch_size": 4, "stop": ["\nEND"]} | more


def requests(count: int) -> list[dict[str, Any]]:
    return [{"id": f"r{n}", "prompt": f"Instruction: Add {n} and {n % 7}.\nResponse:"} for n in range(count)]


def results(worker: Worker) -> list[dict[str, Any]]:
    return [json.loads(line) for line in worker.output("results.jsonl").splitlines()]


def test_results_stand_in_input_order_and_name_the_prompt_as_sent(job: Make, model: Path) -> None:
    worker = job("generate", settings(model), {"requests.jsonl": requests(10)})
    assert worker.run() == 0, worker.log()
    found = results(worker)
    assert [r["id"] for r in found] == [r["id"] for r in requests(10)]
    for result, request in zip(found, requests(10), strict=True):
        assert result["prompt_sha256"] == hashlib.sha256(request["prompt"].encode()).hexdigest()
        assert result["finish"] in ("stop", "eos", "length")
        assert result["completion_tokens"] <= 12
        assert "\nEND" not in result["text"]


def test_a_killed_and_a_stopped_job_end_with_the_same_bytes(job: Make, model: Path) -> None:
    """With sampling: it needs all that greedy decoding needs, and the random numbers too."""
    arguments = settings(model, temperature=0.9, max_new_tokens=24)
    calm = job("generate", arguments, {"requests.jsonl": requests(120)})
    assert calm.run() == 0, calm.log()

    killed = job("generate", arguments, {"requests.jsonl": requests(120)})
    killed.command("start")
    killed.command("checkpoint")  # While the model is loaded: answered after the first batch.
    killed.wait_for(lambda: killed.done() > 0 and bool(killed.events("checkpoint")))
    os.kill(killed.pid(), signal.SIGSTOP)
    assert "stopped" in killed.command("stacks")["stacks"]
    assert killed.command("kill")["state"] == "dead"
    with open(killed.folder / "partial" / "results.jsonl", "ab") as file:
        file.write(b'{"batch": 99, "id": "torn')
    killed.command("start")
    killed.wait_until_done()

    stopped = job("generate", arguments, {"requests.jsonl": requests(120)})
    stopped.command("start")
    stopped.wait_for(lambda: stopped.done() > 0)
    assert stopped.command("stop")["state"] in ("stopped", "done")
    stopped.command("start")
    stopped.wait_until_done()

    assert calm.outputs() == killed.outputs() == stopped.outputs()
    assert len(killed.events("started")) == 2


def test_another_seed_draws_other_answers(job: Make, model: Path) -> None:
    first = job("generate", settings(model, temperature=1.0, seed=1), {"requests.jsonl": requests(8)})
    second = job("generate", settings(model, temperature=1.0, seed=2), {"requests.jsonl": requests(8)})
    assert first.run() == second.run() == 0
    assert [r["text"] for r in results(first)] != [r["text"] for r in results(second)]


def test_a_base_model_gets_no_conversation(job: Make, model: Path) -> None:
    messages = [{"id": "1", "messages": [{"role": "user", "content": "hello"}]}]
    worker = job("generate", settings(model), {"requests.jsonl": messages})
    assert worker.run() == 1
    assert "prompt" in worker.events("failed")[0]["error"]


def test_scores_are_those_of_the_model(job: Make, model: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    pairs = [{"id": str(n), "prompt": f"What is {n}?", "continuation": f" It is {n + 1}."} for n in range(5)]
    worker = job("score", {"model": str(model), "batch_size": 2}, {"requests.jsonl": pairs})
    assert worker.run() == 0, worker.log()
    tokenizer = AutoTokenizer.from_pretrained(model)
    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    for pair, result in zip(pairs, results(worker), strict=True):
        prompt = tokenizer.encode(pair["prompt"], add_special_tokens=False)
        answer = tokenizer.encode(pair["continuation"], add_special_tokens=False)
        with torch.no_grad():
            logprobs = torch.log_softmax(network(torch.tensor([prompt + answer])).logits[0].float(), -1)
        expected = sum(logprobs[len(prompt) - 1 + i, token].item() for i, token in enumerate(answer))
        assert result["logprob"] == pytest.approx(expected, abs=1e-3)
        assert result["tokens"] == len(answer) == len(result["token_logprobs"])
