"""Stack Exchange: the real client against an API on this machine; what stands on its pages."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sites.collecting import Collection
from sites.corpus import CorpusPost, CorpusThread
from sites.server import LocalSite
from sites.stackexchange import StackExchangeSite

from codebook.raw import Page
from collect.source import SeenPost, SeenSlice, SeenThread, Site
from collect.stackexchange import StackExchange

SOURCE = StackExchange()
DAY = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
FIRST, LAST = datetime(2019, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)


def site_at(url: str, *, keywords: tuple[str, ...] = ("trust_remote_code",), **changes: Any) -> Site:
    since, until = changes.pop("since", date(2019, 1, 1)), changes.pop("until", date(2026, 1, 1))
    options = SOURCE.Options.model_validate(changes)
    return Site(name="so", base_url=url, keywords=keywords, since=since, until=until, options=options)


def question(number: int, *posts: CorpusPost, at: datetime = DAY, state: str = "open") -> CorpusThread:
    opening = CorpusPost(1, "ada", at, 'Is `trust_remote_code` "safe" & if x < 3?', "opening", score=4)
    return CorpusThread(
        "stackoverflow", "question", "", number, "What's <remote> code?", state, (opening, *posts), ("python", "c++")
    )


def answer(number: int, *, accepted: bool = False, score: int = 0, author: str | None = "grace") -> CorpusPost:
    return CorpusPost(number, author, DAY + timedelta(hours=1), f"Answer {number}.", "answer", score, accepted)


def comment(number: int, on: int | None = None, *, bot: bool = False) -> CorpusPost:
    who = "Community" if bot else "lin"
    return CorpusPost(number, who, DAY + timedelta(hours=2), f"Comment {number}, a < b", reply_to=on, bot=bot)


def asked_paths(local: LocalSite) -> list[str]:
    return [asked.path.removeprefix("/2.3") for asked in local.seen]


def test_a_question_becomes_a_thread_with_answers_and_comments(tmp_path: Path) -> None:
    thread = question(70, answer(71, accepted=True, score=9), answer(72, author=None), comment(5), comment(6, 72))
    with LocalSite(StackExchangeSite([thread])) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")

        assert got.run() == ["70"]

    common = {"thread": "70", "licence": "CC BY-SA 4.0"}
    after_two = {"created_at": DAY + timedelta(hours=2), "author": "lin", "score": 0}
    expected = [
        SeenSlice(query='"trust_remote_code"', window_start=FIRST, window_end=LAST, reported=1, hits=("70",)),
        SeenThread(
            native_id="70",
            item="question",
            url="https://stackoverflow.example/questions/70/what-s-remote-code",
            title="What's <remote> code?",
            state="accepted",
            created_at=DAY,
            author="ada",
            labels=("c++", "python"),
            n_reported=5,
            uid="70",
            version=f"{int(DAY.timestamp()) + 3600}/0/2/2/6",
        ),
        SeenPost(
            native_id="70",
            role="opening",
            body='Is `trust_remote_code` "safe" & if x < 3?',
            created_at=DAY,
            author="ada",
            score=4,
            **common,
        ),
        SeenPost(
            native_id="71",
            role="answer",
            body="Answer 71.",
            created_at=DAY + timedelta(hours=1),
            author="grace",
            score=9,
            accepted=True,
            **common,
        ),
        SeenPost(
            native_id="72",
            role="answer",
            body="Answer 72.",
            created_at=DAY + timedelta(hours=1),
            author=None,
            score=0,
            accepted=False,
            **common,
        ),
        SeenPost(native_id="c5", role="comment", body="Comment 5, a < b", reply_to="70", **common, **after_two),
        SeenPost(native_id="c6", role="comment", body="Comment 6, a < b", reply_to="72", **common, **after_two),
    ]
    assert expected == got.seen


def test_text_is_escaped_on_the_wire_and_only_there(tmp_path: Path) -> None:
    with LocalSite(StackExchangeSite([question(70)])) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")
        got.run()

    assert "What&#39;s &lt;remote&gt; code?" in got.text
    assert "&quot;safe&quot; &amp; if x &lt; 3" in got.text
    assert got.posts[0].body == 'Is `trust_remote_code` "safe" & if x < 3?'


def test_the_filter_is_made_by_the_api_and_used_from_then_on(tmp_path: Path) -> None:
    with LocalSite(StackExchangeSite([question(70, comment(5))])) as local:
        Collection(SOURCE, site_at(local.base_url), tmp_path / "raw").run()

    assert asked_paths(local) == ["/sites/", "/filters/create/", "/search/advanced/", "/posts/70/comments/"]
    made = local.seen[1]
    assert (made.first("base"), made.first("unsafe")) == ("default", "false")
    assert {".total", "question.body_markdown", "comment.body", "comment.link"} <= set(made.first("include").split(";"))
    assert len({asked.first("filter") for asked in local.seen[2:]}) == 1
    assert local.seen[2].query[:2] == (("pagesize", "100"), ("page", "1"))
    assert local.seen[2].first("q") == '"trust_remote_code"'


def test_comments_that_come_with_their_text_are_not_asked_for_again(tmp_path: Path) -> None:
    thread = question(70, answer(71), comment(5), comment(6, 71))
    with LocalSite(StackExchangeSite([thread], comment_text=True)) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")
        got.run()

    assert asked_paths(local)[2:] == ["/search/advanced/"]
    assert [(post.native_id, post.reply_to) for post in got.posts] == [
        ("70", None),
        ("c5", "70"),
        ("71", None),
        ("c6", "71"),
    ]


def test_answers_that_were_cut_are_asked_for_with_their_comments(tmp_path: Path) -> None:
    thread = question(70, answer(71), answer(72), comment(6, 72))
    with LocalSite(StackExchangeSite([thread, question(80)], embedded_answers=1)) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")

        assert got.run() == ["70", "80"]

    assert asked_paths(local)[2:] == ["/search/advanced/", "/questions/70/answers/", "/posts/72/comments/"]
    assert {(post.thread, post.native_id) for post in got.posts} == {
        ("70", "70"),
        ("70", "71"),
        ("70", "72"),
        ("70", "c6"),
        ("80", "80"),
    }
    assert [thread.n_reported for thread in got.threads] == [None, 1]


def test_a_comment_whose_question_cannot_be_told_is_no_silent_loss() -> None:
    items = [{"comment_id": 1, "post_id": 72, "post_type": "answer", "body_markdown": "?"}]
    page = Page("GET /2.3/posts/72/comments/?page=1", 200, {}, json.dumps({"items": items}).encode(), "r")

    assert list(SOURCE.parse(page, site_at(""))) == [
        SeenSlice(query="comments of posts", problem="1 comments do not say which question they belong to")
    ]


def test_comments_are_asked_for_in_batches_of_a_hundred_posts(tmp_path: Path) -> None:
    world = [question(1000 + n, comment(n)) for n in range(1, 151)]
    with LocalSite(StackExchangeSite(world)) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")

        assert len(got.run()) == 150

    batches = [path.split("/")[2].split(";") for path in asked_paths(local) if path.startswith("/posts/")]
    assert [len(batch) for batch in batches] == [100, 50]
    assert len(got.posts) == 300


@pytest.mark.parametrize(
    ("posts", "state", "expected"),
    [
        ((), "open", "open"),
        ((answer(71),), "open", "open"),
        ((answer(71, score=1),), "open", "answered"),
        ((answer(71, accepted=True),), "open", "accepted"),
        ((answer(71, accepted=True),), "closed", "closed"),
    ],
)
def test_the_state_of_a_question(tmp_path: Path, posts: tuple[CorpusPost, ...], state: str, expected: str) -> None:
    with LocalSite(StackExchangeSite([question(70, *posts, state=state)])) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")
        got.run()

    assert [thread.state for thread in got.threads] == [expected]


def test_the_sites_own_account_is_a_bot(tmp_path: Path) -> None:
    with LocalSite(StackExchangeSite([question(70, comment(5, bot=True))])) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")
        got.run()

    assert [(post.author, post.author_kind) for post in got.posts[1:]] == [("Community", "bot")]


def test_a_question_that_two_keywords_find_counts_once(tmp_path: Path) -> None:
    with LocalSite(StackExchangeSite([question(70)])) as local:
        got = Collection(
            SOURCE, site_at(local.base_url, keywords=("trust_remote_code", 'a "safe" &')), tmp_path / "raw"
        )

        assert got.run() == ["70"]

    assert [each.query for each in got.slices] == ['"trust_remote_code"', '"a  safe  &"']


def test_the_window_is_whole_seconds_of_the_studys_dates(tmp_path: Path) -> None:
    moments = [FIRST - timedelta(seconds=1), FIRST, LAST, LAST + timedelta(seconds=1)]
    world = [question(n, at=moment) for n, moment in enumerate(moments, 1)]
    with LocalSite(StackExchangeSite(world)) as local:
        assert Collection(SOURCE, site_at(local.base_url), tmp_path / "raw").run() == ["2", "3"]


def test_a_window_with_more_than_25_pages_is_halved_until_each_part_ends(tmp_path: Path) -> None:
    world = [question(n, at=FIRST + timedelta(hours=20 * n)) for n in range(1, 2603)]
    with LocalSite(StackExchangeSite(world)) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")
        ids = got.run()

    assert ids == [str(n) for n in range(1, 2603)]
    assert max(int(asked.first("page")) for asked in local.seen) <= 25
    windows = {(each.window_start, each.window_end): each.reported for each in got.slices}
    assert sum(reported or 0 for reported in windows.values()) == 2602
    assert min(start for start, _ in windows if start) == FIRST
    assert max(end for _, end in windows if end) == LAST
    assert len(windows) == 2


def test_a_second_with_more_than_25_pages_is_told_as_not_whole(tmp_path: Path) -> None:
    world = [question(n, at=FIRST) for n in range(1, 2603)]
    with LocalSite(StackExchangeSite(world)) as local:
        got = Collection(SOURCE, site_at(local.base_url, until=date(2019, 1, 2)), tmp_path / "raw")

        assert len(got.run()) == 2500

    worst = [each for each in got.slices if each.problem]
    assert [each.problem for each in worst] == ["the result goes on behind page 25, where the API ends"]
    assert (worst[0].window_start, worst[0].window_end, worst[0].reported) == (FIRST, FIRST, 2602)


def test_the_recorded_sites_page_is_what_the_client_accepts(shared: Callable[[str], Path], tmp_path: Path) -> None:
    page = shared("recorded/stackapi/tests/mock_objects/test_stackoverflow_exists").read_bytes()
    with LocalSite(StackExchangeSite([question(70)], sites_page=page)) as local:
        got = Collection(SOURCE, site_at(local.base_url), tmp_path / "raw")

        assert got.run() == ["70"]
