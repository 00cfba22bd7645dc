"""Where a base model lies on this machine, and loading it.

Owns the meaning of `model`: `tiny` (`tiny:2` is the one built from seed 2), a folder, or the id of a model (`org/name`,
`org/name@revision`) in the local Hugging Face cache or, where `CAID_MODELS` names a folder, fetched into that (hub/).
Never reaches the network otherwise.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caid_worker import VERSION, files
from caid_worker.errors import WorkerError

if TYPE_CHECKING:
    import torch

Progress = Callable[[int, int, str], None]

SUFFIXES = (".json", ".safetensors", ".txt", ".model")
PACKAGES = ("torch", "transformers", "trl", "peft", "datasets", "accelerate", "tokenizers")


@dataclass(frozen=True)
class Base:
    """A base model on this machine. `revision` changes when its files do."""

    id: str
    path: Path
    revision: str


def resolve(model: str, progress: Progress) -> Base:
    """Finds the model, building the embedded one where it is missing; WorkerError says how to get it."""
    kind, _, seed = model.partition(":")
    if kind == "tiny":
        from caid_worker import tiny

        if seed and not seed.isdecimal():
            raise WorkerError(f"the model {model}: a seed must be a whole number, as in tiny:2")
        path = tiny.ensure(progress=progress, seed=int(seed or 1))
    elif Path(model).is_dir():
        path = Path(model).absolute()
    elif root := os.environ.get("CAID_MODELS"):
        from caid_worker.hub import fetch

        path = fetch.ensure(Path(root), model, progress)
    else:
        path = _cached(model)
    if not (path / "config.json").is_file():
        raise WorkerError(f"the model {model}: {path} has no config.json, so it is no model folder")
    return Base(model, path, _revision(path))


def device() -> "torch.device":
    """The accelerator where there is one, else the CPU."""
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def load(base: Base) -> tuple[Any, Any]:
    """The model in evaluation mode on its device (bfloat16 on a GPU, else float32), and its tokenizer."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, logging

    logging.disable_progress_bar()
    where = device()
    dtype = torch.bfloat16 if where.type == "cuda" else torch.float32
    tokenizer = AutoTokenizer.from_pretrained(base.path, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(base.path, dtype=dtype, local_files_only=True)
    if tokenizer.eos_token_id is None:
        raise WorkerError(f"the model {base.id}: its tokenizer has no end-of-text token")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model.to(where).eval(), tokenizer


def provenance(base: Base) -> dict[str, Any]:
    """What the manifest says about how a result came to be. No times: the same work leaves the same manifest."""
    import torch

    where = device()
    return {
        "model": base.id,
        "revision": base.revision,
        "engine": "transformers",
        "dtype": "bfloat16" if where.type == "cuda" else "float32",
        "quantization": "none",
        "device": where.type,
        "gpu": torch.cuda.get_device_name(0) if where.type == "cuda" else None,
        "bit_exact": where.type == "cpu",
        "worker_version": VERSION,
        **versions(),
    }


def versions() -> dict[str, str]:
    """The installed versions of the libraries that results depend on."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _cached(model: str) -> Path:
    from huggingface_hub import snapshot_download

    name, _, revision = model.partition("@")
    try:
        return Path(snapshot_download(name, revision=revision or None, local_files_only=True))
    except Exception as error:
        raise WorkerError(
            f"the model {model} is neither `tiny`, a folder, nor in this machine's Hugging Face cache; "
            f"fetch it once with `hf download {name}` ({type(error).__name__})"
        ) from None


def _revision(path: Path) -> str:
    """A cached model's commit, else a hash over the folder: names, sizes, and the bytes of files under 64 MiB.

    How and when the tiny model was built is no part of what it is.
    """
    if path.parent.name == "snapshots":
        return path.name
    digest = hashlib.sha256()
    for file in sorted(p for p in path.iterdir() if p.suffix in SUFFIXES and p.name != "recipe.json"):
        size = file.stat().st_size
        digest.update(f"{file.name} {size} {files.sha256(file) if size < 1 << 26 else ''}\n".encode())
    return digest.hexdigest()[:12]
