"""The callback that makes a trainer's run resumable: it saves at a step's end when the clock or a signal asks.

Owns the step-end decision, the hand-over of the trainer's own checkpoint to the job's, and the progress it tells.
Never stops in the middle of a step.
"""

import math
import os
import time
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from caid_worker.context import Context
from caid_worker.errors import WorkerError

SHARE_OF_INTERVAL = 0.1


class Clock(TrainerCallback):  # type: ignore[misc]
    """Saves and stops on request. `stopped` tells whether training ended before its last step."""

    def __init__(self, context: Context, steps: int) -> None:
        self.context, self.steps = context, steps
        self.stopped = False
        self._step_began = time.monotonic()
        self._step_s = 0.0
        self._began: tuple[float, int] | None = None
        self._warned = False

    def on_step_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Remembers when the step began, and when the first one of this attempt did."""
        self._step_began = time.monotonic()
        if self._began is None:
            self._began = (self._step_began, state.global_step)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Asks the trainer to save where the clock, SIGUSR1 or SIGTERM does; the last step's state is the result."""
        self._step_s = time.monotonic() - self._step_began
        if state.global_step >= self.steps:
            return
        stop = self.context.signals.stop is not None
        if stop or self.context.checkpoint_due(lead_s=self._step_s):
            control.should_save = True
        if stop:
            control.should_training_stop = True
            self.stopped = True

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Takes what the trainer saved into the job's checkpoint: sealed, manifest last, visible by rename."""
        saved = Path(args.output_dir) / f"checkpoint-{state.global_step}"

        def fill(folder: Path) -> None:
            for path in saved.iterdir():
                os.rename(path, folder / path.name)
            saved.rmdir()

        took = self.context.save_checkpoint(fill, state.global_step, {"unit": "steps"})
        limit = SHARE_OF_INTERVAL * self.context.job.checkpoint_every_s
        if took + self._step_s > limit and not self._warned:
            self._warned = True
            self.context.events.log(
                "warning",
                f"a step and its checkpoint take {took + self._step_s:.1f} s, more than a tenth of the interval; "
                "make checkpoint_every longer",
            )

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:  # fmt: skip
        """Tells how far training is. A loss that is not a number ends it, before such a state can become a checkpoint."""
        if self._began is None or not logs or "loss" not in logs:
            return
        if not math.isfinite(logs["loss"]):
            raise WorkerError(
                f"the loss is {logs['loss']} at step {state.global_step}; lower lr or look at the data around that step"
            )
        began, first = self._began
        done = state.global_step
        eta = (time.monotonic() - began) / max(1, done - first) * (self.steps - done)
        self.context.events.progress(
            done, self.steps, "steps", "training", loss=round(float(logs["loss"]), 4), eta_s=round(eta, 1)
        )
