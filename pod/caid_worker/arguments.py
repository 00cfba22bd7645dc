"""The arguments of each kind of job, read strictly: a key that is unknown or of the wrong type fails with its name.

Owns the shapes, their defaults and their ranges.
Never ignores a key: `lora_rr: 3` must not train happily with another rank.
"""

import dataclasses
import difflib
import types
import typing
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from caid_worker.errors import WorkerError


@dataclass(frozen=True, kw_only=True)
class PreflightArguments:
    """`import_deadline_s`: seconds that importing torch may take."""

    import_deadline_s: float = 120.0
    model: str = "tiny"
    threads: int = 1

    def __post_init__(self) -> None:
        _above("import_deadline_s", self.import_deadline_s, 0)
        _above("threads", self.threads, 0)


@dataclass(frozen=True, kw_only=True)
class GenerateArguments:
    """`temperature` 0 is greedy; `adapters` maps a name to a folder relative to the job."""

    model: str
    kind: Literal["base", "instruct"]
    max_new_tokens: int
    adapters: dict[str, str] = field(default_factory=dict)
    temperature: float = 0.0
    top_p: float = 1.0
    stop: list[str] = field(default_factory=list)
    batch_size: int = 16
    seed: int = 1
    threads: int = 1

    def __post_init__(self) -> None:
        _above("max_new_tokens", self.max_new_tokens, 0)
        _above("batch_size", self.batch_size, 0)
        _above("threads", self.threads, 0)
        _check(self.temperature >= 0, "temperature", "must be 0 (greedy) or more")
        _check(0 < self.top_p <= 1, "top_p", "must be above 0 and at most 1")
        _check(all(self.stop), "stop", "an empty stop string would end every completion at once")


@dataclass(frozen=True, kw_only=True)
class ScoreArguments:
    """`adapters` maps a name to a folder relative to the job."""

    model: str
    adapters: dict[str, str] = field(default_factory=dict)
    batch_size: int = 16
    threads: int = 1

    def __post_init__(self) -> None:
        _above("batch_size", self.batch_size, 0)
        _above("threads", self.threads, 0)


@dataclass(frozen=True, kw_only=True)
class LoRAArguments:
    """Rank, scale numerator (the update is scaled by alpha / r) and dropout probability of the adapter."""

    r: int
    alpha: float
    dropout: float = 0.0

    def __post_init__(self) -> None:
        _above("lora.r", self.r, 0)
        _above("lora.alpha", self.alpha, 0)
        _check(0 <= self.dropout < 1, "lora.dropout", "must be at least 0 and below 1")


@dataclass(frozen=True, kw_only=True)
class TrainArguments:
    """`max_steps`, where given, counts instead of `epochs`. `sft_weight` adds the likelihood of the chosen answer to
    the DPO loss, which keeps the model from losing its end marker."""

    method: Literal["sft", "dpo"]
    model: str
    lr: float
    adapter: str | None = None
    lora: LoRAArguments | None = None
    epochs: float | None = None
    max_steps: int | None = None
    batch_size: int = 16
    micro_batch_size: int | None = None
    scheduler: Literal["linear", "cosine", "constant"] = "linear"
    warmup_ratio: float = 0.0
    beta: float | None = None
    sft_weight: float | None = None
    max_tokens: int = 1024
    seed: int = 1
    threads: int = 1

    def __post_init__(self) -> None:
        for name in ("lr", "epochs", "max_steps", "batch_size", "micro_batch_size", "max_tokens", "threads", "beta"):
            _above(name, getattr(self, name), 0)
        _check(self.epochs is not None or self.max_steps is not None, "epochs", "is missing, and max_steps too")
        _check(self.lora is not None or self.adapter is not None, "lora", "is missing; only `adapter` makes it optional")
        _check(0 <= self.warmup_ratio < 1, "warmup_ratio", "must be at least 0 and below 1")
        _check(self.batch_size % self.micro_batch == 0, "micro_batch_size", "must divide batch_size")
        for name in ("beta", "sft_weight"):
            _check(self.method == "dpo" or getattr(self, name) is None, name, "belongs to the method dpo alone")
        _check((self.sft_weight or 0) >= 0, "sft_weight", "must be 0 or more")

    @property
    def micro_batch(self) -> int:
        """Records in one forward pass."""
        return self.micro_batch_size or self.batch_size


@dataclass(frozen=True, kw_only=True)
class ScriptArguments:
    """`command` is what to run, word by word; `outputs` and `keep` are files or folders below the job's `work/`, the one
    collected at the end, the other copied into checkpoints. `grace_s`: seconds between SIGTERM and SIGKILL."""

    command: list[str]
    outputs: list[str]
    keep: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    timeout_s: float | None = None
    grace_s: float = 30.0

    def __post_init__(self) -> None:
        _check(bool(self.command) and bool(self.command[0]), "command", "is empty; it begins with a program")
        words = [*self.command, *self.env, *self.env.values()]
        _check(not any("\0" in word for word in words), "command", "and env must not hold the character 0")
        _check(all(name and "=" not in name for name in self.env), "env", "has an empty name, or one with `=`")
        _above("timeout_s", self.timeout_s, 0)
        _check(self.grace_s >= 0, "grace_s", "must be 0 or more")


Shape = TypeVar("Shape")


def parse(shape: type[Shape], values: dict[str, Any], where: str = "arguments") -> Shape:
    """Reads `values` into the dataclass `shape`; WorkerError names the key that is wrong."""
    hints = typing.get_type_hints(shape)
    for key in values:
        if key not in hints:
            near = difflib.get_close_matches(str(key), hints, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(hints)}"
            raise WorkerError(f"{where}.{key} is unknown; {hint}")
    for spec in dataclasses.fields(shape):  # type: ignore[arg-type]
        optional = spec.default is not dataclasses.MISSING or spec.default_factory is not dataclasses.MISSING
        if spec.name not in values and not optional:
            raise WorkerError(f"{where}.{spec.name} is missing")
    read = {key: _value(hints[key], value, f"{where}.{key}") for key, value in values.items()}
    return shape(**read)


def _value(hint: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin is types.UnionType:
        if value is None:
            return None
        return _value(next(h for h in typing.get_args(hint) if h is not type(None)), value, where)
    if origin is Literal:
        if value not in typing.get_args(hint):
            raise WorkerError(f"{where} is {value!r}; known: {', '.join(typing.get_args(hint))}")
        return value
    if origin is list and isinstance(value, list):
        return [_value(typing.get_args(hint)[0], v, f"{where}[{i}]") for i, v in enumerate(value)]
    if origin is dict and isinstance(value, dict):
        return {k: _value(typing.get_args(hint)[1], v, f"{where}.{k}") for k, v in value.items()}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
        return parse(hint, value, where)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is int and isinstance(value, float) and value.is_integer():
        # Encoders that know one number type write 3 as 3.0.
        return int(value)
    if hint in (int, float, str) and isinstance(value, hint) and not isinstance(value, bool):
        return value
    wanted = {list: "a list", dict: "an object", int: "a whole number", float: "a number", str: "a string"}
    raise WorkerError(f"{where} is {value!r}; it must be {wanted.get(origin or hint, 'an object')}")


def _check(holds: bool, name: str, words: str) -> None:
    if not holds:
        raise WorkerError(f"arguments.{name} {words}")


def _above(name: str, value: float | None, bound: float) -> None:
    _check(value is None or value > bound, name, f"must be above {bound}")
