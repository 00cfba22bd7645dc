"""The kind `preflight`: whether this machine is fit for work, and which model answers on it.

Owns the checks: torch's import under a deadline, memory, disk, a write test.
Never changes anything but the job folder and the model's cache.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from caid_worker import arguments, files
from caid_worker.context import Context
from caid_worker.errors import WorkerError

WRITE_TEST_MIB = 32
LEAST_FREE_BYTES = 1 << 30


def run(context: Context) -> dict[str, Any]:
    """Writes `preflight.json`; returns its figures as facts."""
    wanted = arguments.parse(arguments.PreflightArguments, context.job.arguments)
    context.loading(0, 1, "importing torch")
    try:
        _import_torch(wanted.import_deadline_s)
    finally:
        # Whoever asks the group to stop ends the attempt in the other process too: that is no failure.
        context.check_stop()
    free = shutil.disk_usage(context.job.folder).free
    if free < LEAST_FREE_BYTES:
        raise WorkerError(f"only {free >> 20} MiB are free at {context.job.folder}; make room for at least 1 GiB")
    found = _machine() | {"disk_free_bytes": free, "write_mib_s": _write_speed(context.job.folder)}
    found["model"] = _model(context, wanted.model)
    data = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
    files.replace(context.outputs / "preflight.json", data)
    return found


def _import_torch(deadline_s: float) -> None:
    """A broken installation can hang in the import, which a process cannot interrupt in itself: so another one tries."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", "import torch"], stdin=subprocess.DEVNULL, capture_output=True, timeout=deadline_s
        )
    except subprocess.TimeoutExpired:
        raise WorkerError(
            f"importing torch took more than {deadline_s:g} s; the environment is broken or its disk hangs: make it anew"
        ) from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise WorkerError(f"torch cannot be imported: {said[-1] if said else f'exit {done.returncode}'}")


def _machine() -> dict[str, Any]:
    import torch

    from caid_worker.engine import base as bases

    device = bases.device()
    gpu = torch.cuda.get_device_properties(0) if device.type == "cuda" else None
    return {
        "device": device.type,
        "gpu": gpu.name if gpu else None,
        "gpu_memory_bytes": gpu.total_memory if gpu else None,
        "cpu_count": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "versions": bases.versions(),
    }


def _write_speed(folder: Path) -> float:
    """MiB a second to a file that is flushed to the disk: a quota shows here and nowhere else."""
    path = folder / "write-test"
    block = os.urandom(1 << 20)
    started = time.monotonic()
    try:
        with open(path, "wb") as file:
            for _ in range(WRITE_TEST_MIB):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        return round(WRITE_TEST_MIB / max(time.monotonic() - started, 1e-6), 1)
    finally:
        path.unlink(missing_ok=True)


def _model(context: Context, model: str) -> dict[str, Any]:
    from caid_worker.engine import base as bases

    base = bases.resolve(model, context.loading)
    context.loading(0, 1, "loading the model")
    loaded, _ = bases.load(base)
    parameters = sum(p.numel() for p in loaded.parameters())
    return {"id": base.id, "path": str(base.path), "revision": base.revision, "parameters": parameters}
