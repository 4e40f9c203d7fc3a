"""Which columns of the tables hold words of people, and which of them a package has.

Every column of free text is named here: a test fails for one that is not. What is left out is left out by default, and
what somebody took down from where it was said is in no package.
"""

from typing import Literal, get_args

Texts = Literal["none", "quotes", "all"]
"""How much of people's words a package has."""

TEXTS: tuple[Texts, ...] = get_args(Texts)

Kind = Literal["said", "passage", "text", "private"]

KINDS: dict[Kind, tuple[str, tuple[Texts, ...]]] = {
    "said": ("titles of threads, and notes of the team", ("quotes", "all")),
    "passage": ("passages that coders marked, or a model gave as evidence", ("quotes", "all")),
    "text": ("whole posts, and units as coders were shown them", ("all",)),
    "private": ("what authors edited away; accounts; what came from Label Studio and could not be read", ()),
}
"""What each kind is, and the packages that have it."""

WORDS: dict[str, dict[str, Kind]] = {
    "threads": {"title": "said"},
    "posts": {"body": "text"},
    "earlier_posts": {"body": "private"},
    "screenings": {"memo": "said"},
    "screened": {"reason": "said"},
    "shown": {"text": "text"},
    "codings": {"quote": "passage", "memo": "said"},
    "quarantine": {"value": "private"},
    "proposals": {"memo": "said"},
    "audit": {"account": "private", "before": "private", "after": "private"},
    "decisions": {"reason": "said"},
    "imported_texts": {"name": "text", "text": "text", "variables": "text"},
    "imported_codings": {"quote": "passage", "memo": "said"},
    "suggestions": {"evidence": "passage"},
}
"""Columns of people's words, by table."""

_IDS = {
    *("thread_id", "native_id", "post_id", "unit_id", "coder", "arm", "annotation_id", "codebook_version", "page"),
    *("code", "code_as_given", "code_as_suggested", "codes", "choices", "by", "author", "run_id", "suggested_by"),
    *("sha256", "content_sha256", "rules_hash", "basis", "project", "model_id", "finding_id", "weakness_id"),
    *("claim_id", "document_id", "disagreement_id", "corrects", "reviewer", "extractor", "reply_to", "uid"),
    *("duplicate_group", "criterion", "keyword", "query", "thread", "pair", "stratum"),
}
_PLACES = {
    "surface",
    "source",
    "site",
    "url",
    "path",
    "hub",
    "platform",
    "owner",
    "mirror_of",
    "archive",
    "component",
    "suffix",
}
_SITES_WORDS = {"state", "labels", "language", "version", "licence", "tags", "task", "library", "words", "title"}
_TOOLS_WORDS = {
    *("tool", "tool_version", "rule", "cwe", "cwe_raw", "cwes", "owasp", "severity_raw", "confidence", "category"),
    *("message", "flows", "reason", "problem", "unresolved", "criteria", "loads_by", "named_by", "revision", "name"),
    *("package", "mechanism", "parameter", "default", "on_default", "scope", "bypasses", "pinning", "allow_list"),
    *("symbol", "quote", "what", "documented", "in_code", "first_version", "last_version", "before_version", "rules"),
    *("level", "month", "undefined", "no_interval", "before", "after"),
}

HARMLESS = frozenset(_IDS | _PLACES | _SITES_WORDS | _TOOLS_WORDS)
"""Names of columns that are ids, places, words of sites, tools and documentation; :data:`WORDS` goes before it."""


def left_out(table: str, texts: Texts) -> dict[str, Kind]:
    """The columns of a table whose words a package does not have."""
    return {column: kind for column, kind in WORDS.get(table, {}).items() if texts not in KINDS[kind][1]}
