"""Small JSON files with passwords and tokens, readable by their owner only."""

import json
import os
from pathlib import Path
from typing import Any

from codebook.errors import StudyError


def load(path: Path) -> dict[str, Any]:
    """Read one; empty if it is not there.

    Raises:
        StudyError: It is damaged.
    """
    if not path.exists():
        return {}
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise StudyError(f"not valid JSON: {error}", where=str(path), hint="Correct it, or restore a copy.") from None
    if not isinstance(values, dict):
        raise StudyError("is to be a JSON object", where=str(path), hint="Correct it, or restore a copy.")
    return values


def save(path: Path, values: dict[str, Any]) -> None:
    """Write one, whole or not at all."""
    part = path.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(values, out, indent=1, sort_keys=True)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)
