"""Stack Exchange: the traps of its client and of its limits, each of which has cost somebody data."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sites.corpus import CorpusPost, CorpusThread
from sites.server import Asked, LocalSite
from sites.stackexchange import StackExchangeSite, throttled
from test_collect_stackexchange_wire import DAY, WORLD, at, collection, waits

from codebook.errors import StoppedEarly


@pytest.mark.parametrize("quota", [2, 3, 5])
def test_a_spent_quota_is_a_clean_stop_and_the_next_day_goes_on(tmp_path: Path, quota: int) -> None:
    fake = StackExchangeSite(WORLD, quota=quota)
    with LocalSite(fake) as local:
        got = collection(local, tmp_path / "raw")
        with pytest.raises(
            StoppedEarly,
            match=r"(?s)a day are used up \(`quota_remaining` is 0\).*With a key there are more: set \$SO_KEY",
        ):
            got.run()
        assert len(local.seen) == quota, "nothing is asked that the API has said it will refuse"
        fake.quota = 300

        assert len(collection(local, tmp_path / "raw").run()) == 220
        assert len(local.seen) == 8

    assert waits(got) == []


def test_the_last_request_of_a_day_may_be_the_last_of_a_run(tmp_path: Path) -> None:
    with LocalSite(StackExchangeSite(WORLD, quota=8)) as local:
        assert len(collection(local, tmp_path / "raw").run()) == 220


def test_all_pages_are_read_where_stackapi_would_end_after_five(tmp_path: Path) -> None:
    """Its ``max_pages`` is 5 unless told otherwise, and only ``has_more`` would show what is missing."""
    plain = CorpusPost(1, "ada", DAY, "trust_remote_code?", "opening")
    world = [CorpusThread("stackoverflow", "question", "", n, f"Question {n}", "open", (plain,)) for n in range(1, 702)]
    with LocalSite(StackExchangeSite(world)) as local:
        got = collection(local, tmp_path / "raw")

        assert len(got.run()) == 701

    assert [asked.first("page") for asked in local.seen[2:]] == ["1", "2", "3", "4", "5", "6", "7", "8"]


def test_a_throttle_on_a_later_page_loses_no_earlier_one(tmp_path: Path) -> None:
    """StackAPI by itself throws pages 1 and 2 away when page 3 fails."""
    ban = throttled("too many requests from this IP, more requests available in 45500 seconds")
    with LocalSite(StackExchangeSite(WORLD), at(5, ban)) as local:
        got = collection(local, tmp_path / "raw")
        with pytest.raises(StoppedEarly):
            got.run()

        assert len(got.threads) == 200
        assert len(collection(local, tmp_path / "raw").run()) == 220

    assert [asked.first("page") for asked in local.seen[2:6]] == ["1", "2", "3", "3"]


def test_the_constructors_own_request_is_stored_and_waits_like_any_other(tmp_path: Path) -> None:
    """StackAPI asks for all sites before anything else; a throttle may meet that request as well."""
    with LocalSite(StackExchangeSite(WORLD[:1]), at(1, throttled("Violation of backoff parameter"))) as local:
        got = collection(local, tmp_path / "raw")

        assert got.run() == ["1001"]

    assert [asked.path for asked in local.seen[:2]] == ["/2.3/sites/", "/2.3/sites/"]
    assert waits(got) == [30]


def test_a_result_that_moves_between_pages_gives_no_question_twice(tmp_path: Path) -> None:
    fake = StackExchangeSite(WORLD)

    def fault(number: int, _asked: Asked) -> None:
        if number == 4:  # a question from long ago now has the keyword: all that follow move by one
            opening = CorpusPost(1, "ada", datetime(2019, 5, 1, tzinfo=UTC), "trust_remote_code", "opening")
            fake.threads = [*WORLD, CorpusThread("stackoverflow", "question", "", 7, "Old", "open", (opening,))]

    with LocalSite(fake, fault) as local:
        ids = collection(local, tmp_path / "raw").run()

    assert len(ids) == len(set(ids)) == 220
