"""Claims of documentation: what its sentences state, and what a documentation that was read never mentions."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from codebook.harmless import valid_text
from codebook.mechanisms import MECHANISMS
from codebook.rows import Claim, Document
from platforms.documentation.rules import GATES, RULES, Rule
from platforms.documentation.sentences import ENTRY, Sentence, quotation, sentences
from platforms.documentation.wording import Wording, wording

MADE_BY = "documentation:"
"""What the ``extractor`` of every claim of documentation begins with."""

SILENCE, SILENT_SECURITY, UNREAD = f"{MADE_BY}silence", f"{MADE_BY}silence-about-security", f"{MADE_BY}unread"

CONTRIBUTIONS = "contributions by pull request"
"""The scope of what is said of pull requests, and of what a guide for contributors says."""

WORDS = "texts and images, not code"
"""The scope of a moderation that looks at what is written."""

_DEFAULT = re.compile(
    r"\bdefaults?(?: value)?(?:\s+is|\s+to|\s*:|\s*=)\s*(\"[^\"]{1,40}\"|'[^']{1,40}'|[\w+-][\w.+-]{0,40})",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(r"\b(\w+)\s?=\s?(\"[^\"]{0,40}\"|'[^']{0,40}'|\w{1,40})")
_IF_VALUE = re.compile(r"^\W*[Ii]f (\"[^\"]{1,40}\"|None|True|False)\b")
_SECURITY = re.compile(r"secur|scan|malware|signing|safety|安全", re.IGNORECASE)
_WORDS_ONLY = re.compile(r"\b(?:text|images?|comments?|moderation)\b|文本|图像", re.IGNORECASE)
_REQUESTS = re.compile(r"\bpull requests?\b|\bPRs?\b|\bmaintainers?\b|\bmerg(?:ed|ing)\b")
_CONTRIBUTING = re.compile(r"contribut|develop\.md", re.IGNORECASE)
_DEFINED = re.compile(r"^[ \t]*(?:async[ \t]+def|def|class)[ \t]+(\w+)", re.MULTILINE)


class Page(Protocol):
    """A documentation page that is kept."""

    @property
    def document(self) -> Document:
        """Its row."""

    @property
    def text(self) -> str | None:
        """What it says; None if it cannot be quoted."""


def claims(pages: Iterable[Page]) -> Iterator[Claim]:
    """The claims of pages: by sentence, then per platform what is never mentioned.

    A mechanism that no sentence of a platform's pages states is ``not_documented``; one of which no page could be read
    is ``unknown``. Neither is ``none``. Pages that are no longer what is there count for what they said, not for what
    is missing.

    Args:
        pages: Those of all platforms, in any order.
    """
    by_platform: dict[str, list[Page]] = {}
    for page in sorted(pages, key=lambda each: each.document.document_id):
        by_platform.setdefault(page.document.platform, []).append(page)
    for platform, own in sorted(by_platform.items()):
        stated: set[str] = set()
        seen: set[str] = set()
        for page in own:
            for claim in of_page(page):
                if page.document.current:
                    stated.add(claim.mechanism)
                if claim.claim_id not in seen:  # a page may lie in two folders
                    seen.add(claim.claim_id)
                    yield claim
        yield from _silence(platform, [page for page in own if page.document.current], stated)


def of_page(page: Page) -> Iterator[Claim]:
    """The claims of one page in the order of its lines, one per sentence and mechanism."""
    if page.text is None:
        return
    text, name = page.text, page.document.path or page.document.url
    seen: set[str] = set()
    for sentence in sentences(text, name):
        made: set[str] = set()
        for rule in RULES:
            if rule.mechanism not in made and (claim := _claim(page.document, text, sentence, rule)):
                made.add(rule.mechanism)
                if claim.claim_id not in seen:
                    seen.add(claim.claim_id)
                    yield claim


def _claim(document: Document, text: str, sentence: Sentence, rule: Rule) -> Claim | None:
    found = rule.found(sentence)
    said = found and wording(sentence.text, found.start(), found.end(), rule.mechanism)
    if not found or not said:
        return None
    parameter = _parameter(sentence, rule.mechanism)
    default = _DEFAULT.search(sentence.text) if parameter else None
    quote = valid_text(quotation(sentence, found[0]))
    return Claim(
        claim_id=_id(document.platform, document.sha256, document.url, rule.mechanism, sentence.line, quote),
        platform=document.platform,
        component="docs",
        package=None,
        version=None,
        released=_when(document),
        mechanism=rule.mechanism,
        surface=rule.surface,
        parameter=parameter,
        default=default[1].rstrip(".") if default else None,
        on_default=said.on_default,
        level=said.level,
        scope=_scope(document, sentence, rule.mechanism, parameter, said),
        evidence_kind="documentation",
        path=document.path,
        line=sentence.line,
        symbol=_symbol(text, sentence, document),
        quote=quote,
        url=document.url,
        sha256=document.sha256,
        extractor=MADE_BY + rule.name,
        run_id=document.run_id,
    )


def _parameter(sentence: Sentence, mechanism: str) -> str | None:
    """The switch that a sentence names, or in whose entry it stands."""
    last = sentence.headings[-1] if sentence.headings else ""
    entry = last.removeprefix(ENTRY) if last.startswith(ENTRY) else ""
    if mechanism == "hash verification" and entry == "check_hash":
        return entry
    if mechanism not in ("execution gate", "prompt", "allow-list"):
        return None
    named = (re.search(rf"\b{gate}\b", sentence.text) for gate in GATES)
    first = min((found for found in named if found), key=lambda found: found.start(), default=None)
    return first[0] if first else entry if entry in GATES else None


def _scope(document: Document, sentence: Sentence, mechanism: str, parameter: str | None, said: Wording) -> str | None:
    """What a sentence is about, where that is less than everything: a value of the switch, a guide for contributors."""
    if parameter and (value := _IF_VALUE.search(sentence.text)):
        return f"{parameter}={value[1]}"
    if parameter and said.kind == "forbidden":
        assigned = next((each for each in _ASSIGNED.finditer(sentence.text) if each[1] == parameter), None)
        return f"{parameter}={assigned[2]}" if assigned else None
    if mechanism == "upload review" and _WORDS_ONLY.search(sentence.text):
        return WORDS
    by_request = mechanism == "upload review" and said.level != "none" and _REQUESTS.search(sentence.text)
    return CONTRIBUTIONS if by_request or _CONTRIBUTING.search(document.path or document.url) else None


def _symbol(text: str, sentence: Sentence, document: Document) -> str | None:
    """Function or class whose docstring it is; else the nearest heading."""
    if (document.path or document.url).removesuffix(".txt").endswith(".py"):
        above = text.split("\n", sentence.line)[: sentence.line]
        names = _DEFINED.findall("\n".join(above))
        return names[-1] if names else None
    heads = [head for head in sentence.headings if not head.startswith(ENTRY)]
    return valid_text(heads[-1])[:200] if heads else None


def _silence(platform: str, pages: Sequence[Page], stated: set[str]) -> Iterator[Claim]:
    read = [page for page in pages if page.text is not None]
    if not read:
        why = "; ".join(sorted({page.document.problem or "no text" for page in pages}))
        for mechanism in MECHANISMS if pages else ():
            yield _missing(platform, mechanism, pages, UNREAD, f"{len(pages)} pages could not be read: {why[:200]}")
        return
    unread = len(pages) - len(read)
    note = f"; {unread} more could not be read" if unread else ""
    for mechanism in MECHANISMS:
        if mechanism not in stated:
            yield _missing(platform, mechanism, read, SILENCE, f"{_named(read)}{note}")
    yield from _silent_security(platform, read)


def _silent_security(platform: str, pages: Sequence[Page]) -> Iterator[Claim]:
    """Switches that no page about security of a set of documentation names."""
    sets: dict[str, list[Page]] = {}
    for page in pages:
        if _SECURITY.search(
            f"{page.document.title or ''} {(page.document.path or page.document.url).rsplit('/', 1)[-1]}"
        ):
            sets.setdefault(_set(page.document), []).append(page)
    for name, own in sorted(sets.items()):
        for gate in GATES:
            if not any(gate in (page.text or "") for page in own):
                scope = f"pages about security of {name}; {_named(own)}"
                yield _missing(platform, "execution gate", own, SILENT_SECURITY, scope, gate)


def _set(document: Document) -> str:
    """The documentation that a page is of: the repository or the site."""
    host, _, rest = re.sub(r"^\w+://", "", document.url).partition("/")
    parts = re.split(r"/(?:-/)?(?:blob|raw|tree)/", rest, maxsplit=1)
    return parts[0] if len(parts) > 1 else host


def _named(pages: Sequence[Page]) -> str:
    hashes = ", ".join(page.document.sha256[:12] for page in pages)
    return f"{len(pages)} pages read: {hashes}"


def _missing(
    platform: str, mechanism: str, pages: Sequence[Page], made_by: str, scope: str, parameter: str | None = None
) -> Claim:
    together = sha256("\n".join(page.document.sha256 for page in pages).encode()).hexdigest()
    newest = max(pages, key=lambda page: (str(_when(page.document) or ""), page.document.document_id)).document
    unread = made_by == UNREAD
    return Claim(
        claim_id=_id(together, platform, mechanism, 0, made_by + scope + (parameter or "")),
        platform=platform,
        component="docs",
        package=None,
        version=None,
        released=_when(newest),
        mechanism=mechanism,
        parameter=parameter,
        default=None,
        on_default=None,
        level="unknown" if unread else "not_documented",
        scope=scope,
        evidence_kind="documentation",
        path=None,
        line=None,
        symbol=None,
        quote=None,
        sha256=together,
        extractor=made_by,
        run_id=newest.run_id,
    )


def _when(document: Document) -> datetime | None:
    return document.dated or document.read_at


def _id(*parts: object) -> str:
    return sha256("\x00".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()[:20]
