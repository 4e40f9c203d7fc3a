"""What reviewers say of claims: files in which they confirm, correct or add one, each with evidence.

::

    reviews:
      - claim: 0a1b2c3d4e5f60718293
        verdict: confirmed
        reviewer: coder_a
        date: 2026-03-01
      - claim: 99aabbccddeeff001122
        verdict: corrected
        reviewer: coder_b
        date: 2026-03-01
        level: warn
        on_default: a warning, then it runs
        evidence: {path: torch/hub.py, line: 264, quote: "warnings.warn(", sha256: 5f…}
      - verdict: added
        reviewer: coder_b
        date: 2026-03-02
        platform: opencsg
        mechanism: malware scan
        level: none
        evidence: {url: "https://example.org/page", quote: "uploads are not scanned", sha256: 77…}

The files are named in ``[platforms].reviews``. A corrected claim stays in the table; the correction names it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, cast, get_args

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from codebook.errors import StudyError
from codebook.harmless import valid_text
from codebook.mechanisms import MECHANISMS
from codebook.rows import Claim
from codebook.rows.claims import Level
from codebook.study import Study
from codebook.yaml_lines import line_of, nearest, tree, unknown_key

Verdict = Literal["confirmed", "corrected", "added"]

_ABOUT = ("claim", "verdict", "reviewer", "date", "note", "evidence")
_SAID = (
    *("platform", "component", "package", "version", "mechanism", "surface", "parameter", "default", "on_default"),
    *("level", "scope", "pinning"),
)
_EVIDENCE = ("path", "url", "line", "symbol", "quote", "sha256")
_WORDS: Mapping[str, tuple[str, ...]] = {
    "verdict": get_args(Verdict),
    "level": get_args(Level),
    "mechanism": tuple(MECHANISMS),
    "component": ("sdk", "server", "docs", "web"),
    "surface": ("load", "upload", "download", "serve", "cache"),
}
_FORM = (
    "A review has: claim (its id, see platforms claims), verdict (confirmed, corrected or added), reviewer, date; and, "
    "unless confirmed, what is right and evidence: {path or url, line, quote, sha256}."
)
_QUOTED = 25


@dataclass(frozen=True, slots=True)
class Review:
    """What one reviewer says of one claim.

    Args:
        verdict: ``confirmed``, ``corrected`` or ``added``.
        claim: The claim's id; None for one that is added.
        reviewer: Who.
        day: When.
        where: File and line.
        said: Columns of the claim that the review gives, the evidence among them.
    """

    verdict: Verdict
    claim: str | None
    reviewer: str
    day: date
    where: str
    said: Mapping[str, Any]


def read(study: Study) -> list[Review]:
    """The reviews of all files that ``[platforms].reviews`` names, in their order.

    Raises:
        StudyError: A file is missing or a review is not what it is to be; file and line are named.
    """
    return [review for name in study.settings.platforms.reviews for review in _of_file(study.path / name)]


def _of_file(path: Path) -> Iterable[Review]:
    if not path.is_file():
        raise StudyError("there is no such file of reviews", where=str(path), hint="Correct [platforms].reviews.")
    found = tree(path, path.read_bytes())
    entries = found.get("reviews") if isinstance(found, CommentedMap) else None
    if not isinstance(entries, CommentedSeq):
        raise StudyError("it has no list of reviews", where=f"{path.name}:1", hint=_FORM)
    for number, entry in enumerate(entries):
        if not isinstance(entry, CommentedMap):
            line = entries.lc.data[number][0] + 1
            raise StudyError("a review is to be a mapping", where=f"{path.name}:{line}", hint=_FORM)
        yield _review(path, entry)


def _review(path: Path, entry: CommentedMap) -> Review:
    where = f"{path.name}:{entry.lc.line + 1}"
    for key in entry:
        if key not in (*_ABOUT, *_SAID):
            raise unknown_key(path, entry, str(key), (*_ABOUT, *_SAID))
    verdict = _text(path, entry, "verdict") or _lacks(where, "verdict")
    claim, said = _text(path, entry, "claim"), {key: _text(path, entry, key) for key in _SAID if key in entry}
    if (verdict == "added") == bool(claim):
        what = "a claim that is added has no id yet" if claim else f"what is {verdict} needs the id of a claim"
        raise StudyError(what, where=where, hint=_FORM)
    if verdict == "confirmed" and said:
        raise StudyError("what is confirmed is as it is", where=where, hint="Say: verdict: corrected.")
    if verdict == "added":
        for key in ("platform", "mechanism", "level"):
            _ = said.get(key) or _lacks(where, key)
    evidence = _evidence(path, entry, needed=verdict != "confirmed")
    day, who = _day(path, entry), _text(path, entry, "reviewer") or _lacks(where, "reviewer")
    return Review(cast(Verdict, verdict), claim, who, day, where, said | evidence)


def _lacks(where: str, key: str) -> str:
    raise StudyError(f"a review lacks {key!r}", where=where, hint=_FORM)


def _text(path: Path, entry: CommentedMap, key: str) -> str | None:
    """A value as text; what is not text but plain, such as a number or a truth value, as it is written in Python."""
    value = entry.get(key)
    if value is None:
        return None
    where = f"{path.name}:{line_of(entry, key)}"
    if not isinstance(value, str | int | float):
        raise StudyError(f"{key!r} is to be a text", where=where, hint="Write it in quotes.")
    text = valid_text(str(value))
    known = _WORDS.get(key)
    if known and text not in known:
        raise StudyError(f"no {key} {text!r}", where=where, hint=nearest(text, known) or f"One of: {', '.join(known)}.")
    return text


def _evidence(path: Path, entry: CommentedMap, *, needed: bool) -> dict[str, Any]:
    found = entry.get("evidence")
    where = f"{path.name}:{entry.lc.line + 1}"
    if found is None and not needed:
        return {}
    if not isinstance(found, CommentedMap):
        raise StudyError("it gives no evidence", where=where, hint="Give evidence: path or url, quote, sha256.")
    for key in found:
        if key not in _EVIDENCE:
            raise unknown_key(path, found, str(key), _EVIDENCE)
    values: dict[str, Any] = {key: _text(path, found, key) for key in _EVIDENCE if key in found}
    where = f"{path.name}:{line_of(entry, 'evidence')}"
    if needed and not (values.get("quote") and (values.get("path") or values.get("url"))):
        raise StudyError("evidence is a quote and a path or url", where=where, hint=_FORM)
    if len(str(values.get("quote") or "").split()) > _QUOTED:
        raise StudyError(f"a quote has at most {_QUOTED} words", where=where, hint="Shorten it.")
    if values.get("sha256") and not re.fullmatch(r"[0-9a-f]{64}", values["sha256"]):
        raise StudyError(
            "sha256 is to be 64 hexadecimal digits", where=where, hint="Give the hash of the file or page."
        )
    if "line" in values:
        values["line"] = _number(values["line"], where)
    return values


def _number(text: str | None, where: str) -> int | None:
    if text is not None and not re.fullmatch(r"[1-9]\d{0,8}", text):
        raise StudyError("line is to be a number from 1", where=where, hint="Count the lines of the file from 1.")
    return None if text is None else int(text)


def _day(path: Path, entry: CommentedMap) -> date:
    value = entry.get("date")
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    line = line_of(entry, "date") if "date" in entry else entry.lc.line + 1
    raise StudyError("a review needs a date", where=f"{path.name}:{line}", hint="Write it as 2026-03-01.")


def gone(claims: Iterable[Claim], reviews: Sequence[Review]) -> list[Review]:
    """The reviews of claims that are not there any more: a page or a rule has changed since."""
    known = {claim.claim_id for claim in claims}
    return [review for review in reviews if review.claim is not None and review.claim not in known]


def applied(claims: Iterable[Claim], reviews: Sequence[Review], run_id: str) -> list[Claim]:
    """The claims with what reviewers said: confirmed ones marked, corrections and additions as claims of their own.

    A correction has what its review gives and else what the claim says that it corrects; that one stays. Of several
    reviews of one claim, the last confirmation and every correction count. A review of a claim that is gone changes
    nothing (:func:`gone` tells).

    Args:
        claims: From code and documentation.
        reviews: As :func:`read` gives them.
        run_id: The run that claims are of which a reviewer added.
    """
    known = {claim.claim_id: claim for claim in claims}
    made: dict[str, Claim] = {}
    for review in reviews:
        if review.claim is None:
            added = _added(review, run_id)
            made[added.claim_id] = added
        elif review.claim in known:
            claim = known[review.claim]
            if review.verdict == "confirmed":
                known[review.claim] = replace(claim, review="confirmed", reviewer=review.reviewer)
            else:
                corrected = _corrected(claim, review)
                made = {i: each for i, each in made.items() if each.corrects != review.claim}
                made[corrected.claim_id] = corrected
    return [*known.values(), *made.values()]


def _corrected(claim: Claim, review: Review) -> Claim:
    return replace(
        claim,
        **dict(review.said),
        claim_id=_id(review),
        evidence_kind="reviewer",
        review="corrected",
        reviewer=review.reviewer,
        corrects=claim.claim_id,
    )


def _added(review: Review, run_id: str) -> Claim:
    columns: dict[str, Any] = dict.fromkeys(("package", "version", "parameter", "default", "on_default"))
    columns |= dict.fromkeys(("path", "line", "symbol", "quote", "sha256")) | {"component": "web"}
    return Claim(
        **(columns | dict(review.said)),
        claim_id=_id(review),
        released=datetime.combine(review.day, time(), UTC),
        evidence_kind="reviewer",
        review="added",
        reviewer=review.reviewer,
        run_id=run_id,
    )


def _id(review: Review) -> str:
    said = sorted((key, str(value)) for key, value in review.said.items())
    return sha256(repr((review.verdict, review.claim, review.reviewer, said)).encode()).hexdigest()[:20]
