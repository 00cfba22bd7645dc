"""The commands of the worker: start, status, stop, run, tiny.

Owns the command line and its one JSON object on standard output.
Never does work itself, and imports nothing heavy.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from caid_worker import job as jobs
from caid_worker.errors import WorkerError


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "tiny":
            return _tiny(options)
        job = jobs.read(options.jobdir.absolute())
        if options.command == "run":
            from caid_worker.runner.start import run

            code = run(job)
            _tell(_act(options, job))
            return code
        _tell(_act(options, job))
        return 0
    except (WorkerError, OSError) as error:
        _tell({"error": str(error)})
        return 1


def _act(options: argparse.Namespace, job: jobs.Job) -> dict[str, Any]:
    if options.command == "start":
        from caid_worker.runner.start import start

        return start(job)
    if options.command == "stop":
        from caid_worker.runner.stop import stop

        return stop(job, options.timeout)
    from caid_worker.runner.status import status

    return status(job)


def _tiny(options: argparse.Namespace) -> int:
    from caid_worker import tiny

    def tell(done: int, total: int, phase: str) -> None:
        print(f"{phase} {done}/{total}", file=sys.stderr, flush=True)

    folder = tiny.ensure(progress=tell, seed=options.seed)
    if options.print:
        print(folder)
    else:
        _tell({"path": str(folder)})
    return 0


def _tell(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="caid_worker", description="runs one job folder; see docs/jobs.md")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    helps = {
        "start": "start the worker detached, unless it runs or is done",
        "status": "say what state the job is in",
        "stop": "ask the worker to checkpoint and end, and wait",
        "run": "do the work in the foreground: exit 0 done, 1 failed, 75 stopped",
    }
    for name, words in helps.items():
        command = commands.add_parser(name, help=words, description=words)
        command.add_argument("jobdir", type=Path, metavar="JOBDIR")
        if name == "stop":
            command.add_argument("--timeout", type=float, default=60.0, metavar="S", help="seconds to wait (60)")
    words = "build the embedded base model, once per machine"
    tiny = commands.add_parser("tiny", help=words, description=words)
    tiny.add_argument("--seed", type=int, default=1, metavar="N")
    tiny.add_argument("--print", action="store_true", help="print the bare folder instead of a JSON object")
    return parser


if __name__ == "__main__":
    sys.exit(main())
