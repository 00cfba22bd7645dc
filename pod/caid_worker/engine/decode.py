"""The batched decoding loop: left-padded prompts, one forward pass a token.

Owns which row has ended, and why.
Never lets a row depend on anything but its batch and its own random numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from caid_worker.engine import sampling


@dataclass
class Completion:
    """What followed a prompt. `tokens` counts every generated token, an end or stop token too."""

    text: str = ""
    finish: str = "length"
    stop_string: str | None = None
    tokens: int = 0
    ids: list[int] = field(default_factory=list, repr=False)


@dataclass(frozen=True)
class Sampling:
    """How to choose tokens, alike for a whole batch."""

    max_new_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()


def left_pad(prompts: Sequence[Sequence[int]], pad: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask, both [rows, longest]."""
    longest = max(map(len, prompts))
    ids = torch.full((len(prompts), longest), pad, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, longest - len(prompt) :] = torch.tensor(prompt, dtype=torch.long)
        mask[row, longest - len(prompt) :] = 1
    return ids.to(device), mask.to(device)


@torch.inference_mode()
def decode(
    model: Any,
    tokenizer: Any,
    ends: frozenset[int],
    prompts: Sequence[Sequence[int]],
    seeds: Sequence[int],
    how: Sampling,
    check: Callable[[], None],
) -> list[Completion]:
    """Completes the prompts together. `check` is called before every token and may raise to abandon the batch."""
    device = model.device
    ids, mask = left_pad(prompts, tokenizer.pad_token_id, device)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    mask = torch.cat([mask, mask.new_ones(len(prompts), how.max_new_tokens)], dim=1)
    greedy = how.temperature == 0
    random = None if greedy else torch.stack([sampling.uniforms(s, how.max_new_tokens) for s in seeds])
    rows = [Completion() for _ in prompts]
    open_rows = set(range(len(prompts)))
    # A byte is at least a part of a token, so a stop string of n bytes lies within the last n tokens.
    window = max((len(stop.encode()) for stop in how.stop), default=0)
    cache = None
    width = ids.shape[1]
    for step in range(how.max_new_tokens):
        check()
        out = model(
            input_ids=ids, attention_mask=mask[:, : width + step], position_ids=positions,
            past_key_values=cache, use_cache=True, logits_to_keep=1,
        )  # fmt: skip
        cache = out.past_key_values
        uniform = None if random is None else random[:, step]
        chosen = sampling.choose(out.logits[:, -1].float(), how.temperature, how.top_p, uniform)
        for row, token in enumerate(chosen.tolist()):
            if row in open_rows and _accept(rows[row], token, tokenizer, ends, how.stop, window):
                open_rows.remove(row)
        if not open_rows:
            break
        ids, positions = chosen.unsqueeze(-1), positions[:, -1:] + 1
    for row in open_rows:
        rows[row].text = _text(tokenizer, rows[row].ids)
    return rows


def _accept(
    row: Completion, token: int, tokenizer: Any, ends: frozenset[int], stops: Sequence[str], window: int
) -> bool:
    """Adds a token to its row; whether the row has ended."""
    row.tokens += 1
    if token in ends:
        row.finish, row.text = "eos", _text(tokenizer, row.ids)
        return True
    row.ids.append(token)
    if not window or sampling.find_stop(_text(tokenizer, row.ids[-window - 4 :]), stops) is None:
        return False
    text = _text(tokenizer, row.ids)
    found = sampling.find_stop(text, stops)
    if found is None:
        return False
    row.finish, row.stop_string, row.text = "stop", found[1], text[: found[0]]
    return True


def _text(tokenizer: Any, ids: Sequence[int]) -> str:
    """The plain text: special tokens stay, since a stop string may be one."""
    return str(tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))
