"""Resumable batches: cut from the full list, done whole or not at all, put in input order at the end.

Owns `partial/results.jsonl` and the checkpoints of generate and score.
Never computes a result. A different batch would pad differently and change floats, so an unfinished one is redone whole.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from caid_worker import files
from caid_worker.context import Context
from caid_worker.errors import Stopped

Result = dict[str, Any]
FILE = "results.jsonl"


def plan(groups: Sequence[str | None], lengths: Sequence[int], size: int) -> list[list[int]]:
    """Positions in batches: one adapter a batch, similar lengths together (the longest first), order as a tie-break."""
    order: dict[str | None, list[int]] = {}
    for position, group in enumerate(groups):
        order.setdefault(group, []).append(position)
    batches: list[list[int]] = []
    for positions in order.values():
        positions.sort(key=lambda p: (-lengths[p], p))
        batches += [positions[start : start + size] for start in range(0, len(positions), size)]
    return batches


def run(
    context: Context,
    batches: list[list[int]],
    ids: Sequence[str],
    compute: Callable[[list[int]], list[Result]],
    phase: str,
) -> list[Result]:
    """Computes the batches that are not there yet; returns every result in input order.

    Each finished batch is on the disk before the next begins. Stopped leaves a checkpoint behind.
    """
    path = context.job.partial / FILE
    _seed_from_checkpoint(context, path)
    results, finished = _read(path, batches, ids)
    found = finished
    started, first = time.monotonic(), len(results)
    tokens = 0

    def save() -> None:
        context.save_checkpoint(lambda folder: _copy(path, folder / FILE), len(results), {"unit": "records"})

    try:
        for number, batch in enumerate(batches[finished:], finished):
            context.check_stop()
            fresh = compute(batch)
            _append(path, number, fresh)
            finished = number + 1
            results.update(zip(batch, fresh, strict=True))
            tokens += sum(int(r.get("completion_tokens") or r.get("tokens") or 0) for r in fresh)
            rate = (time.monotonic() - started) / (len(results) - first)
            eta = round(rate * (len(ids) - len(results)), 1)
            context.events.progress(len(results), len(ids), "records", phase, eta_s=eta, tokens=tokens)
            if context.checkpoint_due():
                save()
    except Stopped:
        if finished > found:
            save()
        raise
    return [results[position] for position in range(len(ids))]


def _append(path: Path, number: int, fresh: list[Result]) -> None:
    data = b"".join(files.encode_line({"batch": number, **result}) for result in fresh)
    with open(path, "ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path, batches: list[list[int]], ids: Sequence[str]) -> tuple[dict[int, Result], int]:
    """The results of the finished batches and their number; cuts off whatever follows the last whole one."""
    results: dict[int, Result] = {}
    finished = end = 0
    if not path.exists():
        path.touch()
        files.fsync(path.parent)
        return results, finished
    with open(path, "r+b") as file:
        for number, batch in enumerate(batches):
            lines = [file.readline() for _ in batch]
            try:
                values = [json.loads(line) for line in lines]
            except ValueError:
                break
            wanted = [(number, ids[position]) for position in batch]
            if not lines[-1].endswith(b"\n") or [(v.pop("batch"), v["id"]) for v in values] != wanted:
                break
            results.update(zip(batch, values, strict=True))
            finished, end = number + 1, file.tell()
        file.truncate(end)
        os.fsync(file.fileno())
    return results, finished


def _seed_from_checkpoint(context: Context, path: Path) -> None:
    """On another machine only the checkpoint came along; here `partial/` is never behind it."""
    if context.resume is None:
        return
    saved = context.resume.folder / FILE
    if not path.exists() or path.stat().st_size < saved.stat().st_size:
        _copy(saved, path)


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    files.fsync(target)
