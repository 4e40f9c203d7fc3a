"""A later run says what became of threads on all four sites: renamed with their repository, private, deleted."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from conftest import Ran
from four_sites import TOKEN, four_sites
from sites.corpus import CorpusThread
from sites.discourse import DiscourseSite
from sites.github import GitHubSite
from sites.huggingface import HuggingFaceSite
from sites.stackexchange import StackExchangeSite
from sites.world import KEYWORDS, World, thread_id, world
from world_study import WorldStudy

from codebook.rows import Change
from codebook.study import Study

NEW_NAME = "renamed/project"


@dataclass
class After:
    """The world after it was rearranged: what is served, and what became of threads that are not where they were."""

    threads: list[CorpusThread]
    fate: dict[str, str]
    moved: str
    closed: str
    renamed: str
    private: int
    merged: tuple[int, int]


def rearranged(before: World) -> After:
    """On GitHub a repository is renamed and a thread of every search deleted, and so on, each site in its own way."""
    of = {name: [t for t in before.wanted if t.site == name] for name in ("github", "huggingface", "pytorch_forum")}
    moved = of["github"][0].repo
    renamed, closed = list(dict.fromkeys(t.repo for t in of["huggingface"] if "/" not in t.repo.partition("/")[2]))[:2]
    topics = [t for t in of["pytorch_forum"] if thread_id(t) not in before.excluded]
    private, merged, into = (t.number for t in topics[:3])
    question = next(t for t in before.wanted if t.site == "stackoverflow")
    lost = {thread_id(t): "gone" for t in _one_of_each_search([t for t in of["github"] if t.repo != moved])}
    lost |= {
        thread_id(question): "deleted",
        f"pytorch_forum:{private}": "private",
        f"pytorch_forum:{merged}": "renamed",
    }
    after = After([], lost, moved, closed, renamed, private, (merged, into))
    for thread in before.threads:
        known = thread_id(thread)
        if (thread.site, thread.repo) == ("huggingface", closed):
            after.fate[known] = "private"
        elif (thread.site, thread.repo) in (("github", moved), ("huggingface", renamed)):
            after.fate |= {} if known in before.unfound else {known: "renamed"}
            after.threads.append(replace(thread, repo=NEW_NAME))
        elif known not in lost:
            after.threads.append(thread)
    return after


def _one_of_each_search(threads: list[CorpusThread]) -> Iterator[CorpusThread]:
    """For each kind and keyword a thread that has it: a search that lacks a hit is listed anew."""
    for item in ("issue", "pull_request", "discussion"):
        for word in KEYWORDS:
            yield next(t for t in threads if t.item == item and (word in t.title or word in t.opening.body))


@dataclass
class Twice:
    """Two runs, the second on the rearranged world."""

    after: After
    study: WorldStudy
    ran: list[Ran]


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Twice:
    before = world(600, crowds=0)
    after = rearranged(before)
    with four_sites(before.threads) as sites:
        study = WorldStudy.at(tmp_path_factory.mktemp("moved") / "study", sites)
        first, token = study.collect(), TOKEN["GITHUB_TOKEN"]
        refusals = {after.closed: (403, "Discussions are disabled for this repo")}
        for local, site in zip(
            sites.local.values(),
            (
                GitHubSite(after.threads, token=token, moved={after.moved: NEW_NAME}),
                HuggingFaceSite(after.threads, renamed={after.renamed: NEW_NAME}, refusals=refusals),
                DiscourseSite(after.threads, refused={after.private: 403}, moved=dict([after.merged])),
                StackExchangeSite(after.threads),
            ),
            strict=True,
        ):
            site.base_url, local.site = local.base_url, site
        return Twice(after, study, [first, study.collect()])


def test_what_became_of_each_thread_is_said_and_nothing_else(twice: Twice) -> None:
    changes = [c for c in Study.open(twice.study.folder).read(Change) if c.run_id == "collect-threads-2"]

    assert [ran.code for ran in twice.ran] == [0, 0], [ran.err for ran in twice.ran]
    assert {c.thread_id: c.change for c in changes} == twice.after.fate
    assert {c.change for c in changes} == {"renamed", "private", "deleted", "gone"}


def test_renamed_threads_are_counted_once_and_lost_ones_stay(twice: Twice) -> None:
    here = {t.thread_id: t for t in twice.study.threads}
    known = {thread_id(t) for t in twice.after.threads if t.repo == NEW_NAME}

    assert {here[name].gone for name in twice.after.fate} == {"renamed", "private", "deleted", "gone"}
    assert [name for name in known if name in here and here[name].gone] == []
    assert [n for n, t in here.items() if t.gone == "renamed" and t.included] == []


def test_the_same_tables_come_from_raw(twice: Twice) -> None:
    before = twice.study.hashes
    ran = twice.study.collect("--from-raw")

    assert ran.code == 0, ran.err
    assert twice.study.hashes == before
