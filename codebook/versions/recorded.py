"""Every version of the codebook that a command has seen, as it was: the raw store ``raw/codebook/versions``.

A record is the file byte for byte, once per version (``CODEBOOK /versions/<version>``). What tables say of codings made
under an earlier version comes from these records alone. The codebook is the team's own text, so that nothing of it is
erased when somebody's posts are forgotten: take a quoted example out of ``codebook.yaml`` by hand.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from codebook.errors import StudyError
from codebook.raw import Page, RawStore
from codebook.study import Study
from codebook.themes import Codebook
from codebook.versions.chain import Chain
from codebook.versions.differences import Difference, differences, unexplained
from codebook.versions.steps import number

Tell = Callable[[str], None]


def store(study: Study) -> RawStore:
    """Where the versions are."""
    return RawStore(study.path / "raw" / "codebook" / "versions")


def chain(study: Study) -> Chain:
    """The recorded versions, oldest first; a record that is damaged is none, see :func:`damage`."""
    books: dict[str, Codebook] = {}
    for page in store(study).pages():
        version = page.path.rpartition("/")[2]
        books.setdefault(version, _parsed(version, page.body))
    return Chain(tuple(sorted(books.values(), key=lambda book: number(book.version))))


@lru_cache(maxsize=64)
def _parsed(version: str, content: bytes) -> Codebook:
    """A codebook; several tables of one rebuild need the same ones, and reading YAML with its lines takes long."""
    return Codebook.parse(Path(f"codebook {version} as recorded"), content)


def damage(study: Study) -> list[str]:
    """What cannot be read of the records, one sentence per place."""
    raw = store(study)
    for _ in raw.pages():
        pass
    return raw.damage


def check(study: Study) -> list[Difference]:
    """See that ``codebook.yaml`` is the newest recorded version, or a later one.

    Returns:
        How it differs from the newest recorded version; nothing if none is recorded.

    Raises:
        StudyError: It says something else than was recorded under its version, or is older than the newest one.
    """
    known, now = chain(study), study.codebook
    if known.newest is None:
        return []
    same = next((book for book in known.books if book.version == now.version), None)
    if same is not None:
        _must_be_the_same(study, known, same, now)
    if number(now.version) < number(known.newest.version):
        raise StudyError(
            f"the codebook is version {now.version}, and {known.newest.version} was in use already",
            where=str(study.path / "codebook.yaml"),
            hint=f"Restore the newer file, or give this one a version above {known.newest.version} and its `changes:`.",
        )
    return differences(known.newest, now)


def _must_be_the_same(study: Study, known: Chain, same: Codebook, now: Codebook) -> None:
    codes = sorted({each.code for each in differences(same, now)})
    before = number(known.before(same.version))
    steps = [[step for step in book.changes if number(step.version) > before] for book in (same, now)]
    if not codes and steps[0] == steps[1]:
        return
    what = f"differ: {_first(codes)}" if codes else "are the same, but its `changes` differ"
    raise StudyError(
        f"the codebook was edited without a new version: codes of {now.version} {what}",
        where=str(study.path / "codebook.yaml"),
        hint=f"Raise `version` above {known.books[-1].version} and say under `changes:` what was done "
        "(codebook diff shows it).",
    )


def _first(codes: list[str]) -> str:
    return ", ".join(codes[:8]) + (" …" if codes[8:] else "")


def record(study: Study, run_id: str) -> bool:
    """Record the version that ``codebook.yaml`` is, unless it is recorded.

    Returns:
        Whether it was not recorded before.
    """
    now = study.codebook
    if any(book.version == now.version for book in chain(study).books):
        return False
    raw = store(study)
    raw.append(
        Page(
            f"CODEBOOK /versions/{now.version}",
            200,
            {"content-type": "application/yaml"},
            (study.path / "codebook.yaml").read_bytes(),
            run_id,
        )
    )
    raw.close()
    return True


def see(study: Study, run_id: str, tell: Tell) -> bool:
    """Check and record the version that a command works with, if it has any; what no typed change explains is told.

    Returns:
        Whether it was not recorded before, so that tables of codings are those of an earlier one.

    Raises:
        StudyError: As :func:`check`.
    """
    if not study.has_codebook:
        return False
    lost = sorted({each.code for each in unexplained(check(study))})
    new = record(study, run_id)
    if new and lost:
        tell(
            f"codebook {study.codebook.version}: no typed change explains what happened to {_first(lost)}; "
            "codings of codes that are gone are kept apart (codebook diff shows this before a push)"
        )
    return new
