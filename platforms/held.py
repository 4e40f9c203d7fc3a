"""Which claims hold at a moment: the releases that were in force then, and the pages as they were then."""

from collections.abc import Iterable
from datetime import datetime

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from codebook.mechanisms import standing
from codebook.moments import in_utc
from codebook.rows import Claim, Document


def held(claims: Iterable[Claim], documents: Iterable[Document], moment: datetime | None = None) -> list[Claim]:
    """The claims that hold at a moment, corrections in place of what they correct.

    Of every package they are those of the highest version that was out; of every page those of its newest content that
    was known; of reviewers those of that day or before. What is missing in documentation counts from the day of the
    newest page that was read for it.

    Args:
        claims: All of the study.
        documents: All of the study.
        moment: UTC; None for now: the newest releases, and pages that are still there as they were read.
    """
    known = standing(claims)
    gone = _gone(list(documents), moment)
    code = code_at((claim for claim in known if of_code(claim)), moment, or_lowest=False)
    return code + [
        claim
        for claim in known
        if not of_code(claim) and (claim.url, claim.sha256) not in gone and was_out(claim.released, moment)
    ]


def of_code(claim: Claim) -> bool:
    """Whether a claim is about one release of a package."""
    return claim.package is not None and claim.version is not None


def same_name(name: str | None, asked: str | None) -> bool:
    """Whether a package or platform is the one that is asked for, however its name is written; True if none is.

    ``huggingface_hub`` and ``huggingface-hub`` are one, as in PEP 503.
    """
    return asked is None or (name is not None and canonicalize_name(name) == canonicalize_name(asked))


def code_at(claims: Iterable[Claim], moment: datetime | None, *, or_lowest: bool = True) -> list[Claim]:
    """Of each package, the claims of the highest version that was out at a moment.

    Args:
        claims: About releases.
        moment: UTC; None for the newest.
        or_lowest: Where none was out, take the lowest version of all; else none.
    """
    by_package: dict[str, dict[str, list[Claim]]] = {}
    for claim in claims:
        by_package.setdefault(claim.package or "", {}).setdefault(claim.version or "", []).append(claim)
    found: list[Claim] = []
    for _, versions in sorted(by_package.items()):
        out = [version for version, own in versions.items() if was_out(own[0].released, moment)]
        if out:
            found += versions[max(out, key=_age)]
        elif or_lowest:
            found += versions[min(versions, key=number)]
    return found


def _age(version: str) -> tuple[bool, Version]:
    return (not number(version).is_prerelease, number(version))


def number(version: str) -> Version:
    """A version as packaging orders it; one that is none comes first."""
    try:
        return Version(version)
    except InvalidVersion:
        return Version("0.dev0")


def was_out(released: datetime | None, moment: datetime | None) -> bool:
    """Whether something was there at a moment; what has no date was only for None."""
    return moment is None or (released is not None and in_utc(released) <= in_utc(moment))


def _gone(documents: list[Document], moment: datetime | None) -> set[tuple[str | None, str | None]]:
    """Contents of pages that were no longer, or not yet, there at a moment."""
    if moment is None:
        return {(each.url, each.sha256) for each in documents if not each.current}
    newest: dict[str, Document] = {}
    for each in sorted(documents, key=lambda one: (str(_known(one) or ""), one.document_id)):
        if was_out(_known(each), moment):
            newest[each.url] = each
    return {(each.url, each.sha256) for each in documents if newest.get(each.url) != each}


def _known(document: Document) -> datetime | None:
    return document.dated or document.read_at


def changed_since_quoted(claims: Iterable[Claim], documents: Iterable[Document]) -> list[str]:
    """Pages that claims or reviewers quote and that are not there any more as they were quoted, one sentence each."""
    by_url: dict[str, set[str]] = {}
    for each in documents:
        by_url.setdefault(each.url, set())
        if each.current:
            by_url[each.url].add(each.sha256)
    lost: dict[str, int] = {}
    for claim in standing(claims):
        if claim.url in by_url and claim.sha256 and claim.sha256 not in by_url[claim.url or ""]:
            lost[claim.url or ""] = lost.get(claim.url or "", 0) + 1
    return [
        f"{url} has changed since {n} claims quoted it: its hash differs"
        if by_url[url]
        else f"{url} is gone: {n} claims"
        for url, n in sorted(lost.items())
    ]
