"""What a sentence does with a mechanism: states it, advises or forbids something, denies it, or announces it."""

import re
from dataclasses import dataclass

from codebook.rows.claims import Level

_QUESTION = re.compile(r"[?\uff1f]\W*$")
_REFERS = re.compile(
    r"^\W*(?:see|check out|here (?:is|are)|for (?:more|an? (?:more )?in-depth)|learn more|read more)\b|参见|详见",
    re.IGNORECASE,
)
"""How a sentence begins that only says where to read on."""
_FORBIDS = re.compile(
    r"\bmust (?:never|not)\b|\bshould(?: never| not|n't)\b|\bnever (?:load|run|use|execute|trust|set)\b"
    r"|\bdo(?: not|n't) (?:load|run|use|execute|trust|set)\b|切勿|禁止|不要(?:加载|运行|使用)",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(
    r"\bnot yet\b|\bplan(?:s|ned|ning)? to\b|\bin (?:the|a) (?:near )?future\b|\bcoming soon\b"
    r"|\bupcoming\b|\broadmap\b"
    r"|\bwe are (?:experimenting|working)\b|\b(?:will|would) be (?:supported|introduced)\b|\bwould (?:be"
    r"|make)\b|\beventually\b"
    r"|尚未|计划|即将|未来(?:将|会)",
    re.IGNORECASE,
)
_ADVISES = re.compile(
    r"\brecommend|\bsuggest|\bencourag|\badvis|\bshould\b|\bplease\b|\bprefer\b|\bmake sure\b|\bconsider\b"
    r"|\bbe (?:sure|mindful|careful)\b"
    r"|\bprotect yourself\b|^(?:preferring|pinning|setting|enabling|verify|inspect|review|check|use|set"
    r"|pass|avoid)\b|建议|推荐|(?<!申)请|应当?",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"(?:\b(?:do|does|did|is|are|was|were|will|can|could|has|have)(?: not|n't|n\u2019t)\b|\bcannot\b"
    r"|\bno(?: longer)?\b|\bnever\b|\bneither\b"
    r"|\bnot\b(?! only| necessarily| just)|\bwithout\b|\blacks?\b)"
    r"(?:[\s,]+[^\s,.;]+){0,5}?[\s,]*$|(?:不(?!仅|但|同)|没有|未|无法|并非)[^\uff0c。\uff1b]{0,12}$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;:\uff0c\uff1b]\s|\s[\u2013—-]{1,2}\s|\bbut\b|\bhowever\b", re.IGNORECASE)
_BUT = re.compile(r";\s|\uff1b|\bbut\b|\bhowever\b|但是?", re.IGNORECASE)
_IF = re.compile(r"^\W*(?:if|when|whenever|unless|in case|where|while|whether|如果|若|当)\b", re.IGNORECASE)
_AFTER = re.compile(
    r"^(?:\s+\w+){0,3}?\s+(?:(?:is|are|was|were|do|does|will|can|has|have)(?: been)? ?(?:not|never"
    r"|n't)\b(?! only| necessarily)|disabled\b)",
    re.IGNORECASE,
)

_EFFECTS: tuple[tuple[Level, str, re.Pattern[str]], ...] = (
    (
        "block",
        "it is refused",
        re.compile(
            r"\b(?:is|are|will be|gets?) (?:blocked|refused|rejected|removed|quarantined)\b|\b(?:blocks?"
            r"|refuses?|rejects?) (?:the|any|all|to)\b"
            r"|\bcannot be (?:downloaded|loaded)\b|(?:拒绝|阻止|禁止)(?:加载|下载|执行)",
            re.IGNORECASE,
        ),
    ),
    (
        "opt-in",
        "an error, unless the user sets it",
        re.compile(
            r"\brequires? (?:the |that )?(?:[\w`]+ ){0,3}?\w*trust_\w+|\b(?:error"
            r"|exception)\b[^.]{0,60}\b(?:unless|if)\b|\bmust be set\b"
            r"|\bset `?trust_remote_code\s*=\s*True`? to use\b|\bmust agree\b|必须(?:设置|指定|传入)",
            re.IGNORECASE,
        ),
    ),
    (
        "prompt",
        "the user is asked",
        re.compile(
            r"\bprompt(?:s|ed)?\b(?![ -]?injection| engineering)|\basks? (?:the user|you"
            r"|for confirmation)\b|\bconfirmation\b|提示用户(?:确认|输入)",
            re.IGNORECASE,
        ),
    ),
    (
        "warn",
        "a warning, then it goes on",
        re.compile(
            r"\b(?:message will warn|warns?\b (?:the )?users?|(?:raises?|shows?|displays?|issues?|logs?"
            r"|emits?)\b[^.]{0,20}\bwarning)\b"
            r"|\b(?:infected|unsafe|suspicious)\b[^.]{0,30}\bbadge|(?:显示|发出|给出)[^。]{0,6}警告",
            re.IGNORECASE,
        ),
    ),
)
_EFFECTIVE = ("execution gate", "prompt", "malware scan", "pickle scan", "third-party scan", "UI warning")


@dataclass(frozen=True, slots=True)
class Wording:
    """What a sentence does with a mechanism.

    Args:
        kind: ``stated``, ``advised``, ``forbidden``, ``denied`` or ``announced``.
        level: The claim's level.
        on_default: What happens by the sentence if the user does nothing, in words of our own.
    """

    kind: str
    level: Level
    on_default: str


def wording(text: str, start: int, end: int, mechanism: str) -> Wording | None:
    """Read a sentence around the passage that names a mechanism; a question states nothing, nor does a mere reference.

    A sentence that forbids or advises leaves the user to act: its level is ``documented``. One that denies the
    mechanism gives ``none``: it is the documentation that says so, not its silence. One that announces it gives
    ``unknown``. What a sentence says of the effect (refused, an error, asked, warned) gives the level of a mechanism
    that has effects; else it is ``documented``.

    Args:
        text: The sentence without markup.
        start: Where the passage begins in it.
        end: Where it ends.
        mechanism: The mechanism that it names.
    """
    if _QUESTION.search(text) or _REFERS.search(text):
        return None
    if _FORBIDS.search(text):
        return Wording("forbidden", "documented", "nothing: the user is told not to")
    if mechanism == "documentation warning":
        return Wording("stated", "documented", "nothing: the reader is warned")
    if _ANNOUNCES.search(text):
        return Wording("announced", "unknown", "announced: not there yet when the page was written")
    if _denied(text, start, end):
        return Wording("denied", "none", "the page says that it is not so")
    return _stated(text, start, end, mechanism)


def _stated(text: str, start: int, end: int, mechanism: str) -> Wording:
    level, effect = _effect(text) if mechanism in _EFFECTIVE else ("documented", "")
    if effect:
        return Wording("stated", level, effect)
    if _ADVISES.search(_clause(text, start, end)):
        return Wording("advised", "documented", "nothing: the user is advised to")
    return Wording("stated", "documented", "the page says that it is so")


def _denied(text: str, start: int, end: int) -> bool:
    """Whether a negation belongs to the passage: in its clause, close before it or right behind it.

    A condition (``if it is not …``) denies nothing.
    """
    clause = max((found.end() for found in _CLAUSE.finditer(text, 0, start)), default=0)
    before = text[clause:start]
    if _IF.search(before) or _IF.search(text[clause:]):
        return False
    return bool(_DENIES.search(before) or _AFTER.search(text[end:]))


def _clause(text: str, start: int, end: int) -> str:
    """The part of a sentence that the passage stands in: what is advised in another part is not about it."""
    first = max((found.end() for found in _BUT.finditer(text, 0, start)), default=0)
    behind = _BUT.search(text, end)
    return text[first : behind.start() if behind else len(text)]


def _effect(text: str) -> tuple[Level, str]:
    return next(((level, said) for level, said, pattern in _EFFECTS if pattern.search(text)), ("documented", ""))
