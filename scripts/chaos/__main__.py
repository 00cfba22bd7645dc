"""`python3 -m chaos`: the whole run; `--planted`: only the proof that its checks can fail.

Owns the folder of the run and the exit code.
Never leaves a process behind.
"""

import argparse
import hashlib
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from chaos import checks, planted, table, work
from chaos.acts import NAN, Acts
from chaos.evidence import Evidence
from chaos.plan import KINDS, plan
from chaos.run import Run
from chaos.settings import CHECKPOINT_EVERY_S, COMPRESSION, ROOT, Settings
from chaos.simulator import Simulator
from chaos.workspace import Workspace


def main() -> int:
    """0: every promise was kept."""
    parser = argparse.ArgumentParser(prog="chaos", description="see docs/chaos.md")
    parser.add_argument("--planted", action="store_true", help="only show that every check can fail")
    options = parser.parse_args()
    found, all_planted = planted.self_test()
    print(f"{found} of {all_planted} planted mistakes found")
    if options.planted or found < all_planted:
        return 0 if found == all_planted else 1
    settings = Settings()
    results, text = play(settings, found, all_planted)
    print("\n" + text)
    if all(one.holds for one in results):
        table.write(ROOT / "docs/chaos.md", text)
        return 0
    print(f"chaos: seed {settings.seed} failed; CAID_CHAOS_SEED={settings.seed} plays it again; see {settings.folder}")
    return 1


def play(settings: Settings, found: int, all_planted: int) -> tuple[list[checks.Check], str]:
    """The disturbed run, then the same tasks undisturbed."""
    folder = settings.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    key = folder / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "chaos", "-f", key], check=True)
    caid, program = settings.programs / "caid", settings.programs / "caid-simulator"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    simulator = Simulator(program, folder / "sim", Path(f"{key}.pub"), cache(), settings.seed)
    workspace = Workspace(caid, folder / "disturbed", Workspace.rented(simulator.base_url, key))
    evidence = Evidence(folder / "evidence", simulator.pods_folder)
    acts = Acts(workspace, simulator, evidence)
    run = Run(workspace, simulator, evidence, acts, folder / "chaos.log")
    try:
        run.say(f"seed {settings.seed}, {settings.minutes:g} min")
        run.carry_out(plan(settings.seed, settings.minutes))
        quiet = undisturbed(settings, run)
        run.finish()
        seconds = time.time() - run.begun
        if (status := workspace.end()) not in (0, 3):
            run.story.deaths.append(f"exit {status} at its end")
        # What is over is over: another daemon finds nothing to do, and nothing that runs.
        workspace.start("--drain")
        assert workspace.daemon is not None
        if (status := workspace.daemon.wait(180)) not in (0, 3):
            run.story.deaths.append(f"exit {status} of a drain with nothing to do")
        evidence.end()
        evidence.search(workspace.root, folder / "sim" / "pods", folder / "evidence")
        for log in (workspace.log, folder / "sim.log", folder / "chaos.log"):
            evidence.search_file(log)
        meter, statuses = simulator.meter(), {pod["id"]: pod["status"] for pod in simulator.pods()}
        ledger = workspace.ledger_usd()
        (folder / "meter.json").write_text(json.dumps(meter, indent=1))
        boots = len(workspace.rows("SELECT 1 FROM event WHERE message LIKE '%shows the host key%'"))
    finally:
        if workspace.daemon is not None and workspace.daemon.poll() is None:
            workspace.kill()
        simulator.end()
        acts.end()
    return conclude(quiet, settings, run, evidence, meter, statuses, ledger, boots, seconds, found, all_planted)


def undisturbed(settings: Settings, run: Run) -> Workspace:
    """The same tasks, on this machine alone: started as soon as it is known which ones there are."""
    quiet = Workspace(settings.programs / "caid", settings.folder / "undisturbed", "  provider: local\n")
    for task in run.supply.dropped:
        quiet.drop(*task)
    quiet.start("--drain")
    return quiet


def conclude(  # noqa: PLR0913
    quiet: Workspace, settings: Settings, run: Run, evidence: Evidence, meter: dict[str, Any],
    statuses: dict[str, str], ledger: float, boots: int, seconds: float, found: int, all_planted: int,
) -> tuple[list[checks.Check], str]:  # fmt: skip
    """Everything compared."""
    workspace, story = run.workspace, run.story
    run.say("waiting for the undisturbed run")
    assert quiet.daemon is not None
    try:
        quiet.daemon.wait(1800)
    finally:
        quiet.daemon.terminate()
    lost = [loss for job, attempts in work.read(evidence.folder).items() for loss in work.losses(job, attempts)]
    blocked = {name: workspace.why_blocked(name) for name in workspace.tasks("blocked")}
    results = [
        checks.complete(list(KINDS), story.done),
        checks.finished(run.supply.names, workspace.tasks("completed"), blocked, NAN),
        checks.alone(story.persons, story.deaths),
        checks.identical(digests(quiet.root), digests(workspace.root)),
        checks.repeated(lost, story.at),
        checks.accounted(statuses, workspace.known_pods()),
        checks.stopped(story.stopped_after_s),
        checks.money(ledger, float(meter["total"]["usd"])),
        checks.secret(evidence.keys_in_files, evidence.keys_in_arguments),
    ]
    facts = [
        ("seed", f"{settings.seed}"),
        ("disturbed for", f"{seconds / 60:.1f} min, which stand for {seconds * COMPRESSION / 3600:.0f} h"),
        ("`checkpoint_every`", f"{CHECKPOINT_EVERY_S:g} s, which stand for 30 min"),
        ("pods made", f"{len(meter['pods'])}"),
        ("boots, each with a port and a host key of its own", f"{boots}"),
        ("attempts of jobs", f"{sum(len(a) for a in work.read(evidence.folder).values())}"),
        ("planted mistakes that the checks found", f"{found} of {all_planted}"),
    ]
    return results, table.text(facts, story.done, results)


def digests(root: Path) -> dict[str, str]:
    """Every artifact file's, but what measures the machine (`preflight`) or tells when and where (`manifest.json`)."""
    found: dict[str, str] = {}
    for path in sorted((root / "artifacts").rglob("*")):
        name = path.relative_to(root)
        if path.is_file() and path.name != "manifest.json" and not {"preflight", NAN[:-3]} & set(name.parts):
            found[str(name)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def cache() -> Path:
    """The cache that holds the worker's environment, as an image would bring it; made where it is missing."""
    made = subprocess.run([sys.executable, ROOT / "pod/bootstrap.py"], check=True, stdout=subprocess.PIPE, text=True)
    return Path(made.stdout.strip().splitlines()[-1]).parent.parent.parent.parent


if __name__ == "__main__":
    sys.exit(main())
