"""The commands of the worker, one word each: `python -m caid_worker COMMAND …`.

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

JOB_COMMANDS = {
    "start": "start the worker detached, unless it runs or is done",
    "status": "say what state the job is in",
    "stop": "ask the worker to checkpoint and end, and wait",
    "checkpoint": "ask the worker for a checkpoint without stopping; does not wait for it",
    "kill": "end a worker that no longer answers, and what it has started, and wait",
    "stacks": "say where every thread of the worker stands",
    "follow": "write the job's events as they come, until its attempt is over",
    "run": "do the work in the foreground: exit 0 done, 1 failed, 75 stopped",
}
PATIENCE_S = {"stop": 60.0, "kill": 30.0}


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "tiny":
            return _tiny(options)
        if options.command == "guard-word":
            from caid_worker.guard.start import give_word

            _tell(give_word(options.workdir.absolute()))
            return 0
        job = jobs.read(options.jobdir.absolute())
        if options.command == "run":
            from caid_worker.runner.start import run

            code = run(job)
            _tell(_act(options, job))
            return code
        if options.command == "follow":
            from caid_worker.runner.follow import follow

            follow(job, options.offset)
            return 0
        _tell(_act(options, job))
        return 0
    except (WorkerError, OSError) as error:
        if options.command == "follow":
            # Standard output holds events alone.
            print(error, file=sys.stderr)
        else:
            _tell({"error": str(error)})
        return 1


def _act(options: argparse.Namespace, job: jobs.Job) -> dict[str, Any]:
    from caid_worker.runner import checkpoint, kill, stacks, start, status, stop

    match options.command:
        case "start":
            return start.start(job)
        case "stop":
            return stop.stop(job, options.timeout)
        case "checkpoint":
            return checkpoint.checkpoint(job)
        case "kill":
            return kill.kill(job, options.timeout)
        case "stacks":
            return stacks.stacks(job)
    return status.status(job)


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
    for name, words in JOB_COMMANDS.items():
        command = commands.add_parser(name, help=words, description=words)
        command.add_argument("jobdir", type=Path, metavar="JOBDIR")
        if (seconds := PATIENCE_S.get(name)) is not None:
            words = f"seconds to wait ({seconds:g})"
            command.add_argument("--timeout", type=float, default=seconds, metavar="S", help=words)
        if name == "follow":
            words = "the byte of events.jsonl to begin with (0)"
            command.add_argument("--from", dest="offset", type=_offset, default=0, metavar="OFFSET", help=words)
    words = "build the embedded base model, once per machine"
    tiny = commands.add_parser("tiny", help=words, description=words)
    tiny.add_argument("--seed", type=int, default=1, metavar="N")
    tiny.add_argument("--print", action="store_true", help="print the bare folder instead of a JSON object")
    words = "tell the dead-man switch of this machine that the workstation is alive"
    word = commands.add_parser("guard-word", help=words, description=words)
    word.add_argument("workdir", type=Path, metavar="WORKDIR")
    return parser


def _offset(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError(text)
    return value


if __name__ == "__main__":
    sys.exit(main())
