"""Builds one tiny model into a folder: tokenizer, pre-training, files.

Owns the order of the build and what `recipe.json` says about it.
Never decides where the folder lies, and never downloads.
"""

import platform
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from transformers.utils import logging

from caid_worker.tiny import corpus, tokenizer, world
from caid_worker.tiny.pretrain import Progress, Recipe, pretrain

PACKAGES = ("torch", "transformers", "tokenizers", "safetensors")


def build(into: Path, seed: int, progress: Progress, recipe: Recipe | None = None) -> dict[str, Any]:
    """Writes the model's files into `into` and returns what is to be recorded."""
    recipe = recipe or Recipe()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    progress(0, recipe.max_steps + recipe.decay_steps, "training the tokenizer")
    known = world.load()
    bpe = tokenizer.train(corpus.sentences(known))
    model, outcome = pretrain(known, bpe, recipe, seed, progress)
    model.save_pretrained(into)
    bpe.save_pretrained(into)
    return {
        "version": 1,
        "seed": seed,
        "recipe": asdict(recipe),
        "parameters": model.num_parameters(),
        "steps": outcome.steps,
        "loss": round(outcome.loss, 4),
        "reached_stop_loss": outcome.reached,
        "seconds": round(outcome.seconds, 1),
        "versions": {"python": platform.python_version()} | {name: metadata.version(name) for name in PACKAGES},
    }
