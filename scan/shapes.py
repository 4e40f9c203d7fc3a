"""Shapes that the hubs' answers share, read without trust; single values are read by ``scan.said``."""

import json
import re
from typing import Any

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_ODD = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\\?#%]")


def rows(value: Any) -> list[dict[str, Any]]:
    """The objects of a JSON list; what is none is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def decoded(body: bytes) -> Any:
    """What a body holds; None if it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def sha256(value: Any) -> str | None:
    """A SHA-256 in hexadecimal, lower case."""
    return value.lower() if isinstance(value, str) and _SHA256.fullmatch(value) else None


def commit(value: Any) -> str | None:
    """A whole commit id of git."""
    return value if isinstance(value, str) and _COMMIT.fullmatch(value) else None


def can_be_asked_for(native_id: str) -> bool:
    """Whether ``<owner>/<name>`` can stand in the path of a URL and come back from it as it was."""
    parts = native_id.split("/")
    return len(parts) == 2 and not any(not part.strip(". ") or _ODD.search(part) for part in parts)  # noqa: PLR2004 - owner and name


def auto_map(config: Any) -> tuple[str, ...]:
    """What ``auto_map`` of a ``config.json`` names, as ``AutoModel=modeling_x.X``, sorted; of a list, its texts."""
    named = config.get("auto_map") if isinstance(config, dict) else None
    if not isinstance(named, dict):
        return ()
    found = set[str]()
    for auto, where in named.items():
        for each in where if isinstance(where, list) else [where]:
            if isinstance(each, str):
                found.add(f"{auto}={each}"[:1000])
    return tuple(sorted(found))
