"""Batches: whatever fails and however, each content is answered for once, and one that is well is scanned."""

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest
from fake_scanners import Fake
from hypothesis import example, given, settings
from hypothesis import strategies as st

from codebook.blobs import Blobs
from codebook.scanning import Scan
from scan.code.batches import MOST_IN_VAIN, Errand, Tool, batches, repository
from scan.code.work import Answered, Executor, Work
from scan.scanner import Code, Said


class Gone(Exception):
    """The place where a batch ran is gone."""


@dataclass
class Faulty:
    """An executor that breaks down on some contents, in the way that each has.

    Args:
        faults: By content what happens: ``crash`` and ``late`` take the batch with them, ``omit`` the one answer;
            ``lost`` loses the place.
        streams: Whether what was said before a breakdown stays said.
    """

    faults: dict[str, str]
    streams: bool
    slots: int = 3
    lost: tuple[type[BaseException], ...] = (Gone,)
    asked: list[int] = field(default_factory=list)

    def submit(self, work: Work) -> "Future[Answered]":
        """Answer at once."""
        self.asked.append(len(work.items))
        future: Future[Answered] = Future()
        said = list[Said]()
        for item in work.items:
            fault = self.faults.get(item.code.sha256)
            if fault == "lost":
                future.set_exception(Gone())
                return future
            if fault in ("crash", "late"):
                future.set_result(
                    Answered(said=tuple(said if self.streams else ()), problem=fault, late=fault == "late")
                )
                return future
            if fault != "omit":
                said.append(Said(sha256=item.code.sha256, status="scanned"))
        future.set_result(Answered(said=tuple(said)))
        return future


@dataclass
class Crowded:
    """An executor where a content that kills takes the place of all that is under way with it.

    Args:
        killers: Contents that kill.
        slots: How many batches it wants at once; a few more are given to it.
    """

    killers: set[str]
    slots: int = 3
    lost: tuple[type[BaseException], ...] = (Gone,)
    _under_way: list[tuple[Future[Answered], Work]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def submit(self, work: Work) -> "Future[Answered]":
        """Answer a little later, together with what came in the meantime."""
        future: Future[Answered] = Future()
        with self._lock:
            self._under_way.append((future, work))
            if len(self._under_way) == 1:
                threading.Timer(0.002, self._answer).start()
        return future

    def _answer(self) -> None:
        with self._lock:
            together, self._under_way = self._under_way, []
        killed = any(item.code.sha256 in self.killers for _, work in together for item in work.items)
        for future, work in together:
            if killed:
                future.set_exception(Gone())
            else:
                said = (Said(sha256=item.code.sha256, status="scanned") for item in work.items)
                future.set_result(Answered(said=tuple(said)))


class Contents(Blobs):
    """Contents that are their own hashes' names."""

    def read(self, sha256: str) -> bytes | None:
        """A content; those that begin with 0 are gone."""
        return None if sha256.startswith("0") else b"x"


def codes(count: int) -> list[Code]:
    """Contents of different sizes."""
    hashes = sorted(sha256(str(n).encode()).hexdigest() for n in range(count))
    return [Code(sha256=each, suffix=".py", bytes=n % 7 * 100) for n, each in enumerate(hashes)]


def tool(batch: int = 8, *, whole: bool = False) -> Tool:
    fake = Fake(batch=batch, whole=whole)
    return Tool(fake, fake.kit(Scan(), Path()))


def ran(executor: Executor, asked: Sequence[Code], batch: int = 8) -> Counter[tuple[str, str]]:
    """What is kept of each content: hash and status, counted."""
    kept = Counter[tuple[str, str]]()

    def keep(_tool: Tool, said: Sequence[Said], _again: bool) -> None:
        kept.update((each.sha256, each.status) for each in said)

    Errand(executor, Contents(Path()), keep).run(batches(tool(batch), asked, executor.slots))
    return kept


@settings(max_examples=150, deadline=None)
@given(
    count=st.integers(0, 60),
    batch=st.integers(1, 20),
    streams=st.booleans(),
    broken=st.dictionaries(st.integers(0, 59), st.sampled_from(["crash", "late", "omit", "lost"]), max_size=15),
)
def test_each_content_is_answered_for_once_whatever_fails(
    count: int, batch: int, streams: bool, broken: dict[int, str]
) -> None:
    asked = codes(count)
    faults = {asked[n].sha256: fault for n, fault in broken.items() if n < count}
    kept = ran(Faulty(faults, streams), asked, batch)

    word = {"crash": "failed", "omit": "failed", "lost": "failed", "late": "timed_out"}
    expected = {
        code.sha256: "skipped" if code.sha256.startswith("0") else word.get(faults.get(code.sha256, ""), "scanned")
        for code in asked
    }
    assert Counter(expected.items()) == kept


@given(
    sizes=st.lists(st.integers(0, 400_000), max_size=80),
    batch=st.integers(1, 30),
    slots=st.integers(1, 4),
)
def test_batches_keep_to_the_bounds_of_the_tool_and_lose_nothing(sizes: list[int], batch: int, slots: int) -> None:
    asked = [Code(sha256=f"{n:064x}", suffix=".py", bytes=size) for n, size in enumerate(sizes)]
    made = list(batches(tool(batch), asked, slots))

    assert [code for each in made for code in each.codes] == asked
    assert all(len(each.codes) <= batch for each in made)
    assert all(sum(code.bytes for code in each.codes) <= 1_000_000 for each in made if len(each.codes) > 1)


def test_one_bad_content_among_many_costs_few_batches() -> None:
    asked = codes(500)
    executor = Faulty({asked[7].sha256: "crash"}, streams=False)
    ran(executor, asked, batch=500)

    assert len(executor.asked) <= 1 + 4 * 5


@settings(max_examples=25, deadline=None)
@given(count=st.integers(1, 60), batch=st.integers(1, 8), kill=st.sets(st.integers(0, 59), max_size=MOST_IN_VAIN - 1))
@example(count=60, batch=1, kill={0, 1, 30, 31, 59})
def test_what_was_lost_with_a_place_in_bad_company_is_scanned(count: int, batch: int, kill: set[int]) -> None:
    asked = [code for code in codes(count) if not code.sha256.startswith("0")]
    killers = {code.sha256 for n, code in enumerate(asked) if n in kill}
    kept = ran(Crowded(killers), asked, batch)

    assert kept == Counter((code.sha256, "failed" if code.sha256 in killers else "scanned") for code in asked)


def test_a_tool_that_kills_every_place_is_given_up() -> None:
    asked = [code for code in codes(200) if not code.sha256.startswith("0")]
    statuses = Counter(status for _, status in ran(Crowded({code.sha256 for code in asked}), asked, batch=50))

    assert statuses == {"failed": MOST_IN_VAIN, "skipped": len(asked) - MOST_IN_VAIN}


def test_a_tool_that_fails_on_everything_is_given_up() -> None:
    asked = codes(400)
    executor = Faulty({code.sha256: "crash" for code in asked}, streams=False, slots=1)
    kept = ran(executor, asked, batch=100)

    statuses = Counter(status for _, status in kept)
    assert len(kept) == 400
    assert statuses["failed"] <= MOST_IN_VAIN + executor.slots + 2
    assert statuses["skipped"] > 300


def test_a_repository_is_never_split() -> None:
    asked = {f"{n}.py": code for n, code in enumerate(codes(5)) if not code.sha256.startswith("0")}
    broken = next(iter(asked.values())).sha256
    executor, kept = Faulty({broken: "crash"}, streams=False), list[Said]()
    errand = Errand(executor, Contents(Path()), lambda _tool, said, _again: kept.extend(said))
    errand.run([repository(tool(whole=True), asked)])

    assert executor.asked == [len(asked)]
    assert Counter(each.sha256 for each in kept) == Counter(code.sha256 for code in asked.values())
    assert {(each.status, each.reason) for each in kept} == {("failed", "crash")}


@pytest.mark.parametrize("broken", [ValueError, RuntimeError])
def test_a_mistake_of_ours_is_not_taken_for_a_tools(broken: type[Exception]) -> None:
    class Mistaken(Faulty):
        def submit(self, work: Work) -> "Future[Answered]":
            future: Future[Answered] = Future()
            future.set_exception(broken("ours"))
            return future

    with pytest.raises(broken, match="ours"):
        ran(Mistaken({}, streams=False), codes(3))


def test_what_is_held_at_once_is_bounded_and_a_content_beyond_that_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scan.code.batches.MOST_CARRIED", 1000)
    sizes = [600, 600, 1200, 300, 300, 300]
    asked = [Code(sha256=f"{n + 1:x}".ljust(64, "a"), suffix=".bin", bytes=size) for n, size in enumerate(sizes)]
    executor, held = Faulty({}, streams=False, slots=6), list[int]()

    class Holding(Errand):
        def _answered(self, future: "Future[Answered]") -> Answered | None:
            held.append(sum(each.bytes for each in self._flying.values()))
            return super()._answered(future)

    kept = list[Said]()
    Holding(executor, Contents(Path()), lambda _tool, said, _again: kept.extend(said)).run(batches(tool(1), asked, 1))

    assert max(held) <= 1000
    assert {each.sha256[0]: each.status for each in kept} == {
        **dict.fromkeys("12456", "scanned"),
        "3": "skipped",
    }
    assert [each.reason for each in kept if each.reason] == ["it has 1200 bytes, and 1000 can be sent to a tool"]
