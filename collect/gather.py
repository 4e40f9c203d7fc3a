"""From the study's settings to raw pages and tables: the core of ``collect threads``."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from codebook import ledger, visit
from codebook.command import say
from codebook.errors import StoppedEarly, StudyError
from codebook.ledger import Run
from codebook.study import Study
from codebook.visit import Visit
from codebook.wire import Wire
from collect import SOURCES, earlier
from collect.derive import ROWS, Corpus, Gathered, Wanted
from collect.forget import heeding
from collect.source import Site, Source, SourceOptions


def sites(study: Study, until: date, only: tuple[str, ...] = ()) -> list[tuple[Source, Site]]:
    """The sources of ``study.toml`` with what the study asks of them.

    Args:
        study: The study folder.
        until: First day that is not asked for any more.
        only: Names of sites; empty for all.

    Raises:
        StudyError: An unknown kind of site, an unknown name, or a key that the kind does not know.
    """
    visit.must_be_named("sources", study.settings.sources, only)
    chosen = [_site(study, name, until) for name in study.settings.sources if not only or name in only]
    return sorted(chosen, key=lambda each: _options(each[1]).reads_elsewhere)  # those are asked last


def _options(site: Site) -> SourceOptions:
    assert isinstance(site.options, SourceOptions)  # noqa: S101 - _site has made it so
    return site.options


def _site(study: Study, name: str, until: date) -> tuple[Source, Site]:
    section, origin = study.settings.sources[name], study.source_origin("sources", name)
    visit.must_be_served(study, "sources", name, section, SOURCES)
    source = SOURCES[section.kind]
    question = study.settings.study
    return source, Site(
        name=name,
        base_url=section.base_url,
        keywords=tuple(question.keywords),
        since=question.since,
        until=until,
        match=section.match,
        folder=study.path,
        token=visit.token_of(section),
        token_env=section.token_env,
        options=section.options_as(source.Options, origin),
        elsewhere=lambda: _bodies(study, without=name),
    )


def _bodies(study: Study, without: str) -> Iterator[bytes]:
    for name in study.settings.sources:
        if name != without:
            yield from (page.body for page in study.raw("collect", name).pages())


def _not_all_there() -> Iterator[bytes]:
    raise StoppedEarly(
        "what the other sites' threads name is not known before all of those sites are done",
        hint="What was got is safe. Run the same command again when the other site answers.",
    )


def last_day(study: Study) -> date:
    """The first day that is not asked for: ``until``, or tomorrow in UTC."""
    return study.settings.study.until or date.fromordinal(datetime.now(UTC).date().toordinal() + 1)


def asked_of(study: Study, name: str) -> str:
    """What a study asks of a site, as a hash; not where it is reached, with which token, and what counts in the end."""
    question = study.settings.study.model_dump(include={"keywords", "since", "until"})
    section = study.settings.sources[name].model_dump(exclude={"base_url", "token_env", "match"})
    return hashlib.sha256(json.dumps([question, section], sort_keys=True, default=str).encode()).hexdigest()[:16]


def fetch(study: Study, run: Run, chosen: list[tuple[Source, Site]], max_wait: float) -> list[StudyError]:
    """Bring the pages of every chosen site into the raw store.

    A site that fails does not keep the others from being asked; only what depends on its answers has to wait.

    Returns:
        What went wrong, at most one error a site.
    """
    problems: list[StudyError] = []
    past = earlier.set_aside(run, lambda folder: derive(study, folder=folder))
    for source, site in chosen:
        asked = replace(site, elsewhere=_not_all_there) if problems else site
        dialect = source.dialect(site)
        made = Visit(
            stage="collect", name=site.name, base_url=site.base_url, token=site.token, dialect=dialect, unit="threads"
        )
        problem = made.make(run, max_wait, partial(_ask, source, asked, past))
        problems += [problem] if problem else []
        run.notes[site.name] = {"asked": asked_of(study, site.name)} | run.notes[site.name]
    return problems


def _ask(source: Source, site: Site, past: Path, wire: Wire) -> Iterator[str]:
    return source.fetch(site, wire, earlier.read(past, site.name))


def gathered(study: Study) -> Iterator[Gathered]:
    """Every site whose raw records can be read."""
    for source, site in sites(study, study.settings.study.until or date.max):
        yield Gathered(heeding(source, study.forgotten), site, study.raw("collect", site.name))
    folder = study.path / "raw" / "collect"
    for left in sorted(folder.iterdir() if folder.exists() else ()):
        if left.name not in study.settings.sources:
            say(f"raw/collect/{left.name} is left aside: study.toml has no [sources.{left.name}]")


@dataclass(frozen=True, slots=True)
class Derived:
    """What the tables hold.

    Args:
        threads: Rows of ``threads``.
        posts: Rows of ``posts``.
        orphans: Posts in no table, because no page shows their thread.
        changes: Threads that the run found new, updated, and so on; empty without a run that is whole.
        lost: Raw records that are damaged; the tables lack what they held.
    """

    threads: int
    posts: int
    orphans: int
    changes: dict[str, int]
    lost: int


def derive(study: Study, *, run: Run | None = None, whole: bool = False, folder: Path | None = None) -> Derived:
    """Write the tables of ``collect.derive.ROWS`` from the raw records.

    Args:
        study: The study folder.
        run: Notes the hashes of the tables, if given.
        whole: The run has asked for everything and is about to be finished.
        folder: Where to write instead of ``tables/``.
    """
    finished = {line["run_id"] for line in ledger.runs(study) if line["status"] == "done"}
    if run and whole:
        finished.add(run.id)
    question = study.settings.study
    wanted = Wanted(tuple(question.languages), tuple(question.exclude))
    read = list(gathered(study))
    with Corpus(read, study.key, study.private, frozenset(finished), wanted) as corpus:
        for row_type in ROWS:
            if run and folder is None:
                run.write(row_type, corpus.rows(row_type))
            else:
                study.write(row_type, corpus.rows(row_type), folder)
        for sentence in corpus.damage:
            say(sentence)
        threads, posts, orphans = (corpus.count(view) for view in ("threads", "posts", "orphans"))
        return Derived(
            threads, posts, orphans, corpus.changes(run.id) if run else {}, sum(each.store.lost for each in read)
        )


def as_arguments(until: date, only: tuple[str, ...]) -> dict[str, Any]:
    """What the ledger keeps of a call."""
    return {"until": until.isoformat(), "site": list(only)}
