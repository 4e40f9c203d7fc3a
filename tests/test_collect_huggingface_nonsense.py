"""Hugging Face: a site that says of no repository at all what a Hub would say is not a study without threads."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sites.collecting import Collection
from sites.corpus import CorpusPost, CorpusThread
from sites.huggingface import WEB_URL, HuggingFaceSite
from sites.server import Asked, LocalSite, Reply, as_json

from codebook.errors import StoppedEarly
from collect.huggingface import HuggingFace
from collect.source import Site

SOURCE = HuggingFace()
OPENING = CorpusPost(10, "ada", datetime(2024, 3, 1, tzinfo=UTC), "trust_remote_code?", "opening")
REPOS = ["heron/m0", "heron/m1", "heron/m2"]
WORLD = [CorpusThread("huggingface", "discussion", repo, 1, "Is it safe?", "open", (OPENING,)) for repo in REPOS]
THREADS = ["heron/m0#1", "heron/m1#1", "heron/m2#1"]

HOTEL = b"<html>\x1b[2J Welcome to the hotel!</html>"
REFUSALS = {
    "HTML 403": Reply(403, HOTEL, {"Content-Type": "text/html"}),
    "HTML 404": Reply(404, HOTEL, {"Content-Type": "text/html"}),
    "nothing 404": Reply(404, b""),
    "418": as_json({"message": "I am a teapot"}, 418),
    "a list 404": as_json([], 404),
}


def collection(local: LocalSite, folder: Path, repos: list[str]) -> Collection:
    options = SOURCE.Options.model_validate({"public_url": WEB_URL, "repos": repos})
    site = Site(
        name="hub",
        base_url=local.base_url,
        keywords=("trust_remote_code",),
        since=date(2019, 1, 1),
        until=date(2026, 1, 1),
        options=options,
    )
    return Collection(SOURCE, site, folder / "raw")


@pytest.mark.parametrize("what", REFUSALS)
@pytest.mark.parametrize("repos", [REPOS, REPOS[:1]], ids=len)
def test_a_site_that_refuses_every_repository_as_no_hub_would_is_a_stop(
    what: str, repos: list[str], tmp_path: Path
) -> None:
    """Each repository is asked for once; nothing is stored, so the same run gets all of them from a Hub."""
    with LocalSite(HuggingFaceSite(WORLD), fault=lambda *_: REFUSALS[what]) as local:
        got = collection(local, tmp_path, repos)
        with pytest.raises(StoppedEarly, match="no repository could be read; of heron/m0 the site says: HTTP 4") as no:
            got.run()
        asked, stored = len(local.seen), got.folder.exists()
        local.fault = None

        assert got.run() == THREADS[: len(repos)]
    assert (asked, stored) == (len(repos), False)
    assert "\x1b" not in str(no.value)


def test_an_empty_list_in_place_of_every_list_of_discussions_is_a_stop(tmp_path: Path) -> None:
    with LocalSite(HuggingFaceSite(WORLD), fault=lambda *_: as_json([])) as local:
        got = collection(local, tmp_path, REPOS)
        with pytest.raises(StoppedEarly, match="neither a list nor a discussion"):
            got.run()
        local.fault = None

        assert got.run() == THREADS


@pytest.mark.parametrize("what", REFUSALS)
@pytest.mark.parametrize("odd", [0, 1, 2])
def test_one_repository_that_is_refused_so_is_skipped_wherever_it_stands(what: str, odd: int, tmp_path: Path) -> None:
    def fault(_number: int, asked: Asked) -> Reply | None:
        return REFUSALS[what] if f"/{REPOS[odd]}/" in asked.path else None

    with LocalSite(HuggingFaceSite(WORLD), fault=fault) as local:
        got = collection(local, tmp_path, REPOS)
        whole = got.run()
        first = len(local.seen)
        again = got.run()

        asked_again = len(local.seen) - first
    assert set(whole) == set(again) == set(THREADS) - {THREADS[odd]}
    assert {s.query for s in got.slices if s.skipped} == {f"discussions of model {REPOS[odd]}"}
    # A 403 may be over by now; the first repository is held back until another one has shown that this is a Hub.
    assert asked_again == (0 if REFUSALS[what].status != 403 else 1 if odd else 2)


def test_repositories_that_a_hub_says_are_not_there_are_no_stop(tmp_path: Path) -> None:
    refusals = dict.fromkeys(REPOS, (404, "Repository not found"))
    with LocalSite(HuggingFaceSite(WORLD, refusals=refusals)) as local:
        got = collection(local, tmp_path, REPOS)

        assert got.run() == []
    assert [s.problem for s in got.slices] == ["HTTP 404 Repository not found"] * 3


def test_after_ten_repositories_nobody_asks_for_the_next_thousand(tmp_path: Path) -> None:
    many = [f"heron/m{n}" for n in range(30)]
    world = [replace(WORLD[0], repo=repo) for repo in many]
    with LocalSite(HuggingFaceSite(world), fault=lambda *_: REFUSALS["418"]) as local:
        with pytest.raises(StoppedEarly):
            collection(local, tmp_path, many).run()

        assert len(local.seen) == 10
