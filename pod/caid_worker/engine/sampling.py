"""Choosing the next token, and where a completion ends.

Owns temperature, nucleus (top-p) sampling from one uniform number a token, and stop strings.
Never keeps state between batches.
"""

import hashlib
from collections.abc import Sequence

import torch


def request_seed(seed: int, request: str) -> int:
    """The seed of a request that brings none: a hash of the job's seed and the request's id, 63 bits."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{request}".encode()).digest()[:8], "big") >> 1


def uniforms(seed: int, count: int) -> torch.Tensor:
    """`count` numbers in [0, 1) that depend on the seed alone: neighbours in the batch change nothing."""
    generator = torch.Generator().manual_seed(seed & ((1 << 63) - 1))
    return torch.rand(count, generator=generator, dtype=torch.float64)


def choose(logits: torch.Tensor, temperature: float, top_p: float, uniform: torch.Tensor | None) -> torch.Tensor:
    """One token a row from `logits` [rows, vocabulary]; greedy where `uniform` [rows] is None.

    Inverse transform sampling over the smallest set of most likely tokens whose probability reaches `top_p`
    (Holtzman et al. 2020, nucleus sampling).
    """
    if uniform is None:
        return logits.argmax(dim=-1)
    probabilities = torch.softmax(logits.double() / temperature, dim=-1)
    ordered, tokens = probabilities.sort(dim=-1, descending=True, stable=True)
    before = ordered.cumsum(dim=-1) - ordered
    cumulative = ordered.masked_fill(before >= top_p, 0.0).cumsum(dim=-1)
    target = uniform.to(logits.device).unsqueeze(-1) * cumulative[:, -1:]
    rank = (cumulative <= target).sum(dim=-1, keepdim=True).clamp(max=logits.shape[-1] - 1)
    return tokens.gather(-1, rank).squeeze(-1)


def find_stop(text: str, stops: Sequence[str]) -> tuple[int, str] | None:
    """Where the first stop string begins, and which it is."""
    found = [(text.find(stop), number, stop) for number, stop in enumerate(stops) if stop in text]
    if not found:
        return None
    position, _, stop = min(found)
    return position, stop
