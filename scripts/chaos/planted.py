"""Every check is shown a mistake that it has to find, so that a run which checks nothing is noticed.

Owns the mistakes.
Never takes part in a real run's result.
"""

import tempfile
from pathlib import Path

from chaos import checks
from chaos.acts import NAN
from chaos.evidence import Evidence
from chaos.settings import CHECKPOINT_EVERY_S, IDLE_STOP_S, KEY
from chaos.work import Loss, losses

STEP = 0.5


def self_test() -> tuple[int, int]:
    """How many mistakes were found, and how many there were. Prints those that were not."""
    good, bad = _sound(), _planted()
    for name, check in good.items():
        if not check.holds:
            print(f"planted: {name}: a sound run is called wrong: {check.figure}")
    missed = [name for name, check in bad.items() if check.holds]
    for name in missed:
        print(f"planted: {name}: not found: {check_text(bad[name])}")
    sound = all(check.holds for check in good.values())
    return (len(bad) - len(missed) if sound else 0, len(bad))


def check_text(check: checks.Check) -> str:
    return f"{check.promise}: {check.figure}"


def _loss(repeated_s: float) -> list[Loss]:
    """A job that did so much work after its checkpoint, and went on from it, as its events tell."""
    count = round(repeated_s / STEP)
    first = [{"event": "started", "t": 0.0}]
    first += [{"event": "progress", "unit": "steps", "done": n, "t": n * STEP} for n in range(1, 10 + count + 1)]
    again = [{"event": "started", "t": 500.0}, {"event": "progress", "unit": "steps", "done": 11, "t": 510.0}]
    return losses("job", [first, again])


def _sound() -> dict[str, checks.Check]:
    nan = {NAN: "the job failed: the loss is nan at step 2"}
    return {
        "finished": checks.finished(["a.md"], ["a.md"], nan, NAN),
        "alone": checks.alone([], []),
        "identical": checks.identical({"a": "1"}, {"a": "1"}),
        "repeated": checks.repeated(_loss(CHECKPOINT_EVERY_S), [400.0]),
        "accounted": checks.accounted({"p": "EXITED"}, {"p"}),
        "stopped": checks.stopped(IDLE_STOP_S + 1),
        "money": checks.money(1.0, 1.005),
        "secret": checks.secret(set(), set()),
        "complete": checks.complete(["a"], ["a", "a"]),
    }


def _planted() -> dict[str, checks.Check]:
    nan = {NAN: "the job failed: the loss is nan at step 2"}
    return {
        "a task is missing": checks.finished(["a.md", "b.md"], ["a.md"], nan, NAN),
        "a task is blocked": checks.finished(["a.md"], ["a.md"], {**nan, "b.md": "why"}, NAN),
        "a NaN is completed": checks.finished(["a.md"], ["a.md", NAN], {}, NAN),
        "somebody helped": checks.alone(["a.md"], []),
        "the daemon died": checks.alone([], ["exit 1"]),
        "one bit differs": checks.identical({"a": "1", "b": "2"}, {"a": "1", "b": "3"}),
        "a file is missing": checks.identical({"a": "1", "b": "2"}, {"a": "1"}),
        "two intervals for one failure": checks.repeated(_loss(2 * CHECKPOINT_EVERY_S), [400.0]),
        "nothing was ever restarted": checks.repeated([], [1.0]),
        "a pod runs": checks.accounted({"p": "RUNNING"}, {"p"}),
        "a pod is being made": checks.accounted({"p": "STARTING"}, {"p"}),
        "a pod nobody knows": checks.accounted({"p": "EXITED"}, set()),
        "the pod is stopped late": checks.stopped(IDLE_STOP_S + 61),
        "the pod is never stopped": checks.stopped(None),
        "two percent too little": checks.money(0.98, 1.0),
        "two percent too much": checks.money(1.02, 1.0),
        "the key in a file": checks.secret(_key_in_a_file(), set()),
        "the key in an argument": checks.secret(set(), {"curl"}),
        "a kind never came": checks.complete(["a", "b"], ["a"]),
    }


def _key_in_a_file() -> set[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        evidence = Evidence(folder / "evidence", folder / "pods")
        (folder / "deep").mkdir()
        (folder / "deep" / "log").write_text(f"asked with {KEY}\n")
        evidence.search(folder / "deep")
        evidence.end()
        return evidence.keys_in_files
