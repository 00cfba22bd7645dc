"""The environment that the machine was started with.

Owns looking for a variable there: a provider puts secrets and names into it, and what comes in over SSH sees none of them.
Never shows what it finds.
"""

from pathlib import Path


def variables() -> dict[str, str]:
    """Those of process 1; none where it is not ours to read."""
    try:
        data = Path("/proc/1/environ").read_bytes()
    except OSError:
        return {}
    pairs = (entry.decode(errors="replace").partition("=") for entry in data.split(b"\0"))
    return {name: value for name, _, value in pairs}
