"""Stack Exchange: what a later run asks for, and what it costs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sites.collecting import Collection
from sites.corpus import CorpusPost, CorpusThread
from sites.server import LocalSite
from sites.stackexchange import StackExchangeSite
from test_collect_stackexchange import FIRST, SOURCE, answer, comment, question, site_at

from codebook.errors import StoppedEarly
from collect.source import Earlier, SeenGone

RUN_1 = datetime(2025, 6, 1, tzinfo=UTC)
AFTER = RUN_1 + timedelta(days=30)
KEYWORDS = ("trust_remote_code", "safe")


def world(number: int, posts: tuple[CorpusPost, ...] = (), step: timedelta = timedelta(hours=1)) -> list[CorpusThread]:
    """Questions 1001, 1002, … with the same later posts, whose ids are made their own."""
    threads = []
    for n in range(1, number + 1):
        own = tuple(replace(post, id=post.id + 100_000 * n) for post in posts)
        threads.append(question(1000 + n, *own, at=FIRST + n * step))
    return threads


def with_answer(thread: CorpusThread, at: datetime = AFTER) -> CorpusThread:
    return replace(thread, posts=(*thread.posts, replace(answer(thread.number * 10), at=at)))


class Study:
    """One site that is collected twice."""

    def __init__(self, fake: StackExchangeSite, folder: Path, **asked: object) -> None:
        self.fake, self.folder, self.asked = fake, folder, asked

    def collect(
        self, run: str, earlier: Earlier | None = None, dies_after: int | None = None
    ) -> tuple[Collection, int]:
        """Collect, whole or until the site dies; how often the site was asked."""
        with LocalSite(self.fake, dies_after=dies_after) as local:
            got = Collection(
                SOURCE, site_at(local.base_url, **self.asked), self.folder / "raw", earlier or Earlier(), run
            )
            if dies_after is None:
                self.given = got.run()
            else:
                with pytest.raises(StoppedEarly):
                    got.run(max_wait=1)
            self.paths = [f"{a.path.removeprefix('/2.3')}" for a in local.seen]
            self.seen = local.seen
            return got, len(local.seen)

    def first(self) -> Earlier:
        return self.collect("r1")[0].past(RUN_1)


def test_a_second_run_with_nothing_new_costs_one_request_per_known_window(tmp_path: Path) -> None:
    """Also where a window has more questions than fit on a page, and more than fit on 25."""
    study = Study(StackExchangeSite(world(2600, (comment(1),), timedelta(hours=20))), tmp_path, keywords=KEYWORDS)
    past = study.first()
    got, requests = study.collect("r2", past)

    assert sum(map(len, past.windows.values())) == 4
    assert requests == 4
    assert study.given == []
    assert got.gone == []


def test_what_the_api_never_changes_is_taken_from_the_raw_records(tmp_path: Path) -> None:
    study = Study(StackExchangeSite(world(3)), tmp_path)
    past = study.first()
    study.collect("r2", past)

    assert study.paths == ["/search/advanced/"]


def test_fifty_changed_questions_are_asked_for_again_and_no_other(tmp_path: Path) -> None:
    fake = StackExchangeSite(world(300, (answer(1), comment(2), comment(3, 1))))
    fake.threads = [replace(t, posts=(*t.posts[:3], replace(t.posts[3], reply_to=t.posts[1].id))) for t in fake.threads]
    study = Study(fake, tmp_path)
    past = study.first()
    changed = [t.number for t in fake.threads[::6]]
    fake.threads = [with_answer(t) if t.number in changed else t for t in fake.threads]
    got, requests = study.collect("r2", past)

    assert sorted(map(int, study.given)) == changed
    assert len(changed) == 50
    posts = [p for a in study.seen for p in a.path.split("/")[3].split(";") if a.path.startswith("/2.3/posts/")]
    old_answers = [t.posts[1].id for t in fake.threads if t.number in changed]
    assert sorted(map(int, posts)) == sorted([*changed, *old_answers])
    assert requests == 2, "one for the window, one for the comments of a hundred posts"
    assert [s.changes for s in got.slices[-1:]] == [True]


def test_the_walk_goes_on_while_questions_are_newer_than_the_last_run(tmp_path: Path) -> None:
    fake = StackExchangeSite(world(400))
    study = Study(fake, tmp_path)
    past = study.first()
    fake.threads = [with_answer(t) if t.number <= 1250 else t for t in fake.threads]
    got, _ = study.collect("r2", past)

    assert sorted(map(int, study.given)) == list(range(1001, 1251))
    assert [a.first("page") for a in study.seen] == ["1", "2", "3"]
    assert {a.first("sort") for a in study.seen} == {"activity"}
    assert {s.reported for s in got.slices} == {400}


def test_new_questions_in_a_known_window_and_behind_it_are_found(tmp_path: Path) -> None:
    """The last day of a window is often still going on when it is asked for first."""
    fake = StackExchangeSite(world(150))
    study = Study(fake, tmp_path, until=AFTER.date() + timedelta(days=9))
    past = study.first()
    fake.threads = [*fake.threads, question(2001, at=AFTER), question(2002, at=AFTER + timedelta(days=20))]
    study.asked["until"] = AFTER.date() + timedelta(days=30)
    _, requests = study.collect("r2", past)

    assert study.given == ["2001", "2002"]
    assert requests == 2


@pytest.mark.parametrize("number", [90, 250])
def test_deleted_questions_are_said(tmp_path: Path, number: int) -> None:
    fake = StackExchangeSite(world(number))
    study = Study(fake, tmp_path)
    past = study.first()
    deleted = {1007, 1008, 1070}
    fake.threads = [t for t in fake.threads if t.number not in deleted]
    got, requests = study.collect("r2", past)

    assert got.gone == [SeenGone(native_id=str(n), why="deleted") for n in sorted(deleted)]
    assert study.given == []
    assert study.paths[-1] == "/questions/1007;1008;1070/"
    assert requests == (2 if number <= 100 else 1 + 3 + 1), "a window of one page is its own list"
    assert [s.changes for s in got.slices][-1] is False


def test_a_deleted_question_is_noticed_beside_a_new_one(tmp_path: Path) -> None:
    fake = StackExchangeSite(world(150))
    study = Study(fake, tmp_path)
    past = study.first()
    fake.threads = [*fake.threads[1:], question(2001, at=AFTER)]
    got, _ = study.collect("r2", past)

    assert got.gone == [SeenGone(native_id="1001", why="deleted")]
    assert study.given == ["2001"]


def test_a_question_that_lost_the_keyword_is_still_there(tmp_path: Path) -> None:
    fake = StackExchangeSite(world(20))
    study = Study(fake, tmp_path)
    past = study.first()
    plain = replace(fake.threads[4].posts[0], body="What is it?", edited=AFTER)
    fake.threads[4] = replace(fake.threads[4], posts=(plain,))
    got, requests = study.collect("r2", past)

    assert (got.gone, study.given, requests) == ([], ["1005"], 2)
    assert [p.body for p in got.posts if p.thread == "1005"] == ["What is it?"] or got.posts[-1].body == "What is it?"


def test_an_old_question_that_gained_the_keyword_is_listed(tmp_path: Path) -> None:
    """By a comment, which is no activity: only the number of hits tells."""
    fake = StackExchangeSite(world(150))
    plain = question(5, at=FIRST)
    plain = replace(plain, posts=(replace(plain.posts[0], body="What is it?"),))
    fake.threads.append(plain)
    study = Study(fake, tmp_path)
    past = study.first()
    late = replace(comment(9), body="Do you use trust_remote_code?", at=AFTER)
    fake.threads[-1] = replace(plain, posts=(*plain.posts, late))
    got, _ = study.collect("r2", past)

    assert study.given == ["5"]
    assert [a.first("sort") for a in study.seen if "search" in a.path] == ["activity", "creation", "creation"]
    assert got.slices[-1].reported == 151


@pytest.mark.parametrize(
    "change",
    [
        lambda t: replace(t, posts=(*t.posts, replace(comment(77), at=AFTER))),
        lambda t: replace(t, posts=t.posts[:-1]),
        lambda t: replace(t, posts=(*t.posts[:-1], replace(t.posts[-1], id=t.posts[-1].id + 1, body="Another."))),
        lambda t: replace(t, posts=(replace(t.posts[0], body="safe trust_remote_code!", edited=AFTER), *t.posts[1:])),
        lambda t: replace(t, posts=(t.posts[0], replace(t.posts[1], edited=AFTER), *t.posts[2:])),
        lambda t: replace(t, posts=(t.posts[0], *t.posts[2:])),
    ],
    ids=["comment", "comment deleted", "comment replaced", "question edited", "answer edited", "answer deleted"],
)
def test_every_change_of_text_is_another_version(tmp_path: Path, change: object) -> None:
    assert callable(change)
    fake = StackExchangeSite(world(10, (answer(1), comment(2))))
    study = Study(fake, tmp_path)
    past = study.first()
    fake.threads[3] = change(fake.threads[3])
    study.collect("r2", past)

    assert study.given == ["1004"]


def test_votes_are_no_change(tmp_path: Path) -> None:
    fake = StackExchangeSite(world(10, (answer(1), comment(2))))
    study = Study(fake, tmp_path)
    past = study.first()
    fake.threads = [replace(t, posts=tuple(replace(p, score=p.score + 3) for p in t.posts)) for t in fake.threads]
    got, requests = study.collect("r2", past)

    assert (study.given, requests) == ([], 1)
    assert {p.score for p in got.posts if p.role == "opening"} == {4, 7}, "their new number is stored all the same"


@pytest.mark.parametrize("served", range(8))
def test_a_second_run_that_is_killed_asks_nothing_twice(tmp_path: Path, served: int) -> None:
    def changed() -> Study:
        fake = StackExchangeSite(world(250, (comment(1),)))
        study = Study(fake, tmp_path / name, keywords=KEYWORDS)
        study.past = study.first()  # type: ignore[attr-defined] # a note of this test
        fake.threads = [with_answer(t) if t.number < 1040 else t for t in fake.threads if t.number != 1200]
        return study

    name = "calm"
    calm = changed()
    whole, requests = calm.collect("r2", calm.past)  # type: ignore[attr-defined]
    undisturbed = [(a.path, a.query) for a in calm.seen]
    name = "killed"
    killed = changed()
    killed.collect("r2", killed.past, dies_after=served)  # type: ignore[attr-defined]
    got, rest = killed.collect("r2", killed.past)  # type: ignore[attr-defined]

    assert requests > 8
    assert rest == requests - served
    assert [(a.path, a.query) for a in killed.seen] == undisturbed[served:]
    assert killed.given == calm.given
    assert got.seen == whole.seen


@pytest.mark.parametrize("number", [1, 100])
def test_the_dry_run_says_what_listing_costs(tmp_path: Path, number: int) -> None:
    fake = StackExchangeSite(world(number))
    study = Study(fake, tmp_path, keywords=KEYWORDS)
    site = site_at("", keywords=KEYWORDS)
    first = site.options.expected(site, Earlier())
    _, requests = study.collect("r1")

    assert (first.listing, requests) == (4, 4)
    past = study.first()
    again = site.options.expected(site, past)
    _, requests = study.collect("r2", past)
    assert (again.listing, requests) == (2, 2)
    assert again.note == "0 to begin, 2 known windows, 0 new ones with 100 questions a page"


def test_a_thousand_questions_cost_no_more_than_the_dry_run_says(tmp_path: Path) -> None:
    """Each with two answers and three comments, a third of them under answers."""
    posts = (answer(1), answer(2), comment(3), comment(4), comment(5, 1))
    threads = [
        replace(t, posts=(*t.posts[:5], replace(t.posts[5], reply_to=t.posts[1].id))) for t in world(1000, posts)
    ]
    site = site_at("")
    got, requests = Study(StackExchangeSite(threads), tmp_path).collect("r1")
    expected = site.options.expected(site, Earlier())

    assert (len(got.threads), len(got.posts)) == (1000, 1000 * 6)
    assert requests == 2 + 10 + 20 + 10
    assert requests <= expected.listing + expected.per_1000
