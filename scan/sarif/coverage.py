"""Which files a tool has looked at, and which it lost, as far as its SARIF tells."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from scan import said

_EXTRACTED = "successfully-extracted-files"
_EXPECTED = "expected-extracted-files"
_LOST = ("extraction-warnings", "extraction-errors")


def coverage(
    invocations: Sequence[Mapping[str, Any]], listed: Sequence[Any], path_of: Callable[[Any], str | None]
) -> dict[str, str | None]:
    """What became of each file: None if it was scanned, else why it was not.

    Lost is what an error names, what CodeQL's extractor warns of, and what CodeQL expected and did not extract. A file
    that is listed, or that was extracted, was scanned.

    Args:
        invocations: What stands under ``invocations``.
        listed: Locations of what stands under ``artifacts`` and of the results.
        path_of: The path of an ``artifactLocation`` in the repository; None if it is not in there.
    """
    extracted, expected, lost = set[str](), set[str](), dict[str, str]()
    for path, kind, level, text in _notices(invocations, path_of):
        if kind.endswith(_EXTRACTED):
            extracted.add(path)
        elif _EXPECTED in kind:
            expected.add(path)
        elif level == "error" or kind.endswith(_LOST):
            lost.setdefault(path, text or kind)
    scanned = {path for path in map(path_of, listed) if path is not None}
    found: dict[str, str | None] = dict.fromkeys(scanned)
    if extracted:
        found.update(dict.fromkeys(expected - extracted, "the extractor did not read it"))
    found.update(lost)
    found.update(dict.fromkeys(extracted))
    return found


def _notices(
    invocations: Sequence[Mapping[str, Any]], path_of: Callable[[Any], str | None]
) -> Iterator[tuple[str, str, str, str | None]]:
    """Path, kind, level and text of every notification about a file."""
    for invocation in invocations:
        notices = invocation.get("toolExecutionNotifications")
        for each in notices if isinstance(notices, list) else ():
            kind = said.text(said.member(each, "descriptor", "id")) or ""
            text = said.text(said.member(each, "message", "text"))
            locations = said.member(each, "locations")
            for at in locations if isinstance(locations, list) else ():
                path = path_of(said.member(at, "physicalLocation", "artifactLocation"))
                if path is not None:
                    yield path, kind, said.text(said.member(each, "level")) or "warning", text
