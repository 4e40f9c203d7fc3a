"""Models on a list, and which of them are asked for their files."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from codebook.wire import Wire
from scan.hub import Earlier
from scan.shapes import can_be_asked_for
from scan.shard_notes import Note, keep


@dataclass(frozen=True, slots=True)
class Listed:
    """A model on a list, as far as further requests depend on it; ``facets`` are what one can filter it by."""

    native_id: str
    version: str | None
    downloads: int
    facets: frozenset[tuple[str, str]] = frozenset()


def in_turn(
    models: Collection[Listed], limit: int | None, wire: Wire, earlier: Earlier
) -> Iterator[tuple[Listed, bool]]:
    """The models, most downloaded first, and of each whether its files are to be asked for.

    Args:
        models: All that are listed.
        limit: Of how many the study wants the files; None for all. A shard ``files`` says how many are left out.
        wire: Where that is noted.
        earlier: What finished runs have got.
    """
    if limit is not None and limit < len(models):
        left = f"`files_limit` in study.toml: files of {len(models) - limit} models were not asked for"
        keep(wire, Note(query="files", problem=left, skipped=True))
    chosen = sorted(models, key=lambda each: (-each.downloads, each.native_id))
    for number, each in enumerate(chosen):
        wanted = limit is None or number < limit
        yield each, wanted and can_be_asked_for(each.native_id) and not earlier.has(each.native_id, each.version)
