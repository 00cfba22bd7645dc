"""Keeping a training and a generation at work for as long as disturbances come.

Owns the tasks.
Never has more than one of each waiting or at work.
"""

from chaos.workspace import Workspace


def training(lr: str, epochs: int) -> str:
    """A header; all trainings use the same data."""
    sft = f"{{lora: {{r: 16, alpha: 32, dropout: 0.05}}, lr: {lr}, epochs: {epochs}, batch_size: 16, "
    sft += "micro_batch_size: 16, scheduler: cosine, warmup_ratio: 0.03, max_tokens: 128}"
    return f"pipeline: stage1\nuntil: train_sft\nwith: {{n: 100, control: false, sft: {sft}}}\n"


def generation(seed: int) -> str:
    """A header; each asks the model other questions."""
    return f"pipeline: stage1\nuntil: baseline\nwith: {{n: 300, seed: {seed}, batch_size: 8}}\n"


class Supply:
    """Drops the next one of each as soon as the one before is completed."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.dropped: list[tuple[str, str, str]] = []

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self.dropped]

    def feed(self) -> None:
        completed = set(self.workspace.tasks("completed"))
        for kind in ("train", "generate"):
            own = [name for name in self.names if f"_{kind}_" in name]
            if set(own) <= completed:
                self._drop(kind, len(own) + 1)

    def _drop(self, kind: str, number: int) -> None:
        if kind == "train":
            # Another learning rate, so that it is another training.
            header = training(lr=f"{0.002 - number * 0.00001:.5f}", epochs=18)
        else:
            header = generation(seed=10 + number)
        task = (f"20261121_P1_{kind}_{number}.md", header, f"{kind.capitalize()} {number}")
        self.workspace.drop(*task)
        self.dropped.append(task)
