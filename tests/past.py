"""What a finished run has got, from its pages, as ``collect.earlier`` reads it from tables."""

from datetime import UTC, datetime

from sites.collecting import Collection

from collect.source import Earlier, Known, SeenGone, SeenSlice, SeenThread, Whole

BEGAN = datetime(2025, 1, 1, tzinfo=UTC)


def past_of(made: Collection) -> Earlier:
    """The past that the pages of a collection are, for the run after it."""
    threads: dict[str, Known] = {}
    slices: dict[str, list[SeenSlice]] = {}
    for seen in made.seen:
        if isinstance(seen, SeenThread):
            threads[seen.native_id] = Known(seen.item, seen.version, seen.uid, seen.created_at)
        elif isinstance(seen, SeenGone):
            threads.pop(seen.native_id, None)
        elif isinstance(seen, SeenSlice):
            slices.setdefault(seen.query, []).append(seen)
    windows = {query: _whole(each) for query, each in slices.items() if not any(s.problem for s in each)}
    return Earlier(BEGAN, threads, windows)


def _whole(slices: list[SeenSlice]) -> tuple[Whole, ...]:
    last = slices[-1]
    got = len({hit for each in slices for hit in each.hits})
    return (Whole(last.window_start, last.window_end, last.reported, got),)
