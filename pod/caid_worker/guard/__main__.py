"""`python -m caid_worker.guard WORKDIR`: starts the switch detached, unless one is there.

Owns the command line.
Never waits for anything.
"""

import argparse
import json
import sys
from pathlib import Path

from caid_worker.guard.start import arm


def main() -> int:
    """Says `{"guard": true, "started": …}` once a switch watches."""
    parser = argparse.ArgumentParser(prog="caid_worker.guard", description="the dead-man switch; see docs/jobs.md")
    parser.add_argument("workdir", type=Path, metavar="WORKDIR")
    parser.add_argument("--settings", type=json.loads, metavar="JSON", help="what settings.json is to hold from now on")
    options = parser.parse_args()
    workdir: Path = options.workdir.absolute()
    try:
        said = arm(workdir, options.settings)
    except OSError as error:
        print(json.dumps({"error": f"the dead-man switch cannot be started: {error}"}))
        return 1
    print(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main())
