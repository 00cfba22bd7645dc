"""`start` and `run`: one worker for a job, detached or in the foreground.

Owns taking the lock before anything else and handing it to the worker.
Never starts a second worker, nor one for a job that is done.
"""

import os
import sys
import traceback
from typing import Any, NoReturn

from caid_worker import lock
from caid_worker.errors import WorkerError
from caid_worker.job import Job, verify_inputs
from caid_worker.runner.status import status
from caid_worker.runner.work import adopt_outputs, work

EXIT_DONE, EXIT_FAILED, EXIT_STOPPED = 0, 1, 75


def start(job: Job) -> dict[str, Any]:
    """Starts the worker in its own session unless it runs or is done; its lock is held when this returns."""
    descriptor = lock.acquire(job.lock)
    if descriptor is None:
        return status(job)
    try:
        if not adopt_outputs(job):
            verify_inputs(job)
            _detach(job, descriptor)
    finally:
        # Closing is not unlocking: the worker has the same open file.
        os.close(descriptor)
    return status(job)


def run(job: Job) -> int:
    """The same work in this process; returns its exit status."""
    descriptor = lock.acquire(job.lock)
    if descriptor is None:
        raise WorkerError(f"{job.folder}: another worker runs this job; `status` tells its pid")
    if adopt_outputs(job):
        return EXIT_DONE
    verify_inputs(job)
    if not os.isatty(0) and os.getpgrp() != os.getpid():
        # A group of our own, so that `stop` signals nobody else; at a terminal the shell made one already.
        os.setpgid(0, 0)
    lock.keep_from_children(descriptor)
    try:
        return work(job)
    finally:
        os.close(descriptor)


def _detach(job: Job, descriptor: int) -> None:
    """Forks twice, so that the worker is nobody's child, and waits until it has named its process group."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            _become_worker(job, descriptor, writable)
        os._exit(0)
    os.close(writable)
    os.waitpid(child, 0)
    # End of file without a byte: the worker died before it could say so; `status` will tell.
    os.read(readable, 1)
    os.close(readable)


def _become_worker(job: Job, descriptor: int, ready: int) -> NoReturn:
    code = EXIT_FAILED
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDONLY)
        log = os.open(job.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(null, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        # Whatever else the caller had open is not ours to keep open: a connection would wait for us.
        for inherited in map(int, os.listdir("/proc/self/fd")):
            if inherited > 2 and inherited not in (descriptor, ready):
                try:
                    os.close(inherited)
                except OSError:
                    pass
        lock.keep_from_children(descriptor)
        code = work(job, ready)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)
