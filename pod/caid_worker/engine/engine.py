"""One base model with its adapters, ready to generate and to score.

Owns which adapter is active for a batch.
Never mixes adapters within a batch.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from caid_worker.engine.base import Base, load
from caid_worker.engine.decode import Completion, Sampling, decode, left_pad
from caid_worker.errors import WorkerError


class Engine:
    """The resident model. `adapters` maps a name to a PEFT folder."""

    def __init__(self, base: Base, adapters: Mapping[str, Path]) -> None:
        self.model, self.tokenizer = load(base)
        # PEFT builds module names from adapter names, in which a dot would be a level of its own.
        self._inner = {name: f"adapter_{number}" for number, name in enumerate(adapters)}
        for name, folder in adapters.items():
            self._attach(name, folder)
        self.model.eval()
        config = self.model.config.get_text_config()
        self.longest: int | None = getattr(config, "max_position_embeddings", None)
        ends = self.model.generation_config.eos_token_id
        self.ends = frozenset([self.tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])]) - {None}

    def encode(self, text: str) -> list[int]:
        """The tokens of the text as it stands: no template, no special tokens."""
        return list(self.tokenizer.encode(text, add_special_tokens=False))

    def render(self, messages: list[dict[str, str]]) -> str:
        """The conversation in the model's own chat template, up to where its answer begins."""
        if self.tokenizer.chat_template is None:
            raise WorkerError("the model has no chat template; send prompts and kind base")
        return str(self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))

    def check_length(self, request: str, tokens: int, room: int) -> None:
        """Raises a WorkerError for a request that is empty or does not fit; nothing is ever truncated."""
        if tokens == 0:
            raise WorkerError(f"request {request!r}: the prompt is empty")
        if self.longest is not None and tokens + room > self.longest:
            raise WorkerError(
                f"request {request!r}: {tokens} + {room} tokens are more than the model's {self.longest}; "
                "shorten the prompt or ask for fewer new tokens"
            )

    def generate(
        self, prompts: Sequence[Sequence[int]], seeds: Sequence[int], adapter: str | None, how: Sampling,
        check: Callable[[], None],
    ) -> list[Completion]:  # fmt: skip
        """Completes the prompts in one batch under one adapter (None: the bare base)."""
        with self._under(adapter):
            return decode(self.model, self.tokenizer, self.ends, prompts, seeds, how, check)

    @torch.inference_mode()
    def score(self, pairs: Sequence[tuple[list[int], list[int]]], adapter: str | None) -> list[list[float]]:
        """Log-probabilities in nats of each continuation's tokens after its prompt, in one batch."""
        longest = max(len(continuation) for _, continuation in pairs)
        ids, mask = left_pad([prompt + continuation for prompt, continuation in pairs],
                             self.tokenizer.pad_token_id, self.model.device)  # fmt: skip
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        with self._under(adapter):
            out = self.model(input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=False,
                             logits_to_keep=longest + 1)  # fmt: skip
        # The logits at a position speak of the next token, so the last position's are not needed.
        logprobs = torch.log_softmax(out.logits[:, :-1].float(), dim=-1)
        targets = ids[:, ids.shape[1] - logprobs.shape[1] :]
        picked = logprobs.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
        return [row[-len(c) :].tolist() for row, (_, c) in zip(picked, pairs, strict=True)]

    def _attach(self, name: str, folder: Path) -> None:
        from peft import PeftModel

        if not (folder / "adapter_config.json").is_file():
            raise WorkerError(f"the adapter {name!r}: {folder} has no adapter_config.json")
        inner = self._inner[name]
        if isinstance(self.model, PeftModel):
            self.model.load_adapter(str(folder), inner)
        else:
            self.model = PeftModel.from_pretrained(self.model, str(folder), adapter_name=inner)

    @contextlib.contextmanager
    def _under(self, adapter: str | None) -> Iterator[None]:
        if adapter is not None:
            self.model.set_adapter(self._inner[adapter])
            yield
        elif self._inner:
            with self.model.disable_adapter():
                yield
        else:
            yield
