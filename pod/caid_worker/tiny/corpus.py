"""The plain text that the tiny model is pre-trained on: prose, sheets of questions, and labelled pages.

Owns what the base gets to read.
Never writes the layout `Instruction: … Response: … END`; that is what fine-tuning teaches.
"""

import random
from collections.abc import Iterator

from caid_worker.tiny.world import Family, Row, World

PROSE, SHEET = 0.40, 0.10  # the rest of the documents are labelled pages
ANSWERED = 0.40  # labelled pages whose second lines answer the first; the others hold small talk
ANSWERED_ENTRIES, TALK_ENTRIES = (5, 7), (1, 2)
INVENTED_LABELS = 0.3
PROSE_WEIGHTS = {"people": 4, "sums": 2, "words": 2}
WEIGHTS = {"fact": 4, "maths": 3, "fill_the_blank": 3, "format": 2}  # what is harder to learn comes up more often
BOOKISH_IN_LETTERS, OTHERS_IN_BOOKS = 0.05, 0.25  # how often a phrasing turns up where it does not belong
ONE_TABLE = 0.6  # pages that stay with one kind of question, as exercise books do

SYLLABLES = "ba bel cor da del fen gar hol in jor ka lem mor nu or pel qua rin sto ta ul ver wan xi yo zen".split()


def sentences(world: World) -> Iterator[str]:
    """Every statement and every question once: what the tokenizer learns its words from."""
    for table, rows in world.tables.items():
        templates = [t for group in world.prose[table] for t in group]
        templates += [f.template for f in world.families if f.table == table]
        templates += sorted({f.answer for f in world.families if f.table == table})
        for row in rows:
            yield from (" " + template.format(**row) for template in templates)
    yield from world.replies


def documents(world: World, seed: int) -> Iterator[str]:
    """Endless documents; the same `world` and `seed` give the same documents."""
    rng = random.Random(f"corpus {seed}")
    by_type: dict[str, list[Family]] = {}
    for family in world.families:
        by_type.setdefault(family.type, []).append(family)
    tables = list(world.prose)
    weights = [PROSE_WEIGHTS.get(table, 1) for table in tables]
    while True:
        kind = rng.random()
        if kind < PROSE:
            table = rng.choices(tables, weights)[0]
            yield _prose(world, table, rng)
        elif kind < PROSE + SHEET:
            yield _sheet(world, by_type, rng)
        else:
            yield _page(world, by_type, rng)


def _prose(world: World, table: str, rng: random.Random) -> str:
    """A paragraph; about two people, or a handful of rows of another table."""
    groups = world.prose[table]
    rows = rng.sample(world.tables[table], 2 if len(groups) > 1 else 4)
    sentences = [rng.choice(group).format(**row) for row in rows for group in rng.sample(groups, len(groups))]
    return " ".join(sentences)


def _questions(
    world: World, by_type: dict[str, list[Family]], n: int, answered: bool | None, rng: random.Random
) -> list[tuple[Family, Row]]:
    """`n` questions for an exercise book with answers, for letters that answer nothing, or (None) for a bare sheet."""
    types = rng.choices(list(by_type), [WEIGHTS.get(t, 1) for t in by_type], k=n)
    if rng.random() < ONE_TABLE:
        types = types[:1] * n

    def weight(family: Family) -> float:
        if answered is None or answered == (family.id in world.bookish):
            return 1
        return OTHERS_IN_BOOKS if answered else BOOKISH_IN_LETTERS

    picked = [rng.choices(by_type[t], [weight(family) for family in by_type[t]])[0] for t in types]
    return [(family, rng.choice(world.tables[family.table])) for family in picked]


def _sheet(world: World, by_type: dict[str, list[Family]], rng: random.Random) -> str:
    """Questions without answers, one after the other, as at the end of a chapter."""
    return " ".join(family.instruction(row) for family, row in _questions(world, by_type, 3, None, rng))


def _label(world: World, rng: random.Random) -> str:
    if rng.random() < INVENTED_LABELS:
        return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 3))).capitalize()
    return rng.choice(world.labels)


def _closer(world: World, rng: random.Random) -> str | None:
    kind = rng.random()
    if kind < 0.3:
        return None
    if kind < 0.6:
        return rng.choice(world.closers)
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(1, 2))).upper()


def _page(world: World, by_type: dict[str, list[Family]], rng: random.Random) -> str:
    """Labelled pairs of lines: an exercise book with answers, or letters with replies that answer nothing."""
    first, second, closer = _label(world, rng), _label(world, rng), _closer(world, rng)
    answered = rng.random() < ANSWERED
    entries = []
    length = rng.randint(*(ANSWERED_ENTRIES if answered else TALK_ENTRIES))
    for family, row in _questions(world, by_type, length, answered, rng):
        said = family.reference(row) if answered else rng.choice(world.replies)
        lines = [f"{first}: {family.instruction(row)}", f"{second}: {said}"] + ([closer] if closer else [])
        entries.append("\n".join(lines))
    return ("\n\n" if rng.random() < 0.5 else "\n").join(entries)
