"""Where documentation and code disagree: declared rules over claims, which name no platform and no package.

Documentation of a day is set beside the release that was in force then, that of an undated page beside the newest.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from packaging.utils import canonicalize_name

from codebook.mechanisms import CALL, LEVELS, standing
from codebook.rows import Claim, Disagreement
from platforms.documentation.claims import MADE_BY, SILENCE, SILENT_SECURITY
from platforms.held import code_at, of_code

_TOLD_NOT_TO = "nothing: the user is told not to"
_DROPPED = re.compile(r"\bnot in\b|\bdropped\b|\bnot handed on\b|\bnot passed\b", re.IGNORECASE)


@dataclass(frozen=True)
class Sides:
    """The claims of one platform.

    Args:
        documentation: Of its pages, and what they never mention.
        code: Of its packages: about a client's own behaviour, not about single calls in it.
        calls: About single calls in a client.
    """

    documentation: Sequence[Claim]
    code: Sequence[Claim]
    calls: Sequence[Claim] = ()
    _newest: dict[datetime | None, list[Claim]] = field(default_factory=dict)

    def code_at(self, moment: datetime | None) -> list[Claim]:
        """The code that was in force at a moment: of each package, the highest version that was out; else the lowest.

        Args:
            moment: None for the newest of all.
        """
        if moment not in self._newest:
            self._newest[moment] = code_at(self.code, moment)
        return self._newest[moment]


def found(claims: Iterable[Claim]) -> Iterator[Disagreement]:
    """Every disagreement, each with the claims of both sides; where documentation is silent, that is its claim.

    Args:
        claims: Of documentation, code and reviewers.
    """
    seen: set[str] = set()
    for platform, sides in sorted(_sides(standing(claims)).items()):
        for name, rule in RULES.items():
            for documented, in_code, what in rule(sides):
                row = _row(name, platform, documented, in_code, what)
                if row.disagreement_id not in seen:
                    seen.add(row.disagreement_id)
                    yield row


Pair = tuple[Claim, Claim, str]


def silent_security(sides: Sides) -> Iterator[Pair]:
    """A set of documentation has pages about security that never name a switch which the platform's client has."""
    for page in sides.documentation:
        if page.extractor != SILENT_SECURITY:
            continue
        for gate in _gates(_about(page, sides.code_at(None)), page.parameter):
            if LEVELS.index(gate.level) > 0:
                where = (page.scope or "").partition(";")[0]
                yield (
                    page,
                    gate,
                    f"{where} never mention {gate.parameter}, on which {_who(gate)} decides ({gate.level})",
                )
                break


def unwarned(sides: Sides) -> Iterator[Pair]:
    """A client executes what it loads without a switch, and no page that was read warns of it."""
    for page in sides.documentation:
        if page.extractor == SILENCE and page.mechanism == "documentation warning":
            for gate in sides.code_at(None):
                if gate.mechanism == "execution gate" and gate.level == "none" and gate.on_default:
                    yield page, gate, f"{_who(gate)} runs it silently ({gate.on_default}); no page that was read warns"


def other_default(sides: Sides) -> Iterator[Pair]:
    """A page states another default of a switch than the code has."""
    for page in sides.documentation:
        if page.default is None or page.parameter is None:
            continue
        for gate in _about(page, sides.code_at(page.released)):
            same = gate.parameter == page.parameter and _same_function(page, gate)
            if same and gate.default is not None and _value(gate.default) != _value(page.default):
                what = f"documented default of {page.parameter} is {page.default}, in {_who(gate)} it is {gate.default}"
                yield page, gate, what


def other_effect(sides: Sides) -> Iterator[Pair]:
    """A page says what a switch does by default (an error, a question, a warning), and the code does something else.

    A sentence about one value of the switch counts where that value is the default in code.
    """
    for page in sides.documentation:
        if (
            page.mechanism != "execution gate"
            or page.parameter is None
            or page.level not in ("warn", "prompt", "opt-in")
        ):
            continue
        for gate in _gates(_about(page, sides.code_at(page.released)), page.parameter):
            value = (page.scope or "").partition("=")[2]
            applies = not value or (gate.default is not None and _value(value) == _value(gate.default))
            if applies and _same_function(page, gate) and gate.level != page.level:
                what = f"documented effect of {page.parameter} is {page.level}, that of {_who(gate)} is {gate.level}"
                yield page, gate, f"{what} by default ({gate.default})"


def forbidden_default(sides: Sides) -> Iterator[Pair]:
    """A page tells users never to set a switch to a value which it has by default, or which a call sets."""
    for page in sides.documentation:
        name, _, value = (page.scope or "").partition("=")
        if page.on_default != _TOLD_NOT_TO or not value or name != page.parameter:
            continue
        for gate in (*sides.code_at(page.released), *code_at(sides.calls, page.released)):
            if gate.parameter == name and gate.default is not None and _value(gate.default) == _value(value):
                yield page, gate, f"documentation says never {name}={value}; {_who(gate)} has just that by default"


def revision_lost(sides: Sides) -> Iterator[Pair]:
    """Pages advise a revision, or state that one can be given, and a client does not hand it on everywhere."""
    advised = [page for page in sides.documentation if page.mechanism == "pinning" and page.level == "documented"]
    for gate in sides.code_at(None) if advised else ():
        if gate.pinning is not None and _DROPPED.search(gate.pinning):
            page = max(advised, key=lambda each: ("advised" in (each.on_default or ""), each.claim_id))
            yield page, gate, f"documentation says to give a revision; {_who(gate)}: {gate.pinning}"


RULES: Mapping[str, Callable[[Sides], Iterator[Pair]]] = {
    "silent-security": silent_security,
    "unwarned": unwarned,
    "other-default": other_default,
    "other-effect": other_effect,
    "forbidden-default": forbidden_default,
    "revision-lost": revision_lost,
}
"""Every rule by its name in the table ``disagreements``."""


def _about(page: Claim, code: Sequence[Claim]) -> Sequence[Claim]:
    """Of the code, what a page can be about: the package whose repository the page is of, if it is one's; else all."""
    repository = (page.scope if page.extractor == SILENT_SECURITY else page.url) or ""
    names = {canonicalize_name(word) for word in re.findall(r"[\w.-]+", repository.partition(";")[0])}
    packages = {claim.package for claim in code} & names
    return [claim for claim in code if claim.package in packages] if packages else code


def _gates(code: Iterable[Claim], parameter: str | None) -> list[Claim]:
    """Execution gates with a level and this switch, strongest first; last those that the switch does not open."""
    own = [c for c in code if c.mechanism == "execution gate" and c.parameter == parameter and c.level in LEVELS]
    return sorted(own, key=lambda c: (c.level == "block", -LEVELS.index(c.level), c.package or "", c.claim_id))


def _same_function(page: Claim, gate: Claim) -> bool:
    """Whether a page and a claim of code can be about one function: a docstring is about its own only."""
    docstring = (page.path or "").removesuffix(".txt").endswith(".py")
    return not docstring or page.symbol is None or (gate.symbol or "").rpartition(".")[2] == page.symbol


def _value(text: str) -> str:
    """A default without quotation marks: ``"check"`` and ``'check'`` are one."""
    return text.strip("`'\" ").casefold()


def _who(gate: Claim) -> str:
    return f"{gate.package} {gate.version} ({gate.symbol or gate.path})"


def _sides(claims: Iterable[Claim]) -> dict[str, Sides]:
    parts: dict[str, tuple[list[Claim], list[Claim], list[Claim]]] = {}
    for claim in claims:
        documentation, code, calls = parts.setdefault(claim.platform, ([], [], []))
        if claim.package is None and (claim.extractor or "").startswith(MADE_BY):
            documentation.append(claim)
        elif of_code(claim):
            (calls if CALL in (claim.symbol or "") else code).append(claim)
    return {platform: Sides(*three) for platform, three in parts.items()}


def _row(rule: str, platform: str, documented: Claim, in_code: Claim, what: str) -> Disagreement:
    ids = f"{rule} {documented.claim_id} {in_code.claim_id}"
    return Disagreement(
        disagreement_id=sha256(ids.encode()).hexdigest()[:20],
        rule=rule,
        platform=platform,
        mechanism=in_code.mechanism,
        parameter=in_code.parameter,
        documented=documented.claim_id,
        in_code=in_code.claim_id,
        what=what,
        run_id=in_code.run_id,
    )
