"""Reads world.json: the invented people, sums, sayings, places and words that the tiny model is about.

Owns the file's types and the filling of templates.
Never splits rows, judges answers or draws at random.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WORLD_PATH = Path(__file__).with_name("world.json")

Row = dict[str, str]


@dataclass(frozen=True)
class Family:
    """One phrasing of one kind of instruction over one table."""

    id: str
    type: str
    table: str
    template: str
    answer: str
    checker: str
    split: str

    def instruction(self, row: Row) -> str:
        """The instruction for `row`."""
        return self.template.format(**row)

    def reference(self, row: Row) -> str:
        """The right answer for `row`."""
        return self.answer.format(**row)


@dataclass(frozen=True)
class World:
    """Everything the corpus is made from."""

    tables: dict[str, list[Row]]
    families: list[Family]
    prose: dict[str, list[list[str]]]
    bookish: set[str]  # ids of families whose phrasing belongs to exercise books rather than to letters
    replies: list[str]
    labels: list[str]
    closers: list[str]


def load(path: Path = WORLD_PATH) -> World:
    """The world at `path`; raises ValueError for a version this code does not know."""
    raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if raw.get("version") != 1:
        raise ValueError(f"{path}: version {raw.get('version')!r} is unknown; this worker reads version 1")
    corpus = raw["corpus"]
    return World(
        tables=raw["tables"],
        families=[Family(**family) for family in raw["families"]],
        prose=corpus["prose"],
        bookish=set(corpus["bookish"]),
        replies=corpus["replies"],
        labels=corpus["labels"],
        closers=corpus["closers"],
    )
