"""One attempt at a job, from its `started` event to its ending.

Owns the events that open and end an attempt, and sealing the outputs.
Never returns without an ending, unless the process is killed.
"""

import errno
import importlib
import os
import shutil
import sys
import time
import traceback

from caid_worker import files, manifest
from caid_worker.checkpoints import Checkpoints, newest_number
from caid_worker.context import Context
from caid_worker.errors import Stopped, WorkerError
from caid_worker.events import EventLog, last_attempt
from caid_worker.job import Job
from caid_worker.runner import stacks
from caid_worker.signals import Signals


def adopt_outputs(job: Job) -> bool:
    """Whether the job is done. Adds the `done` event where death came between the outputs and the event."""
    if not job.outputs.exists():
        return False
    if manifest.verify(job.outputs, job.id) is None:
        manifest.set_aside(job.outputs)
        return False
    _, ending = last_attempt(job.events)
    if ending != "done":
        EventLog(job.events).emit("done", outputs_sha256=files.sha256(job.outputs / manifest.NAME), seconds=0.0)
    return True


def work(job: Job, ready: int | None = None) -> int:
    """Does the work and returns the exit status: 0 done, 1 failed, 75 stopped.

    `ready` is a pipe on which the waiting starter learns that signals are handled and the process group is known.
    """
    started = time.monotonic()
    signals = Signals()
    signals.install()
    stacks.install(job.folder / "stacks.log")
    # Written only now: whoever knows the process may signal it.
    files.replace(job.pid_file, f"{os.getpid()}\n".encode())
    events = EventLog(job.events)
    if ready is not None:
        os.write(ready, b"\n")
        os.close(ready)
    try:
        checkpoints = Checkpoints(job.checkpoints, job.id)
        resume = checkpoints.newest_verified()
        attempt, _ = last_attempt(job.events)
        events.emit("started", pid=os.getpid(), kind=job.kind, attempt=attempt + 1,
                    resumed_from=resume.seq if resume else None)
        _prepare_environment(job)
        outputs = job.folder / "outputs.building"
        shutil.rmtree(outputs, ignore_errors=True)
        outputs.mkdir()
        job.partial.mkdir(exist_ok=True)
        context = Context(job, events, signals, checkpoints, resume, outputs)
        facts = importlib.import_module(f"caid_worker.{job.kind}").run(context)
        digest = manifest.publish(outputs, job.outputs, job.id, facts)
        events.emit("done", outputs_sha256=digest, seconds=round(time.monotonic() - started, 3))
        return 0
    except Stopped as stopped:
        events.emit("stopped", reason=str(stopped), checkpoint=newest_number(job.checkpoints))
        return 75
    except BaseException as error:
        traceback.print_exc(file=sys.stderr)
        detail = error.detail if isinstance(error, WorkerError) else None
        events.emit("failed", error=explain(error), detail=(detail or traceback.format_exc())[-8000:])
        return 1


def explain(error: BaseException) -> str:
    """One line that says what to do."""
    line = " ".join(str(error).split())
    if isinstance(error, WorkerError):
        return line
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "the disk is full; make room for the job folder and start the job again"
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "out of memory; make batch_size (train: micro_batch_size) or max_tokens smaller"
    if isinstance(error, ModuleNotFoundError):
        return f"{line}; the worker must run in the environment that pod/bootstrap.py makes"
    return f"{type(error).__name__}: {line or 'no message'}; worker.log has the details"


def _prepare_environment(job: Job) -> None:
    """Settings that libraries read once, when they are imported. A job reaches no network."""
    threads = job.arguments.get("threads", 1)
    os.environ["OMP_NUM_THREADS"] = str(threads if isinstance(threads, int) and threads > 0 else 1)
    # Contended spinning threads ran five times slower than one.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        os.environ[name] = "1"
    # Training is one process on one device; with several visible the trainer would split the batch.
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
