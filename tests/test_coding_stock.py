"""What a push finds in a project: our tasks, strangers', the same one twice, and those that are still on their way."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import pytest

from codebook.study import Study
from coding.label_studio.studio import Studio, TaskHead
from coding.projects import sent
from coding.projects.stock import Stock, take_stock
from coding.records import PushedUnit


def unit(unit_id: str) -> PushedUnit:
    return PushedUnit(unit_id=unit_id, thread_id="t", kind="thread" if unit_id == "t" else "post", content_sha256="h")


def data(unit_id: str) -> dict[str, str]:
    return {"unit_id": unit_id, "thread_id": "t", "content_sha256": "h"}


class Tasks:
    """A server's tasks; with every listing, the next ones have arrived, too."""

    def __init__(self, *listings: Mapping[int, tuple[int, dict[str, Any]]]) -> None:
        self.listings = list(listings)
        self.asked: list[bool] = []

    def tasks(self, _project: int, *, data: bool) -> Iterator[TaskHead]:
        self.asked.append(data)
        now = self.listings[0] if len(self.listings) == 1 or not data else self.listings.pop(0)
        yield from (TaskHead(number, count, given if data else {}) for number, (count, given) in now.items())


def taken(tasks: Tasks, known: Mapping[int, PushedUnit], *awaited: str, seconds: float = 0) -> Stock:
    return take_stock(cast("Studio", tasks), 1, known, awaited, seconds)


def test_tasks_that_are_recorded_are_not_asked_for_their_pages() -> None:
    tasks = Tasks({7: (0, data("t")), 8: (1, data("t/1"))})
    stock = taken(tasks, {7: unit("t"), 8: unit("t/1"), 9: unit("deleted")})

    assert stock == Stock({7: unit("t"), 8: unit("t/1")})
    assert tasks.asked == [False]


def test_unknown_tasks_are_ours_by_their_data_and_else_foreign() -> None:
    tasks = Tasks({7: (0, data("t")), 8: (0, {"html": "by hand"}), 9: (0, {"unit_id": 3, "thread_id": "t"})})

    assert taken(tasks, {}) == Stock({7: unit("t")}, foreign=2)
    assert tasks.asked == [False, True]


@pytest.mark.parametrize(
    ("counts", "stays", "twice"),
    [((0, 0, 0), [1], [2, 3]), ((0, 1, 0), [2], [1, 3]), ((1, 0, 1), [1, 3], [2]), ((0, 0, 2), [3], [2, 1])],
)
def test_of_a_unit_that_is_there_twice_what_somebody_worked_on_stays(
    counts: tuple[int, ...], stays: list[int], twice: list[int]
) -> None:
    tasks = Tasks({number: (count, data("t")) for number, count in enumerate(counts, 1)})
    stock = taken(tasks, {})

    assert (sorted(stock.units), stock.twice) == (stays, twice)


def test_what_is_on_its_way_is_waited_for_but_not_for_ever() -> None:
    first: dict[int, tuple[int, dict[str, Any]]] = {7: (0, data("t"))}
    arrives = Tasks(first, first | {8: (0, data("t/1"))})
    began = time.monotonic()

    assert taken(arrives, {}, "t/1", seconds=60).named().keys() == {"t", "t/1"}
    assert taken(Tasks(first), {}, "t/1", seconds=0.3).named().keys() == {"t"}
    assert time.monotonic() - began < 50


def test_a_note_is_awaited_until_it_is_taken_back_or_too_old(
    make_study: Callable[..., Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study()
    sent.note(study, "u1", ["a", "b"])
    sent.note(study, "u2", ["c"])
    units, seconds = sent.awaited(study, "u1")

    assert units == {"a", "b"}
    assert 0 < seconds <= sent.GRACE
    assert sent.awaited(study, "u3")[0] == set()
    sent.clear(study, "u1")
    assert sent.awaited(study, "u1")[0] == set()
    assert sent.awaited(study, "u2")[0] == {"c"}
    later = time.time() + sent.GRACE + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert sent.awaited(study, "u2")[1] < 0
