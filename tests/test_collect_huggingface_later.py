"""Hugging Face, later runs: lists and what changed in them, and what became of the rest."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import Ran
from past import past_of
from sites.collecting import Collection
from sites.corpus import CorpusPost, CorpusThread
from sites.huggingface import HuggingFaceSite
from sites.server import LocalSite, as_json
from test_collect_huggingface import SOURCE, discussion, paths, site_at

from codebook.errors import StoppedEarly
from codebook.rows import Change, Slice
from codebook.study import Study
from collect.source import Earlier, Known, SeenGone, SeenSlice, SeenThread

DAY = datetime(2024, 5, 1, 12, tzinfo=UTC)
LIST = "/api/models/heron/seven/discussions"
WORLD = [discussion(number) for number in range(1, 121)]


@dataclass
class Twice:
    """A Hub that is collected from twice, with whatever happened in between."""

    folder: Path
    options: dict[str, Any] = field(default_factory=dict)

    def first(self, fake: HuggingFaceSite) -> Collection:
        with LocalSite(fake) as local:
            made = Collection(SOURCE, site_at(local.base_url, **self.options), self.folder / "raw")
            made.run()
        return made

    def second(
        self, before: Collection, fake: HuggingFaceSite, run_id: str = "r2", **how: Any
    ) -> tuple[Collection, list[str], list[str]]:
        """The second collection, what it yielded, and the paths that it asked for."""
        known = len(before.seen)
        with LocalSite(fake, **how) as local:
            site = site_at(local.base_url, **self.options)
            made = replace(before, site=site, earlier=past_of(before), run_id=run_id)
            found = made.run()
        self.fresh = made.seen[known:]
        return made, found, paths(local)


@pytest.fixture
def twice(tmp_path: Path) -> Callable[..., Twice]:
    return lambda **options: Twice(tmp_path, options)


def answered(thread: CorpusThread) -> CorpusThread:
    more = CorpusPost(thread.number * 10 + 5, "grace", DAY, "And `trust_repo`?")
    return replace(thread, posts=(*thread.posts, more))


def test_a_second_run_with_nothing_new_asks_for_the_lists_only(twice: Callable[..., Twice]) -> None:
    """A list has 50 discussions on a page: 120 of them cost three requests."""
    study = twice()
    first = study.first(HuggingFaceSite(WORLD))
    _, found, asked = study.second(first, HuggingFaceSite(WORLD))

    assert len({thread.native_id for thread in first.threads}) == 120
    assert found == []
    assert asked == [LIST] * 3
    assert {type(seen) for seen in study.fresh} == {SeenSlice}


def test_fifty_changed_discussions_are_exactly_those_that_are_asked_for(twice: Callable[..., Twice]) -> None:
    changes: list[Callable[[CorpusThread], CorpusThread]] = [
        answered,
        lambda thread: replace(thread, state="closed"),
        lambda thread: replace(thread, title="Is it really safe?"),
    ]
    world = [changes[t.number % 3](t) if t.number <= 49 else t for t in WORLD]
    study = twice()
    _, found, asked = study.second(study.first(HuggingFaceSite(WORLD)), HuggingFaceSite([*world, discussion(121)]))

    expected = {f"heron/seven#{number}" for number in (*range(1, 50), 121)}
    assert expected == set(found)
    assert len(found) == 50
    assert sorted(asked) == sorted([LIST] * 3 + [f"{LIST}/{i.rpartition('#')[2]}" for i in expected])
    versions = {seen.native_id: seen.version for seen in study.fresh if isinstance(seen, SeenThread)}
    assert versions["heron/seven#3"].startswith("open-3-0-")
    assert versions["heron/seven#1"].startswith("closed-")  # its events are one more, its comments are not


def test_a_reaction_is_a_change(twice: Callable[..., Twice]) -> None:
    study, fake = twice(), HuggingFaceSite(WORLD[:2])
    first = study.first(fake)
    page = fake.list_page(WORLD[:2], 0, "model", "heron/seven")
    page["discussions"][0] |= {"topReactions": [{"reaction": "👍", "count": 1}], "numReactionUsers": 1}
    fake.list_page = lambda *_: page  # type: ignore[method-assign] # the corpus has no reactions that lists show
    _, found, _ = study.second(first, fake)

    assert found == ["heron/seven#2"]


def test_a_discussion_that_is_deleted_is_asked_for_by_itself_and_said(twice: Callable[..., Twice]) -> None:
    study = twice()
    made, found, asked = study.second(study.first(HuggingFaceSite(WORLD[:3])), HuggingFaceSite(WORLD[1:3]))

    assert found == []
    assert asked == [LIST, f"{LIST}/1"]
    assert study.fresh[-1] == SeenGone(native_id="heron/seven#1", why="deleted")
    third = replace(made, earlier=past_of(made), run_id="r3")
    _, found, asked = study.second(third, HuggingFaceSite(WORLD[1:3]), "r3")
    assert (found, asked) == ([], [LIST])


def test_a_discussion_that_the_list_lost_but_is_there_is_got_again(twice: Callable[..., Twice]) -> None:
    study, fake = twice(), HuggingFaceSite(WORLD[:3])
    first = study.first(fake)
    page = fake.list_page(WORLD[1:3], 0, "model", "heron/seven")
    fake.list_page = lambda *_: page  # type: ignore[method-assign] # a list that is behind its discussions
    _, found, _ = study.second(first, fake)

    assert found == ["heron/seven#1"]


def test_discussions_of_a_renamed_repository_are_got_under_its_new_name(twice: Callable[..., Twice]) -> None:
    study = twice()
    moved = [replace(thread, repo="egret/seven") for thread in WORLD[:2]]
    renamed = HuggingFaceSite(moved, renamed={"heron/seven": "egret/seven"})
    made, found, asked = study.second(study.first(HuggingFaceSite(WORLD[:2])), renamed)

    new = "/api/models/egret/seven/discussions"
    assert found == ["egret/seven#2", "egret/seven#1"]
    assert asked == [LIST, new, f"{new}/2", f"{new}/1"]
    assert [seen for seen in study.fresh if isinstance(seen, SeenGone)] == [
        SeenGone(native_id="heron/seven#1", why="renamed", now="egret/seven#1"),
        SeenGone(native_id="heron/seven#2", why="renamed", now="egret/seven#2"),
    ]
    uids = {seen.native_id: seen.uid for seen in made.threads}
    assert uids["egret/seven#1"] == uids["heron/seven#1"] == f"{10:024x}"
    _, found, asked = study.second(replace(made, earlier=past_of(made)), renamed, "r3")
    assert (found, asked) == ([], [LIST, new])


@pytest.mark.parametrize(
    ("status", "message", "why"),
    [
        (403, "Discussions are disabled for this repo", "private"),
        (404, "Repository not found", "gone"),
        (401, "Invalid username or password.", "gone"),
        (410, "This repository was removed", "deleted"),
    ],
)
def test_a_repository_that_does_not_answer_takes_its_discussions_with_it(
    twice: Callable[..., Twice], status: int, message: str, why: str
) -> None:
    """One request, however many they were."""
    study = twice()
    closed = HuggingFaceSite([], refusals={"heron/seven": (status, message)})
    _, found, asked = study.second(study.first(HuggingFaceSite(WORLD[:3])), closed)

    assert (found, asked) == ([], [LIST])
    gone = {seen.native_id: seen.why for seen in study.fresh if isinstance(seen, SeenGone)}
    assert gone == dict.fromkeys(["heron/seven#1", "heron/seven#2", "heron/seven#3"], why)
    assert [s.problem for s in study.fresh if isinstance(s, SeenSlice)] == [f"HTTP {status} {message}"]


def test_a_repository_that_is_no_candidate_any_more_is_looked_in_all_the_same(twice: Callable[..., Twice]) -> None:
    """One that was made private is in no list of candidates."""
    study = twice(repos=[], candidates={"filter": "custom_code"})
    first = study.first(HuggingFaceSite(WORLD[:2]))
    private = HuggingFaceSite([], tagged=[], hides=True)
    _, found, asked = study.second(first, private)

    assert (found, asked) == ([], ["/api/models", LIST])
    gone = [seen for seen in study.fresh if isinstance(seen, SeenGone)]
    assert gone == [SeenGone(native_id=f"heron/seven#{n}", why="gone") for n in (1, 2)]


@pytest.mark.parametrize("answered_before", [1, 3, 4, 5, 8, 9])
def test_a_second_run_that_is_killed_asks_for_nothing_twice(
    twice: Callable[..., Twice], answered_before: int, tmp_path: Path
) -> None:
    """Three pages of the list, four changed discussions, two that are not in it any more."""
    after = [answered(t) if t.number in (7, 60, 61, 120) else t for t in WORLD[2:]]
    study = twice()
    before = study.first(HuggingFaceSite(WORLD))
    stored = len(before.seen)
    past = past_of(before)
    asked = []
    for dies_after in (answered_before, None):
        with LocalSite(HuggingFaceSite(after), dies_after=dies_after) as local:
            made = replace(before, site=site_at(local.base_url), earlier=past, run_id="r2")
            if dies_after is not None and dies_after < 9:
                with pytest.raises(StoppedEarly):
                    made.run()
            else:
                made.run()
        asked += [a.path for a in local.seen[:dies_after]]
    calm = Twice(tmp_path / "calm")
    undisturbed, _, needed = calm.second(calm.first(HuggingFaceSite(WORLD)), HuggingFaceSite(after))

    assert asked == needed
    assert len(needed) == 3 + 4 + 2
    assert made.seen[stored:] == undisturbed.seen[stored:]


def test_a_list_that_is_refused_in_the_middle_says_so_and_takes_nothing_for_gone(twice: Callable[..., Twice]) -> None:
    study = twice()
    first = study.first(HuggingFaceSite(WORLD))
    refused = as_json({"error": "Forbidden"}, 403)
    fault = lambda _, asked: refused if asked.first("p") == "1" else None  # noqa: E731
    _, found, asked = study.second(first, HuggingFaceSite(WORLD), fault=fault)

    assert (found, asked) == ([], [LIST] * 2)
    assert [s.problem for s in study.fresh if isinstance(s, SeenSlice)] == [None, "HTTP 403 Forbidden"]


def test_what_another_kind_of_site_of_this_name_had_is_left_alone(twice: Callable[..., Twice]) -> None:
    study = twice()
    first = study.first(HuggingFaceSite(WORLD[:1]))
    with LocalSite(HuggingFaceSite(WORLD[:1])) as local:
        other = Earlier(DAY, {"4711": Known("topic", "v", None, None)})
        made = replace(first, site=site_at(local.base_url), earlier=other, run_id="r2")

        assert made.run() == ["heron/seven#1"]

    assert paths(local) == [LIST, f"{LIST}/1"]


def test_a_repository_is_expected_to_cost_what_it_then_costs(twice: Callable[..., Twice]) -> None:
    """``--dry-run`` before the second run: lists of 120, of one and of no discussions, a name that moved."""
    repos = ["heron/seven", "heron/one", "heron/none", "heron/old"]
    world = [*WORLD, discussion(1, "heron/one")]
    how: dict[str, Any] = {"empty": frozenset({"heron/none"}), "renamed": {"heron/old": "heron/one"}}
    study = twice(repos=repos)
    first = study.first(HuggingFaceSite(world, **how))
    site = first.site
    expected = site.options.expected(site, past_of(first))
    _, _, asked = study.second(first, HuggingFaceSite([answered(t) for t in world], **how))

    assert expected.listing == 3 + 1 + 1 + 1
    assert len(asked) == expected.listing + expected.per_1000 * len(world) / 1000


def test_the_tables_say_what_changed_and_all_slices_are_complete(tmp_path: Path, run: Callable[..., Ran]) -> None:
    """One repository is renamed, one that only another site named is gone, a discussion is new and one deleted."""
    named = [discussion(number, "heron/eight") for number in range(201, 252)]
    head = '[study]\ntitle = "t"\nkeywords = ["trust_remote_code"]\nuntil = 2026-01-01\n'
    team = {"source": "t", "url": "https://t.example", "title": "trust_remote_code", "text": "hf.co/heron/eight"}
    (tmp_path / "t.jsonl").write_text(json.dumps(team))

    def collect(fake: HuggingFaceSite) -> int:
        with LocalSite(fake) as local:
            site = f'repos = ["heron/seven"]\nmentioned = true\nbase_url = "{local.base_url}"\n'
            files = '[sources.team]\nkind = "file"\npath = "t.jsonl"\n'
            (tmp_path / "study.toml").write_text(f'{head}{files}[sources.hub]\nkind = "huggingface"\n{site}')
            ran = run("collect", "threads", "--study", tmp_path)
            assert ran.code == 0, ran.err
            assert {s.state for s in Study.open(tmp_path).read(Slice)} == {"complete"}
            return len(local.seen)

    renamed = [replace(thread, repo="egret/seven") for thread in [*WORLD[1:60], discussion(121)]]
    after = HuggingFaceSite(renamed, renamed={"heron/seven": "egret/seven"})
    asked = [collect(HuggingFaceSite([*WORLD[:60], *named])), collect(after), collect(after)]

    assert asked == [2 + 60 + 2 + 51, 1 + 2 + 60 + 1, 1 + 2 + 1]
    changes = Counter((c.run_id, c.change) for c in Study.open(tmp_path).read(Change) if c.thread_id[:3] == "hub")
    assert changes == {
        ("collect-threads-1", "new"): 60 + 51,
        ("collect-threads-2", "renamed"): 59,
        ("collect-threads-2", "gone"): 51 + 1,
        ("collect-threads-2", "new"): 1,
    }
    slices = {s.query: (s.reported, s.got) for s in Study.open(tmp_path).read(Slice) if s.site == "hub"}
    assert slices["discussions of model heron/seven"] == slices["discussions of model heron/eight"] == (0, 0)
    assert slices["discussions of model egret/seven"] == (60, 60)
