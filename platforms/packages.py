"""The client packages of a study: which there are, whose clients they are, and what of them is wanted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.utils import NormalizedName, canonicalize_name

from codebook.errors import StudyError
from codebook.study import Study
from platforms import EVIDENCE
from platforms.evidence import Wanted
from platforms.fetch.records import RESERVED

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,60}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Client:
    """A client package.

    Args:
        platform: Whose client it is.
        wanted: What of its releases is kept.
    """

    platform: str
    wanted: Wanted


_ANY = Wanted(("*.py",), (b"trust_re", b"weights_only"))


def chosen(study: Study, only: tuple[str, ...] = ()) -> dict[str, Client]:
    """The packages of ``[platforms]``, by canonical name.

    Args:
        study: The study folder.
        only: Names of packages; empty for all.

    Raises:
        StudyError: A name is none, is not in ``study.toml``, or it is not known whose client it is.
    """
    settings = study.settings.platforms
    stated = {canonicalize_name(name): platform for name, platform in settings.platform_of.items()}
    clients = {canonicalize_name(name): _client(study, name, stated) for name in settings.packages}
    for name in only:
        if canonicalize_name(name) not in clients:
            hint = f"There are: {', '.join(clients) or 'none'}."
            raise StudyError(f"no package {name!r} in [platforms].packages", where="study.toml", hint=hint)
    asked = {canonicalize_name(name) for name in only}
    return {name: client for name, client in clients.items() if not asked or name in asked}


def _client(study: Study, name: str, stated: Mapping[NormalizedName, str]) -> Client:
    canonical = canonicalize_name(name)
    line = study.origin.line(("platforms", "packages"))
    where = f"study.toml:{line}" if line else "study.toml"
    if not _NAME.fullmatch(name) or canonical in RESERVED:
        raise StudyError(f"{name[:80]!r} cannot be a package here", where=where, hint="Correct [platforms].packages.")
    known = _known(canonical)
    platform = stated.get(canonical) or (known.platform if known else None)
    if platform is None:
        hint = f'Add to [platforms]: platform_of = {{ "{canonical}" = "…" }}'
        raise StudyError(f"it is not known which platform {name!r} is a client of", where=where, hint=hint)
    return Client(platform, known.wanted if known else _ANY)


def _known(name: str) -> Client | None:
    evidence = EVIDENCE.get(name)
    return Client(evidence.platform, evidence.wanted) if evidence else None
