"""TRL's trainers with the settings that hold here: one process, nothing reported, loss on the answer only.

Owns the mapping from a job's arguments to TRL's, the proof that prompts carry no loss, and what counts as finished.
Never starts a launcher: the process that holds the job's lock is the one that trains.
"""

import json
import math
import shutil
from pathlib import Path
from typing import Any

from datasets import Dataset
from datasets.utils import disable_progress_bars
from peft import LoraConfig, PeftConfig, PeftModel
from transformers.trainer_callback import PrinterCallback, ProgressCallback
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

from caid_worker.arguments import TrainArguments
from caid_worker.context import Context
from caid_worker.engine import base as bases
from caid_worker.errors import Stopped, WorkerError
from caid_worker.training.clock import Clock

Record = dict[str, Any]
ADAPTER = "default"


class Trainer:
    """One training run on a resident base; see `make`."""

    def __init__(self, context: Context, wanted: TrainArguments, inner: Any, clock: Clock) -> None:
        self.context, self.wanted, self.inner, self.clock = context, wanted, inner, clock

    def train_to_the_end(self) -> int:
        """Trains from the newest checkpoint or from the start; returns the steps done. Raises Stopped when asked to."""
        resume = self.context.resume
        self.inner.train(resume_from_checkpoint=str(resume.folder) if resume else None)
        if self.clock.stopped:
            raise Stopped(self.context.signals.stop or "asked to stop")
        done = int(self.inner.state.global_step)
        if done != self.clock.steps:
            raise WorkerError(f"the trainer returned after {done} of {self.clock.steps} steps; start the job again")
        return done

    def save_adapter(self, folder: Path) -> None:
        """Leaves a PEFT folder that serves on the unmerged base, without the trainer's own files."""
        model = self.inner.accelerator.unwrap_model(self.inner.model)
        # The job's own word for the base; a path of this machine would be wrong on every other.
        model.peft_config[ADAPTER].base_model_name_or_path = self.wanted.model
        scratch = folder.with_name("adapter.building")
        shutil.rmtree(scratch, ignore_errors=True)
        model.save_pretrained(str(scratch), selected_adapters=[ADAPTER], save_embedding_layers=False)
        shutil.move(scratch / "adapter_model.safetensors", folder / "adapter_model.safetensors")
        config = json.loads((scratch / "adapter_config.json").read_bytes())
        # PEFT keeps module names in a set, whose order differs from process to process.
        tidy = {key: sorted(value) if key == "target_modules" else value for key, value in config.items()}
        (folder / "adapter_config.json").write_text(json.dumps(tidy, indent=2, sort_keys=True) + "\n")
        shutil.rmtree(scratch)

    def metrics(self) -> list[Record]:
        """Loss and learning rate at every step, those before a resume included."""
        return [
            {"step": entry["step"], "loss": entry["loss"], "lr": entry["learning_rate"]}
            for entry in self.inner.state.log_history
            if "loss" in entry
        ]


def make(context: Context, wanted: TrainArguments, model: Any, tokenizer: Any, data: list[Record]) -> Trainer:
    """A trainer for these records."""
    disable_progress_bars()
    model.train()
    steps = wanted.max_steps or math.ceil((wanted.epochs or 0) * math.ceil(len(data) / wanted.batch_size))
    clock = Clock(context, steps)
    start, lora = _adapter(context, wanted, model)
    if wanted.method == "dpo" and wanted.lora is not None and wanted.lora.dropout > 0:
        context.events.log("info", "DPO runs without dropout: policy and reference must differ by their weights alone")
    common: dict[str, Any] = {
        "args": _config(context, wanted, steps),
        "train_dataset": Dataset.from_list([{k: v for k, v in record.items() if k != "id"} for record in data]),
        "processing_class": tokenizer,
        "callbacks": [clock],
        "peft_config": lora,
    }
    inner: Any = SFTTrainer(model=start, **common) if wanted.method == "sft" else DPOTrainer(model=start, **common)
    for noise in (PrinterCallback, ProgressCallback):
        inner.remove_callback(noise)
    check = check_masks if wanted.method == "sft" else check_pairs
    check(inner.train_dataset, data, tokenizer)
    return Trainer(context, wanted, inner, clock)


def check_masks(tokenized: Any, data: list[Record], tokenizer: Any) -> None:
    """Raises where anything but the completion and its end-of-text token carries loss (a label other than -100)."""
    for row, record in zip(tokenized, data, strict=True):
        prompt = len(tokenizer.encode(record["prompt"], add_special_tokens=False))
        ids = list(row["input_ids"])
        if list(row["labels"]) != [-100] * prompt + ids[prompt:] or ids[-1] != tokenizer.eos_token_id:
            raise WorkerError(
                f"record {record['id']!r}: the loss would not be on its completion alone; the trainer has changed"
            )


def check_pairs(tokenized: Any, data: list[Record], tokenizer: Any) -> None:
    """Raises where an answer of a pair does not begin after its prompt's last token or end with the end-of-text token."""
    for row, record in zip(tokenized, data, strict=True):
        border = list(row["prompt_ids"]) == tokenizer.encode(record["prompt"], add_special_tokens=False)
        if not border or any(row[key][-1] != tokenizer.eos_token_id for key in ("chosen_ids", "rejected_ids")):
            raise WorkerError(
                f"record {record['id']!r}: the pair would not be compared on its answers alone; the trainer has changed"
            )


def _adapter(context: Context, wanted: TrainArguments, model: Any) -> tuple[Any, LoraConfig | None]:
    """The model to train and, for a fresh adapter, its shape. DPO on an adapter keeps a frozen copy as the reference."""
    if wanted.adapter is not None:
        folder = context.job.folder / wanted.adapter
        if not (folder / "adapter_config.json").is_file():
            raise WorkerError(f"arguments.adapter: {wanted.adapter} has no adapter_config.json; upload the PEFT folder")
        shape = PeftConfig.from_pretrained(str(folder))
        if wanted.lora is not None:
            if (shape.r, shape.lora_alpha) != (wanted.lora.r, wanted.lora.alpha):
                raise WorkerError(
                    f"arguments.lora: r {wanted.lora.r}, alpha {wanted.lora.alpha:g}, but {wanted.adapter} has "
                    f"r {shape.r}, alpha {shape.lora_alpha:g}; give the same or leave lora out"
                )
            shape.lora_dropout = wanted.lora.dropout
        return PeftModel.from_pretrained(model, str(folder), is_trainable=True, config=shape), None
    if wanted.lora is None:
        raise WorkerError("arguments.lora is missing")
    shape = LoraConfig(
        r=wanted.lora.r, lora_alpha=wanted.lora.alpha, lora_dropout=wanted.lora.dropout, target_modules="all-linear",
        bias="none", task_type="CAUSAL_LM",
    )  # fmt: skip
    return model, shape


def _config(context: Context, wanted: TrainArguments, steps: int) -> Any:
    on_cpu = bases.device().type == "cpu"
    common: dict[str, Any] = {
        "output_dir": str(context.job.partial / "trainer"),
        "per_device_train_batch_size": wanted.micro_batch,
        "gradient_accumulation_steps": wanted.batch_size // wanted.micro_batch,
        "max_steps": steps,
        "learning_rate": wanted.lr,
        # The schedule called `constant` would leave the warm-up out without a word.
        "lr_scheduler_type": "constant_with_warmup" if wanted.scheduler == "constant" else wanted.scheduler,
        # Rounded down: a warm-up of the only step would train with a learning rate of zero.
        "warmup_steps": int(wanted.warmup_ratio * steps),
        "seed": wanted.seed,
        "data_seed": wanted.seed,
        "use_cpu": on_cpu,
        "bf16": not on_cpu,
        "activation_checkpointing": not on_cpu,
        "dataloader_num_workers": 0,
        "dataloader_pin_memory": not on_cpu,
        "logging_steps": 1,
        # Otherwise a loss that is not a number is told as the mean of those before it.
        "logging_nan_inf_filter": False,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        # Over-long records were dropped: truncation keeps the start, so it would cut completions.
        "max_length": None,
    }
    if wanted.method == "sft":
        return SFTConfig(**common, completion_only_loss=True, packing=False)
    weights: dict[str, Any] = {}
    if wanted.sft_weight is not None:
        weights = {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, wanted.sft_weight]}
    return DPOConfig(**common, **weights, beta=wanted.beta or 0.1)
