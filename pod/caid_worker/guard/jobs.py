"""The jobs of a working folder, as the switch sees them: their locks.

Owns counting those at work, and asking them to end.
Never needs a job to be whole: what cannot be read counts as at work while its lock is held.
"""

from pathlib import Path

from caid_worker import job, lock
from caid_worker.errors import WorkerError
from caid_worker.runner.stop import stop


def at_work(workdir: Path) -> list[Path]:
    """The folders of the jobs whose worker lives."""
    try:
        folders = sorted((workdir / "jobs").iterdir())
    except OSError:
        return []
    return [folder for folder in folders if _is_held(folder / "lock")]


def ask_to_end(folders: list[Path]) -> list[str]:
    """Asks each for a checkpoint and its end, and waits for none; returns what went wrong."""
    trouble: list[str] = []
    for folder in folders:
        try:
            now = stop(job.read(folder), 0)
            if now["state"] == "running" and now["pid"] is None:
                trouble.append(f"{folder.name} does not say which process it is")
        except (WorkerError, OSError) as error:
            trouble.append(f"{folder.name}: {error}")
    return trouble


def _is_held(path: Path) -> bool:
    try:
        return lock.is_held(path)
    except OSError:
        # No job: something else that lies there.
        return False
