"""One run's visit to one site: who is asked, through which wire, and what is left in the ledger of a failure.

The stages that gather from outside (``collect`` its sites, ``scan`` its hubs) name them in sections of ``study.toml``
and visit them in the same way; what they ask, they say themselves.
"""

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from codebook import ledger
from codebook.errors import StudyError
from codebook.ledger import Run
from codebook.progress import Progress
from codebook.settings import Section
from codebook.study import Study
from codebook.wire import Dialect, Wire


def must_be_named(group: str, sections: Mapping[str, Section], only: Iterable[str]) -> None:
    """Refuse names that ``study.toml`` does not have.

    Raises:
        StudyError: There is no ``[group.NAME]``.
    """
    for name in only:
        if name not in sections:
            known = ", ".join(sections) or "none"
            raise StudyError(f"no [{group}.{name}]", where="study.toml", hint=f"There are: {known}.")


def must_be_served(study: Study, group: str, name: str, section: Section, kinds: Collection[str]) -> None:
    """Refuse a section that cannot be visited.

    Raises:
        StudyError: Nothing serves its kind, or its ``base_url`` has a secret in it.
    """
    origin = study.source_origin(group, name)
    if section.kind not in kinds:
        raise StudyError(
            f"[{group}.{name}] has the kind {section.kind!r}",
            where=f"study.toml:{origin.line((group, name, 'kind'))}",
            hint=f"The kinds are: {', '.join(kinds)}.",
        )
    if "@" in urlsplit(section.base_url).netloc:
        raise StudyError(
            f"base_url of [{group}.{name}] has a user name or password in it",
            where=f"study.toml:{origin.line((group, name, 'base_url'))}",
            hint="Take it out; secrets come from the environment variable that token_env names.",
        )


def token_of(section: Section) -> str | None:
    """The token in the environment variable that a section names; None if it is not set."""
    return os.environ.get(section.token_env) or None if section.token_env else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a stage visits.

    Args:
        stage: The stage, whose folder in ``raw/`` the pages go to.
        name: Name of the section.
        base_url: Where the site is.
        token: What must never be stored or said.
        dialect: How it talks.
        unit: What is counted, in the plural.
    """

    stage: str
    name: str
    base_url: str
    token: str | None
    dialect: Dialect
    unit: str

    def make(self, run: Run, max_wait: float, fetch: Callable[[Wire], Iterable[str]]) -> StudyError | None:
        """Bring the site's pages into the raw store, and note in ``run`` what that cost.

        Args:
            run: The run that pays for it.
            max_wait: Seconds that one request may wait in all.
            fetch: Asks through the wire; yields once per thing that is stored whole.

        Returns:
            What went wrong, without secrets; None if nothing did.
        """
        store, problem = run.study.raw(self.stage, self.name), None
        with Progress(self.name, self.unit) as progress:
            wire = Wire(store, run.id, self.base_url, self.dialect, max_wait, progress.note)
            wire.secrets = frozenset({self.token.strip()} if self.token else ())
            wire.watch = lambda: progress.show(wire.sent, wire.waited, wire.reason)
            try:
                for _ in fetch(wire):
                    progress.add()
            except StudyError as error:
                problem = self._told(error, wire)
            finally:
                store.close()
        counts = {"requests": wire.sent, "from_raw": wire.replayed, "waited_seconds": dict(wire.waits)}
        run.notes[self.name] = {"stored": bool(store.segments())} | counts
        return problem

    def _told(self, error: StudyError, wire: Wire) -> StudyError:
        if not error.where.startswith(self.name):
            error.where = f"{self.name}: {error.where}" if error.where else self.name
        error.what, error.where, error.hint = map(wire.told, (error.what, error.where, error.hint))
        return error


def raise_last(problems: list[StudyError], say: Callable[[str], None]) -> None:
    """Say all problems of a run, the gravest last and as the error that ends it; nothing if there is none.

    Raises:
        StudyError: One of ``problems``, that with the lowest exit status.
    """
    last = min(problems, key=lambda p: p.exit_code, default=None)
    for problem in problems:
        if problem is not last:
            say(str(problem))
    if last:
        raise last


def must_have_raw(study: Study, stage: str, command: str, names: Collection[str]) -> None:
    """Refuse to make tables without the raw records of a site that finished runs have stored.

    Raises:
        StudyError: They are gone.
    """
    for line in ledger.runs(study):
        for name, note in line["notes"].items() if line["command"] == command else ():
            if name in names and note.get("stored") and not study.raw(stage, name).segments():
                raise StudyError(
                    f"the raw records that {line['run_id']} stored are gone",
                    where=f"raw/{stage}/{name}",
                    hint="Restore them from a backup. The tables are as they were.",
                )
