"""Hugging Face: which repositories are looked in, and how ``slices`` says it."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sites.collecting import Collection
from sites.huggingface import HuggingFaceSite
from sites.server import LocalSite, Reply, as_json
from test_collect_huggingface import SOURCE, discussion, paths, site_at

from codebook import huggingface
from codebook.errors import StoppedEarly, StudyError
from collect.source import Earlier, SeenGone, SeenSlice, SourceOptions

Collecting = Callable[..., Collection]
WORLD = [discussion(n, f"heron/m{n}") for n in (1, 2, 3, 4)]
TAGGED = "candidates tagged custom_code, by downloads"
NAMED = "candidates named by other sites"


@pytest.fixture
def collection(tmp_path: Path) -> Collecting:
    """A collection from a Hub: ``collection(url, elsewhere=[...], **options)``."""

    def at(url: str, elsewhere: list[bytes] | None = None, run: str = "raw", **options: Any) -> Collection:
        site = replace(site_at(url, repos=options.pop("repos", []), **options), elsewhere=lambda: iter(elsewhere or []))
        return Collection(SOURCE, site, tmp_path / run)

    return at


def naming(*names: str) -> bytes:
    links = "\n".join(f"see https://huggingface.co/{name}" for name in names)
    return json.dumps({"items": [{"body": links}]}).encode()


def test_candidates_are_listed_page_by_page_up_to_the_limit_and_the_cut_is_said(collection: Collecting) -> None:
    """The fake Hub's Link headers lead to huggingface.co, which no test can reach."""
    with LocalSite(HuggingFaceSite(WORLD, models_per_page=2)) as local:
        tagged = {"filter": "custom_code", "limit": 3}
        got = collection(local.base_url, repos=["heron/m2"], candidates=tagged)

        assert got.run() == ["heron/m2#2", "heron/m1#1", "heron/m3#3"]

    assert got.slices[0] == SeenSlice(
        query=TAGGED,
        hits=("heron/m1", "heron/m2", "heron/m3"),
        problem="only the first 3, by `limit` in study.toml; the Hub has more",
    )


def test_candidates_that_a_limit_does_not_cut_are_whole(collection: Collecting) -> None:
    with LocalSite(HuggingFaceSite(WORLD)) as local:
        got = collection(local.base_url, candidates={"filter": "custom_code", "limit": 4})
        got.run()

    assert got.slices[0] == SeenSlice(query=TAGGED, reported=4, hits=tuple(f"heron/m{n}" for n in (1, 2, 3, 4)))


def test_there_may_be_several_lists_of_candidates(collection: Collecting) -> None:
    both = [{"filter": "custom_code", "limit": 1}, {"filter": "trust", "sort": "likes", "limit": 9}]
    with LocalSite(HuggingFaceSite(WORLD[:1])) as local:
        got = collection(local.base_url, candidates=both)

        assert got.run() == ["heron/m1#1"]

    assert paths(local).count("/api/models") == 2
    assert [each.query for each in got.slices[:2]] == [TAGGED, "candidates tagged trust, by likes"]


def test_two_lists_of_candidates_that_are_one_are_an_error() -> None:
    with pytest.raises(ValidationError, match="the same filter and order"):
        SOURCE.Options.model_validate({"candidates": [{"filter": "a"}, {"filter": "a", "limit": 7}]})


def test_candidates_that_cannot_be_read_are_one_clear_error(collection: Collecting) -> None:
    with LocalSite(HuggingFaceSite([]), fault=lambda *_: as_json([{"likes": 1}])) as local:
        got = collection(local.base_url, candidates={"filter": "custom_code"})

        with pytest.raises(StudyError, match="the list of candidates cannot be read") as caught:
            got.run()

    assert "name the repositories in `repos`" in str(caught.value)


def test_a_list_of_models_that_leads_back_to_itself_ends(collection: Collecting) -> None:
    link = {"Link": '<https://huggingface.co/api/models?cursor=1>; rel="next"'}
    with LocalSite(HuggingFaceSite([]), fault=lambda *_: as_json([], 200, **link)) as local:
        got = collection(local.base_url, candidates={"filter": "custom_code"})

        with pytest.raises(StudyError, match="leads back to itself"):
            got.run()

    assert len(local.seen) == 2


@pytest.mark.parametrize("body", [{}, {"message": "hello"}, [[]], "busy", None], ids=str)
def test_an_answer_that_is_no_list_for_ever_ends_with_a_clear_stop(collection: Collecting, body: object) -> None:
    with LocalSite(HuggingFaceSite(WORLD), fault=lambda *_: as_json(body)) as local:
        got = collection(local.base_url, repos=["heron/m1"])
        with pytest.raises(StoppedEarly, match="neither a list nor a discussion"):
            got.run()

    assert len(local.seen) == 12
    assert not got.folder.exists()


def test_repositories_that_other_sites_name_are_looked_in(collection: Collecting) -> None:
    pages = [naming("heron/m3", "docs/hub", "heron/lost"), naming("heron/m3"), b"from_pretrained('heron/m1')"]
    with LocalSite(HuggingFaceSite(WORLD)) as local:
        got = collection(local.base_url, pages, mentioned=True)

        assert got.run() == ["heron/m3#3", "heron/m1#1"]

    assert [path.split("/")[3:5] for path in paths(local)] == [
        ["heron", "m3"],
        ["heron", "m3"],
        ["heron", "lost"],
        ["heron", "m1"],
        ["heron", "m1"],
    ]
    hits = ("heron/m3", "heron/lost", "heron/m1")
    assert [s for s in got.slices if "m3" not in s.query and "m1" not in s.query] == [
        SeenSlice(query=NAMED, reported=3, hits=hits),
        SeenSlice(
            query="discussions of model heron/lost, which is not there (HTTP 404 Repository not found)", reported=0
        ),
    ]


@pytest.mark.parametrize(("hides", "said"), [(True, "HTTP 401 Invalid"), (False, "HTTP 404 Repository")])
def test_a_name_that_the_hub_does_not_know_does_not_keep_a_study_from_being_complete(
    collection: Collecting, *, hides: bool, said: str
) -> None:
    """One that the study itself names does: somebody has to correct it."""
    with LocalSite(HuggingFaceSite([], hides=hides)) as local:
        got = collection(local.base_url, [naming("heron/lost")], repos=["heron/gone"], mentioned=True)

        assert got.run() == []

    lost, gone = (next(s for s in got.slices if name in s.query) for name in ("heron/lost", "heron/gone"))
    assert (lost.skipped, lost.problem, said in lost.query) == (False, None, True)
    assert (gone.skipped, (gone.problem or "").startswith(said)) == (True, True)


def test_more_names_than_the_limit_are_cut_and_the_cut_is_said(collection: Collecting) -> None:
    pages = [naming("heron/m1", "heron/m2", "heron/m3"), naming("heron/m3"), naming("heron/m3", "heron/m4")]
    with LocalSite(HuggingFaceSite(WORLD)) as local:
        got = collection(local.base_url, [*pages, pages[0]], mentioned=True, mentioned_limit=2)

        assert got.run() == ["heron/m3#3", "heron/m1#1"]

    (named,) = [each for each in got.slices if each.query == NAMED]
    assert (named.reported, named.hits) == (4, ("heron/m3", "heron/m1"))
    assert named.problem == "only the 2 that are on most pages, by `mentioned_limit` in study.toml"


def test_a_run_that_goes_on_looks_at_what_the_other_sites_have_by_then(collection: Collecting) -> None:
    """The newest note wins, and what is asked for is what an undisturbed run asks for."""
    pages = [naming("heron/m1")]
    with LocalSite(HuggingFaceSite(WORLD)) as local:
        collection(local.base_url, pages, mentioned=True).run()
        got = collection(local.base_url, [*pages, naming("heron/m2")], mentioned=True)
        got.run()
        asked = len(local.seen)
        got.run()
        calm = collection(local.base_url, [*pages, naming("heron/m2")], "calm", mentioned=True)
        calm.run()

    assert asked == 4
    assert len(local.seen) == 8
    assert [s for s in got.slices if s.query == NAMED][-1] == next(s for s in calm.slices if s.query == NAMED)
    assert set(got.threads) == set(calm.threads)


def test_what_other_sites_name_waits_for_them_and_all_else_does_not(collection: Collecting) -> None:
    def not_yet() -> Iterator[bytes]:
        raise StoppedEarly("another site is not done")

    with LocalSite(HuggingFaceSite(WORLD)) as local:
        made = collection(local.base_url, repos=["heron/m1"], mentioned=True)
        made.site = replace(made.site, elsewhere=not_yet)
        with pytest.raises(StoppedEarly, match="another site is not done"):
            made.run()

    assert [thread.native_id for thread in made.threads] == ["heron/m1#1"]
    assert NAMED not in {each.query for each in made.slices}


def test_a_site_is_asked_last_only_if_it_reads_what_others_answered() -> None:
    reads = [SOURCE.Options.model_validate({"repos": ["a/b"], "mentioned": m}).reads_elsewhere for m in (True, False)]

    assert reads == [True, False]
    assert SourceOptions.reads_elsewhere.fget(None) is False  # type: ignore[attr-defined] # what others inherit


def test_a_first_run_is_expected_to_cost_what_it_then_costs(collection: Collecting) -> None:
    """With as many candidates as their limit, and as many discussions as fit on a page."""
    options = {"repos": ["heron/m1"], "candidates": {"filter": "custom_code", "limit": 2}, "mentioned": True}
    with LocalSite(HuggingFaceSite(WORLD, tagged=["heron/m2", "heron/m3"])) as local:
        got = collection(local.base_url, [naming("heron/m4", "heron/m1", "heron/lost")], **options)
        expected = got.site.options.expected(got.site, Earlier())
        found = got.run()

    assert expected.listing == 1 + 1 + 2 + 2
    assert len(local.seen) == expected.listing + expected.per_1000 * len(found) / 1000
    assert len(found) == 4


def test_an_answer_that_never_comes_is_asked_for_again(collection: Collecting, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's own client has no timeout for its list of models, and would wait for ever."""
    monkeypatch.setattr(huggingface, "TIMEOUT", 0.2)

    def slow(number: int, _asked: object) -> None:
        time.sleep(1.0 if number in (1, 3) else 0)

    with LocalSite(HuggingFaceSite(WORLD[:1]), slow) as local:
        got = collection(local.base_url, candidates={"filter": "custom_code"})

        assert got.run() == ["heron/m1#1"]

    assert len(local.seen) == 3 + 2
    assert all(re.fullmatch(r"\d\.\d+", str(seconds)) for seconds in got.sleeps)


@pytest.mark.parametrize(
    "busy", [Reply(200, b"<html>Busy</html>"), as_json({"error": "later"}, 409), as_json({"error": "later"}, 408)]
)
def test_a_fault_on_the_last_request_of_a_window_is_asked_for_again_in_the_next(
    collection: Collecting, busy: Reply
) -> None:
    last = {"RateLimit": '"api";r=0;t=7', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
    fault = lambda n, _: replace(busy, headers=busy.headers | last) if n == 1 else None  # noqa: E731
    with LocalSite(HuggingFaceSite(WORLD), fault) as local:
        got = collection(local.base_url, repos=["heron/m1"])

        assert got.run() == ["heron/m1#1"]

    assert len(local.seen) == 3
    assert len(got.sleeps) == 1
    assert got.slices == [SeenSlice(query="discussions of model heron/m1", reported=1, hits=("heron/m1#1",))]


def test_a_discussion_that_is_deleted_while_a_list_is_read_hides_no_other(collection: Collecting) -> None:
    """Those behind it move up, and the first of the second page is on none of the pages that were asked for."""
    fake = HuggingFaceSite([discussion(n) for n in range(1, 8)], per_page=3)

    def deletes_one(number: int, _asked: object) -> None:
        if number == 2:
            fake.threads = [thread for thread in fake.threads if thread.number != 6]

    with LocalSite(fake, deletes_one) as local:
        got = collection(local.base_url, repos=["heron/seven"])

        assert sorted(got.run()) == [f"heron/seven#{n}" for n in (1, 2, 3, 4, 5, 7)]

    assert [seen for seen in got.seen if isinstance(seen, SeenGone)] == [
        SeenGone(native_id="heron/seven#6", why="deleted")
    ]
