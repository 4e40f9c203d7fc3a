"""The plain fields of a page as an annotation has them: choices that were made, and text that was written.

What is read here was allowed by nobody: Label Studio stores any JSON that is sent to it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

Kind = Literal["choices", "text"]


def answers(annotation: object, parts: Mapping[str, Kind]) -> tuple[dict[str, list[str]], list[tuple[str, object]]]:
    """What an annotation says in each part of a page.

    Args:
        annotation: As Label Studio exports it; its ``result`` is a list.
        parts: The page's parts by name, and what is put into them.

    Returns:
        Texts by part, empty where nothing was put in; and what is wrong, as reason and what came.
    """
    given: dict[str, list[str]] = {name: [] for name in parts}
    problems: list[tuple[str, object]] = []
    for item in _items(annotation):
        name = item.get("from_name") if isinstance(item, dict) else None
        kind = parts.get(name) if isinstance(name, str) else None
        texts = _texts(item, kind) if kind else None
        if texts is None:
            problems.append(("unknown part" if isinstance(name, str) and not kind else "malformed", item))
        else:
            given[str(name)] += texts
    return given, problems


def joined(texts: list[str]) -> str | None:
    """A note as one text; None where nothing was written."""
    return "\n".join(texts).strip() or None


def _items(annotation: object) -> Iterator[Any]:
    result = annotation.get("result") if isinstance(annotation, dict) else None
    yield from result if isinstance(result, list) else ()


def _texts(item: Mapping[str, Any], kind: Kind) -> list[str] | None:
    value = item.get("value")
    texts = value.get(kind) if isinstance(value, dict) else None
    return texts if isinstance(texts, list) and all(isinstance(text, str) for text in texts) else None
