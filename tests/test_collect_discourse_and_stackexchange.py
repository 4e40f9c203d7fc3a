"""Later runs of a forum and a question site through the command: what is asked, and what the tables say then."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from conftest import Ran
from sites.discourse import DiscourseSite
from sites.server import LocalSite
from sites.stackexchange import StackExchangeSite
from test_collect_discourse import spread
from test_collect_discourse_later import with_reply
from test_collect_stackexchange import FIRST, answer, comment
from test_collect_stackexchange_later import with_answer, world

from codebook.rows import Change, Post, Slice, Thread
from codebook.study import Study

LATER = datetime(2025, 7, 1, tzinfo=UTC)


def sources(questions: LocalSite, forum: LocalSite) -> str:
    return f"""
[sources.so]
kind = "stackexchange"
base_url = "{questions.base_url}"

[sources.forum]
kind = "discourse"
base_url = "{forum.base_url}"
public_url = "https://forum.example"
"""


def changes(study: Study, run_id: str) -> Counter[tuple[str, str]]:
    return Counter((c.thread_id.split(":")[0], c.change) for c in study.read(Change) if c.run_id == run_id)


def posts(study: Study, thread_id: str) -> list[tuple[str, str]]:
    return [(p.role, p.native_id) for p in study.read(Post) if p.thread_id == thread_id]


def test_a_second_run_finds_just_what_changed_and_keeps_all_else(
    make_study: Callable[..., Study], run: Callable[..., Ran]
) -> None:
    asked = StackExchangeSite(world(130, (answer(1), comment(2))))
    forum = DiscourseSite(spread(100, FIRST, timedelta(days=9)))
    with LocalSite(asked) as so, LocalSite(forum) as local:
        study = make_study(sources(so, local))

        def collect() -> tuple[int, int]:
            before = len(so.seen), len(local.seen)
            ran = run("collect", "threads", "--study", study.path)
            assert ran.code == 0, ran.err
            return len(so.seen) - before[0], len(local.seen) - before[1]

        collect()
        first = {table: list(study.read(table)) for table in (Thread, Post)}
        windows = Counter(row.site for row in study.read(Slice))
        assert collect() == (windows["so"], windows["forum"]), "nothing new: one request per known window"
        assert {table: list(study.read(table)) for table in (Thread, Post)} == first

        asked.threads = [with_answer(t, LATER) if t.number <= 1025 else t for t in asked.threads if t.number != 1100]
        forum.topics |= {n: with_reply(forum.topics[n]) for n in range(1, 26)}
        del forum.topics[60]
        collect()

    expected = {("so", "updated"): 25, ("forum", "updated"): 25, ("so", "deleted"): 1, ("forum", "gone"): 1}
    assert changes(study, "collect-threads-3") == expected
    assert posts(study, "so:1001") == [
        ("opening", "1001"),
        ("answer", "100001"),
        ("comment", "c100002"),
        ("answer", "10010"),
    ]
    assert posts(study, "so:1099") == [("opening", "1099"), ("answer", "9900001"), ("comment", "c9900002")]
    assert posts(study, "forum:25") == [("opening", "1"), ("reply", "2")]
    assert posts(study, "forum:26") == [("opening", "1")]
    assert {row.state for row in study.read(Slice)} == {"complete"}
