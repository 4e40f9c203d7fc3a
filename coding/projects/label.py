"""The line in a project's description by which a study finds its projects again.

A project belongs to one coder for one purpose in one round and one arm. Label Studio numbers projects per server, so
each also has a ``uid`` of its own that no other server can give away twice.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, NamedTuple

from codebook.study import Study

_ABOVE = "Made by qualdev. Please leave the next line as it is; the study finds its project by it."


Purpose = Literal["coding", "screening", "adjudication"]
"""What is done in a project."""


PLAIN = "plain"
"""The arm in which nobody sees suggestions."""


class Place(NamedTuple):
    """Where somebody works: one project per place."""

    coder: str
    purpose: Purpose = "coding"
    round: int = 1
    arm: str = PLAIN

    def __str__(self) -> str:
        purpose = "" if self.purpose == "coding" else self.purpose
        later = f"round {self.round}" if self.round > 1 else ""
        arm = "" if self.arm == PLAIN else self.arm
        return " ".join(filter(None, (self.coder, purpose, later, arm)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A codebook, or criteria, on the page from a moment on (ISO 8601, UTC)."""

    version: str
    sha256: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Whose project it is.

    Args:
        study: The study's marker, see :func:`marker`.
        uid: The project's own id.
        coder: Who codes in it.
        purpose: What for.
        round: Coding round, from 1.
        arm: ``plain``, or the arm that sees suggestions.
        page_sha256: Hash of the labelling page that the project has.
        codebooks: What was on the page, oldest first.
    """

    study: str
    uid: str
    coder: str
    purpose: Purpose = "coding"
    round: int = 1
    arm: str = PLAIN
    page_sha256: str = ""
    codebooks: tuple[Shown, ...] = ()

    @classmethod
    def new(cls, study: Study, place: Place) -> "Label":
        """The label of a project that is about to be made."""
        return cls(study=marker(study), uid=secrets.token_hex(6), **place._asdict())

    @property
    def place(self) -> Place:
        """Where its coder works."""
        return Place(self.coder, self.purpose, self.round, self.arm)

    def showing(self, version: str, sha256: str, page: str, now: str) -> "Label":
        """The label of the project once it has a page.

        Args:
            version: Of the codebook, or of the criteria.
            sha256: Hash of the codebook, or of the criteria.
            page: The labelling page.
            now: The moment (ISO 8601, UTC).
        """
        last = self.codebooks[-1] if self.codebooks else None
        shown = Shown(version=version, sha256=sha256, since=now)
        more = () if last and last.sha256 == sha256 else (shown,)
        page_sha256 = hashlib.sha256(page.encode()).hexdigest()
        return replace(self, page_sha256=page_sha256, codebooks=(*self.codebooks, *more))

    def version_at(self, moment: str) -> str:
        """Version of the codebook that was on the page at a moment (ISO 8601, UTC); the first if it is earlier."""
        before = [shown.version for shown in self.codebooks if shown.since <= moment]
        return (before or [shown.version for shown in self.codebooks[:1]] or [""])[-1]

    def values(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return asdict(self)

    @classmethod
    def of(cls, values: Any) -> "Label":
        """From :meth:`values`.

        Raises:
            ValueError, TypeError, KeyError: It is no label.
        """
        codebooks = tuple(Shown(**shown) for shown in values["codebooks"])
        return cls(**{**values, "codebooks": codebooks})

    def description(self) -> str:
        """The text of the project's description."""
        return f"{_ABOVE}\n{json.dumps({'qualdev': self.values()}, sort_keys=True)}"


def in_description(text: str) -> Label | None:
    """The label in a project's description, if there is one."""
    for line in text.splitlines():
        if line.startswith('{"qualdev"'):
            try:
                return Label.of(json.loads(line)["qualdev"])
            except (ValueError, TypeError, KeyError):
                return None
    return None


def marker(study: Study) -> str:
    """What tells this study's projects and accounts from another's on the same server; it tells nothing else."""
    return hmac.new(study.key, b"label studio", hashlib.sha256).hexdigest()[:12]
