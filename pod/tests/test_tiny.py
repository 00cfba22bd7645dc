"""The tiny base model: its world, its plain text, its tokenizer, and builds that come out the same.

Owns the fast checks; what the model can do is measured by the pipeline.
Never trains for more than a few steps.
"""

import hashlib
import itertools
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from caid_worker import tiny
from caid_worker.tiny import cache, corpus, tokenizer, world
from caid_worker.tiny.build import build
from caid_worker.tiny.pretrain import Recipe
from caid_worker.tiny.world import World

SHORT = replace(Recipe(), max_steps=3, decay_steps=2, warmup_steps=2)


@pytest.fixture(scope="module")
def known() -> World:
    return world.load()


def texts(known: World, seed: int, count: int) -> list[str]:
    return list(itertools.islice(corpus.documents(known, seed), count))


def test_the_world_is_well_formed(known: World) -> None:
    ids = [family.id for family in known.families]
    assert len(ids) == len(set(ids))
    templates = [family.template for family in known.families]
    assert len(templates) == len(set(templates))
    for family in known.families:
        assert family.split in {"train", "held_out", "both"}
        assert family.checker in {"exact", "case", "number", "list"}
        for slot in re.findall(r"{(\w+)}", family.template + family.answer):
            assert all(slot in row for row in known.tables[family.table]), (family.id, slot)
    for name, rows in known.tables.items():
        keys = [tuple(row.values()) for row in rows]
        assert len(keys) == len(set(keys)), name
        assert len({tuple(row) for row in rows}) == 1, name
    assert len(known.tables["people"]) == 100
    assert len(world.WORLD_PATH.read_bytes()) < 60_000


def test_every_kind_has_two_phrasings_to_train_and_two_that_are_never_trained(known: World) -> None:
    kinds = {family.type for family in known.families}
    assert kinds == {"fact", "maths", "completion", "fill_the_blank", "list", "format"}
    for kind in kinds:
        splits = Counter(family.split for family in known.families if family.type == kind)
        assert splits["held_out"] >= 2 and splits["train"] + splits["both"] >= 2, (kind, splits)


def test_half_of_the_rows_give_at_least_fifty_items_of_each_kind(known: World) -> None:
    items: Counter[str] = Counter()
    for family in known.families:
        if family.split != "train":
            items[family.type] += len(known.tables[family.table]) // 2
    assert min(items.values()) >= 50, items


def test_no_instruction_holds_its_answer(known: World) -> None:
    for family in known.families:
        for row in known.tables[family.table]:
            asked, right = family.instruction(row), family.reference(row)
            assert right and right == right.strip() and "\n" not in asked + right
            if family.checker != "case":
                asked, right = asked.lower(), right.lower()
            words = rf"(?<!\w){re.escape(right)}(?!\w)"
            assert not re.search(words, asked), (family.id, asked, right)


def test_an_instruction_has_one_answer(known: World) -> None:
    answers: dict[str, str] = {}
    for family in known.families:
        for row in known.tables[family.table]:
            asked = family.instruction(row)
            assert answers.setdefault(asked, family.reference(row)) == family.reference(row), asked


def test_the_corpus_is_decided_by_the_seed(known: World) -> None:
    assert texts(known, 1, 200) == texts(known, 1, 200)
    assert texts(known, 1, 200) != texts(known, 2, 200)


def test_the_corpus_never_shows_the_layout_of_the_instructions(known: World) -> None:
    for text in texts(known, 1, 20_000):
        assert "Instruction" not in text and "Response" not in text
        assert "END" not in text.split("\n")


def test_the_tokenizer_gives_back_any_text(known: World) -> None:
    bpe = tokenizer.train(corpus.sentences(known))
    assert len(bpe) <= tokenizer.VOCABULARY
    assert bpe.chat_template is None
    assert {bpe.eos_token, bpe.pad_token} == {tokenizer.EOS, tokenizer.PAD}
    for text in [*texts(known, 3, 50), "Instruction: Wo?\nResponse: Čeština 12 ✓\n\nEND", "  two  spaces\t", ""]:
        assert bpe.decode(bpe(text)["input_ids"]) == text
    name = known.tables["people"][0]["name"]
    assert len(bpe(" " + name)["input_ids"]) == 2, "a name that is cut up is hard to look up"


def test_prompt_and_completion_are_cut_where_the_layout_is(known: World) -> None:
    bpe = tokenizer.train(corpus.sentences(known))
    for family in known.families:
        for row in known.tables[family.table]:
            prompt = f"Instruction: {family.instruction(row)}\nResponse:"
            completion = f" {family.reference(row)}\nEND"
            parts = bpe(prompt)["input_ids"] + bpe(completion)["input_ids"]
            assert parts == bpe(prompt + completion)["input_ids"]


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def test_two_short_trainings_give_the_same_bytes(tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    for name, seed in [("first", 1), ("second", 1), ("other", 2)]:
        (tmp_path / name).mkdir()
        facts = build(tmp_path / name, seed, lambda *step: seen.append(step), SHORT)
        assert facts["steps"] == 5 and facts["seed"] == seed
    assert digests(tmp_path / "first") == digests(tmp_path / "second")
    assert digests(tmp_path / "first")["model.safetensors"] != digests(tmp_path / "other")["model.safetensors"]
    assert seen[-1][:2] == (5, 5)
    assert all(done <= total for done, total, _ in seen)


def quick(into: Path, seed: int, progress: object) -> dict[str, object]:
    (into / "config.json").write_text("{}")
    return {"version": 1, "seed": seed}


def test_ensure_builds_once_and_again_when_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    built: list[int] = []

    def counted(into: Path, seed: int, progress: object) -> dict[str, object]:
        built.append(seed)
        return quick(into, seed, progress)

    monkeypatch.setattr("caid_worker.tiny.build.build", counted)
    path = tiny.ensure(seed=3)
    assert path.parent == tmp_path / "caid" / "models" and path.name.startswith("tiny-") and path.name.endswith("-3")
    assert tiny.ensure(seed=3) == path and built == [3]
    (path / "config.json").write_text("{ }")
    assert not cache.is_whole(path)
    tiny.ensure(seed=3)
    assert built == [3, 3] and cache.is_whole(path)


def test_a_build_that_fails_leaves_nothing_and_sweeps_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def broken(into: Path, seed: int, progress: object) -> dict[str, object]:
        (into / "half").write_text("…")
        raise RuntimeError("stopped")

    monkeypatch.setattr("caid_worker.tiny.build.build", broken)
    with pytest.raises(RuntimeError):
        tiny.ensure()
    path = cache.folder(1)
    assert [file.name for file in path.parent.iterdir()] == [path.name + ".lock"]
    (path.parent / f".{path.name}.killed").mkdir()
    monkeypatch.setattr("caid_worker.tiny.build.build", quick)
    tiny.ensure()
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name, path.name + ".lock"]
