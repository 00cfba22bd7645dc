#!/usr/bin/env python3
"""How long the daemon lets a rented pod wait: from a dropped task to its job's start on a running pod, and from the end of the last
job to the request to stop the pod.

Owns one table: medians of N rounds, on the simulator, with real sshds. `idle_stop` is one second, which is taken off.
Never touches a workspace of anybody's.
"""

import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROUNDS = int(os.environ.get("ROUNDS", "5"))
KEY = "rpa_bench"
IDLE_STOP_S = 1.0


def main() -> int:
    caid, simulator = sys.argv[1], sys.argv[2]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="caid-bench-pod-"))
    processes: list[subprocess.Popen[str]] = []
    try:
        starts, stops = measure(caid, simulator, folder, processes)
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
    print(f"Medians of {ROUNDS} rounds (smallest to largest), seconds. A script that does nothing, on a simulated pod on this machine.\n")
    print("| from | to | seconds |\n|---|---|--:|")
    print(f"| a task dropped by rename, the pod at work for another one before | its job's start | {shown(starts)} |")
    print(f"| the end of the last job, without idle_stop | the request to stop the pod | {shown(stops)} |")
    return 0


def shown(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def measure(
    caid: str, simulator: str, folder: pathlib.Path, processes: list[subprocess.Popen[str]]
) -> tuple[list[float], list[float]]:
    key, workspace = folder / "id_ed25519", folder / "workspace"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    environment = os.environ | {"CAID_SIMULATOR_KEY": KEY, "RUNPOD_API_KEY": KEY}
    served = subprocess.Popen(
        [simulator, "--state", folder / "sim", "--ssh-key", f"{key}.pub", "--cache", cache],
        stdout=subprocess.PIPE, text=True, env=environment)
    processes.append(served)
    assert served.stdout
    url: str = json.loads(served.stdout.readline())["base_url"]
    subprocess.run([caid, "init", workspace], check=True, stdout=subprocess.DEVNULL)
    (workspace / "cai.yaml").write_text(
        f'settle: 1s\npod:\n  provider: runpod\n  idle_stop: {IDLE_STOP_S:g}s\n'
        f'  runpod: {{base_url: "{url}", key: {key}, workdir: ~/workspace/cai, volume_gb: 10}}\n')
    (workspace / "scripts").mkdir()
    (workspace / "scripts" / "wait.py").write_text("import sys, time\ntime.sleep(float(sys.argv[1]))\n")
    log = (folder / "caid.log").open("w")
    processes.append(subprocess.Popen([caid, "run", "--root", workspace], stdout=log, stderr=log, text=True, env=environment))
    starts, stops = [], []
    for number in range(ROUNDS):
        first, second = f"{number}-a", f"{number}-b"
        drop(workspace, first, 2)
        wait_for(lambda: events(folder, first), "the first job's start")
        # Waits behind the first one's slot, so the pod is at work when it is this one's turn.
        dropped = drop(workspace, second, 0)
        wait_for(lambda: ended(folder, second), "the second job's end")
        ends = ended(folder, first)
        starts.append(events(folder, second)[0]["t"] - max(dropped, ends))
        asked = wait_for(lambda: [r for r in requests(url) if r["operation"] == "stop"][number:], "a stop")[0]
        stops.append(asked["at"] - ended(folder, second) - IDLE_STOP_S)
        wait_for(lambda: "stopped" in status(workspace), "the pod's stop")
    return starts, stops


def drop(workspace: pathlib.Path, name: str, seconds: float) -> float:
    text = f"---\nscript: scripts/wait.py\nargs: ['{seconds}', '{name}']\n---\n# Task: {name}\n"
    path = workspace / "tasks" / "gpu" / f".{name}"
    path.write_text(text)
    path.rename(workspace / "tasks" / "gpu" / "pending" / f"{name}.md")
    return time.time()


def events(folder: pathlib.Path, name: str) -> list[dict[str, float | str]]:
    for job in folder.glob("sim/pods/*/volume/cai/jobs/*/job.json"):
        if f'"{name}"' in job.read_text():
            path = job.parent / "events.jsonl"
            return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return []


def ended(folder: pathlib.Path, name: str) -> float:
    return next((float(e["t"]) for e in events(folder, name) if e["event"] == "done"), 0.0)


def requests(url: str) -> list[dict[str, str | float]]:
    asked = urllib.request.Request(f"{url}/sim/requests", headers={"Authorization": f"Bearer {KEY}", "User-Agent": "bench"})
    with urllib.request.urlopen(asked, timeout=10) as reply:
        found: list[dict[str, str | float]] = json.load(reply)["requests"]
    return found


def status(workspace: pathlib.Path) -> str:
    path = workspace / "status" / "status.json"
    return str(json.loads(path.read_text())["pod"]["state"]) if path.exists() else ""


def wait_for(look, what: str):  # type: ignore[no-untyped-def]
    for _ in range(6000):
        if found := look():
            return found
        time.sleep(0.02)
    raise TimeoutError(what)


if __name__ == "__main__":
    sys.exit(main())
