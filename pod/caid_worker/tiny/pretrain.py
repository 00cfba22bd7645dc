"""Pre-trains the tiny Qwen2 base on the corpus: one thread, fixed order, stops on the loss.

Owns every number that decides the weights.
Never sees an evaluation layout, and neither reads nor writes files.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from caid_worker.tiny import corpus
from caid_worker.tiny.world import World


@dataclass(frozen=True)
class Recipe:
    """Every number that decides the weights; its hash names the cache folder."""

    hidden: int = 96
    layers: int = 2
    heads: int = 3
    kv_heads: int = 1
    feed_forward: int = 288
    initializer_range: float = 0.08
    sequence: int = 224  # tokens; four worked examples and a question fit
    batch: int = 4
    lr: float = 6e-3
    warmup_steps: int = 100
    decay_steps: int = 700
    stop_loss: float = 0.73  # nats per token, smoothed; facts are learned in a sharp transition before it
    max_steps: int = 2200  # before the decay
    weight_decay: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """How the pre-training went."""

    steps: int
    loss: float
    seconds: float
    reached: bool


Progress = Callable[[int, int, str], None]


def config(recipe: Recipe, tokenizer: PreTrainedTokenizerFast) -> Qwen2Config:
    """The architecture, with the tokenizer's ids."""
    return Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=recipe.hidden,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.kv_heads,
        intermediate_size=recipe.feed_forward,
        initializer_range=recipe.initializer_range,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def batches(world: World, tokenizer: PreTrainedTokenizerFast, recipe: Recipe, seed: int) -> Iterator[torch.Tensor]:
    """Endless `(batch, sequence)` token ids. A row opens as a prompt does, with a start; it is cut when full."""
    texts = corpus.documents(world, seed)
    row: list[int] = []
    rows: list[list[int]] = []
    while True:
        for ids in tokenizer(list(itertools.islice(texts, 64)))["input_ids"]:
            row += [*ids, tokenizer.eos_token_id]
            if len(row) < recipe.sequence:
                continue
            rows.append(row[: recipe.sequence])
            row = []
            if len(rows) == recipe.batch:
                yield torch.tensor(rows)
                rows = []


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums in a fixed order: more threads would change the last bits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def pretrain(
    world: World, tokenizer: PreTrainedTokenizerFast, recipe: Recipe, seed: int, progress: Progress
) -> tuple[Qwen2ForCausalLM, Outcome]:
    """The trained base; the same arguments give the same weights on the same machine.

    The caller's thread count and random state are left as they were.
    """
    with _one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _pretrain(world, tokenizer, recipe, seed, progress)


def _pretrain(
    world: World, tokenizer: PreTrainedTokenizerFast, recipe: Recipe, seed: int, progress: Progress
) -> tuple[Qwen2ForCausalLM, Outcome]:
    model = Qwen2ForCausalLM(config(recipe, tokenizer))
    model.train()
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.lr, betas=(0.9, 0.95), weight_decay=recipe.weight_decay
    )
    started = time.monotonic()
    smoothed, step = 0.0, 0
    decay_from: int | None = None
    for batch in batches(world, tokenizer, recipe, seed):
        if decay_from is not None and step == decay_from + recipe.decay_steps:
            break
        left = 1.0 if decay_from is None else 1 - (step - decay_from) / recipe.decay_steps
        for group in optimizer.param_groups:
            group["lr"] = recipe.lr * min(1.0, (step + 1) / recipe.warmup_steps) * left
        loss = model(input_ids=batch, labels=batch).loss
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        value = float(loss.detach())
        smoothed = value if step == 1 else 0.98 * smoothed + 0.02 * value
        if decay_from is None and (smoothed < recipe.stop_loss or step == recipe.max_steps):
            decay_from = step
        total = (decay_from or recipe.max_steps) + recipe.decay_steps
        progress(step, total, f"pre-training, loss {smoothed:.2f}")
    model.train(False)
    return model, Outcome(step, smoothed, time.monotonic() - started, smoothed < recipe.stop_loss)
