"""The lines of an input file, read strictly.

Owns the reading of JSON lines with the line number in every complaint.
Never repairs a line.
"""

import json
from pathlib import Path
from typing import Any

from caid_worker.errors import WorkerError


def read(path: Path, required: set[str], optional: set[str] = frozenset()) -> list[dict[str, Any]]:  # type: ignore[assignment]
    """Objects with a unique `id` and just these keys; all but `seed` and `messages` are strings."""
    records: list[dict[str, Any]] = []
    seen: set[str] = set()
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            where = f"{path.name}:{number}"
            try:
                record = json.loads(line)
            except ValueError as error:
                raise WorkerError(f"{where}: not JSON: {error}") from None
            if not isinstance(record, dict):
                raise WorkerError(f"{where}: a line must be an object")
            for key in ["id", *sorted(required)]:
                if key not in record:
                    raise WorkerError(f"{where}: {key} is missing")
            for key, value in record.items():
                if key != "id" and key not in required and key not in optional:
                    raise WorkerError(f"{where}: {key} is unknown; known: {', '.join(sorted(required | optional))}")
                if key not in ("seed", "messages") and not (isinstance(value, str) or (key == "adapter" and value is None)):
                    raise WorkerError(f"{where}: {key} must be a string")
            if record["id"] in seen:
                raise WorkerError(f"{where}: the id {record['id']!r} occurs twice")
            seen.add(record["id"])
            records.append(record)
    if not records:
        raise WorkerError(f"{path.name} has no lines")
    return records
