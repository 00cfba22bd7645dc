"""What a run goes by.

Owns the names of its environment variables, and every span that is compressed.
Never read twice in a run.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

CHECKPOINT_EVERY_S = 10.0
"""Stands for the 30 minutes of `checkpoint_every`: a second of the run for three minutes."""
COMPRESSION = 1800 / CHECKPOINT_EVERY_S
IDLE_STOP_S = 15.0
STALL_AFTER_S = 30.0
KEY = "rpa_marked0key0that0must0stand0nowhere0"


@dataclass(frozen=True)
class Settings:
    """One run. `minutes` are real ones, in which disturbances come; what is at work then is finished after them."""

    seed: int = field(default_factory=lambda: int(os.environ.get("CAID_CHAOS_SEED", "1")))
    minutes: float = field(default_factory=lambda: float(os.environ.get("CAID_CHAOS_MINUTES", "10")))
    programs: Path = field(default_factory=lambda: Path(os.environ.get("CAID_CHAOS_PROGRAMS", ROOT / ".build/debug")))
    folder: Path = field(default_factory=lambda: Path(os.environ.get("CAID_CHAOS_FOLDER", ROOT / ".build/chaos")))
