"""What has to hold at the end of a run.

Owns the promises, as pure functions of what was seen.
Never looks at a process or a file; who calls has.
"""

from dataclasses import dataclass

from chaos.settings import CHECKPOINT_EVERY_S, COMPRESSION, IDLE_STOP_S
from chaos.work import Loss

STOP_WITHIN_S = 60.0
MONEY = 0.01


@dataclass(frozen=True)
class Check:
    """A promise, what was measured, and whether it was kept."""

    promise: str
    figure: str
    holds: bool


def finished(wanted: list[str], completed: list[str], blocked: dict[str, str], nan: str) -> Check:
    """Every task but the one whose loss is not a number, which has to be blocked with that reason."""
    missing = sorted(set(wanted) - set(completed))
    others = sorted(set(blocked) - {nan})
    nan_ends = "loss is nan" in blocked.get(nan, "") or "loss is inf" in blocked.get(nan, "")
    figure = f"{len(wanted) - len(missing)} of {len(wanted)} tasks completed"
    figure += ", the NaN blocked" if nan_ends else f", the NaN: {blocked.get(nan, 'not blocked')[:120]}"
    figure += f"; not completed: {', '.join(missing)}" if missing else ""
    holds = not missing and not others and nan_ends
    return Check("training and generation finish; a NaN loss is blocked", figure, holds)


def alone(persons: list[str], deaths: list[str]) -> Check:
    """Nobody had to help, and the daemon ended only when it was killed."""
    figure = f"{len(persons)} × `caid retry`, {len(deaths)} ends of the daemon by itself"
    return Check("nobody has to help", "; ".join([figure, *persons, *deaths])[:400], not persons and not deaths)


def identical(reference: dict[str, str], found: dict[str, str]) -> Check:
    """SHA-256 of every artifact's files, by their path."""
    wrong = sorted(name for name in set(reference) | set(found) if reference.get(name) != found.get(name))
    figure = f"{len(found) - len([n for n in wrong if n in found])} of {len(reference)} files"
    figure += f"; differing: {', '.join(wrong[:3])}" if wrong else ""
    return Check("every artifact file is bit-identical to the undisturbed run's", figure, not wrong and bool(reference))


def repeated(losses: list[Loss], disturbances: list[float]) -> Check:
    """At most one interval and one step a failure; what happened from the state on is what it is laid to."""
    worst, holds, most = 0.0, True, 0.0
    for loss in losses:
        failures = sum(loss.state - CHECKPOINT_EVERY_S <= at <= loss.begun for at in disturbances)
        allowed = max(1, failures) * (CHECKPOINT_EVERY_S + loss.longest_s)
        holds = holds and loss.repeated_s <= allowed
        worst, most = max(worst, loss.repeated_s / allowed), max(most, loss.repeated_s)
    figure = f"{len(losses)} restarts with work done before; at most {most:.1f} s repeated, "
    figure += f"which stand for {most * COMPRESSION / 60:.0f} min; the worst: {worst:.0%} of what its failures may cost"
    promise = "at most one checkpoint interval (30 min) and a step is repeated for each failure"
    return Check(promise, figure, holds and bool(losses))


def accounted(statuses: dict[str, str], known: set[str]) -> Check:
    """The provider's pods against the journal's, at the very end."""
    strangers = sorted(set(statuses) - known)
    running = sorted(pod for pod, status in statuses.items() if status not in ("EXITED", "ERROR", "TERMINATED"))
    figure = f"{len(statuses)} pods left, {len(running)} not stopped, {len(strangers)} unknown to the journal"
    return Check("no pod runs, none is unaccounted for", figure, not strangers and not running)


def stopped(seconds: float | None) -> Check:
    """From the end of the last task to the provider's word that the pod is stopped; None: it never was."""
    figure = "never" if seconds is None else f"{seconds:.1f} s after the last task; idle_stop is {IDLE_STOP_S:g} s"
    holds = seconds is not None and seconds <= IDLE_STOP_S + STOP_WITHIN_S
    return Check("the idle pod is stopped within a minute of idle_stop", figure, holds)


def money(ledger: float, meter: float) -> Check:
    """The sums over all pods, USD."""
    off = abs(ledger - meter) / meter if meter else 1
    figure = f"${ledger:.4f} and ${meter:.4f}: {off:.2%} apart"
    return Check("the ledger equals the provider's meter within 1%", figure, off <= MONEY)


def secret(files: set[str], arguments: set[str]) -> Check:
    """Where the API key was seen."""
    seen = sorted(files) + sorted(arguments)
    figure = "nowhere" if not seen else "; ".join(seen)[:300]
    return Check("the API key stands in no file, log or argument list", figure, not seen)


def complete(wanted: list[str], done: list[str]) -> Check:
    """A disturbance that did not come proves nothing."""
    missing = sorted(set(wanted) - set(done))
    figure = f"{len(set(done))} of {len(set(wanted))} kinds, {len(done)} in all"
    figure += f"; not: {', '.join(missing)}" if missing else ""
    return Check("every kind of disturbance came", figure, not missing)
