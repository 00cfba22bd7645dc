"""Where the switch's lock lies: on this machine, not on a volume that another machine may share.

Owns that one path.
Never lets a lock survive a boot.
"""

import hashlib
import os
from pathlib import Path


def lock_path(workdir: Path) -> Path:
    """One for each user and working folder."""
    name = hashlib.sha256(os.path.realpath(workdir).encode(errors="surrogateescape")).hexdigest()[:16]
    return Path("/tmp") / f"caid-guard-{os.getuid()}-{name}.lock"
