"""Which command brings each table, and which makes it again from what is already there."""

from codebook.rows import TABLES

_COLLECT = ("threads", "posts", "slices", "exclusions", "matches", "changes", "earlier_posts")
_SCAN = ("shards", "models", "model_files", "contents", "rule_files", "rules", "outcomes", "findings")
_PLATFORMS = ("releases", "documents", "claims", "in_force", "disagreements")
_IMPORTED = ("imported_texts", "imported_codings")

_OF_CODING = {
    "screenings": "coding screen",
    "screened": "coding screen",
    "ranking": "coding screen --order",
    "plan": "coding sample",
    "units": "coding push",
    "shown": "coding push",
    "offered": "coding push",
    "withheld": "coding push",
    "decisions": "coding adjudicate",
    "topics": "coding topics",
    "suggestions": "coding suggest",
    "agreement": "coding agreement",
    "saturation": "coding saturation",
}

BROUGHT_BY: dict[str, str] = {
    **dict.fromkeys(TABLES, "coding pull"),
    **dict.fromkeys(_COLLECT, "collect threads"),
    **_OF_CODING,
    **dict.fromkeys(_SCAN, "scan code"),
    "shards": "scan models",
    "models": "scan models",
    "model_files": "scan fetch",
    **dict.fromkeys(_PLATFORMS, "platforms fetch, then: platforms claims"),
    **dict.fromkeys(_IMPORTED, "codebook import"),
}
"""Table → the command that brings its first rows."""

REBUILT_BY: dict[str, str] = {
    **dict.fromkeys(TABLES, "coding pull --from-raw"),
    **dict.fromkeys(_COLLECT, "collect threads --from-raw"),
    **dict.fromkeys(_SCAN, "scan models --from-raw"),
    **dict.fromkeys(_PLATFORMS, "platforms fetch --from-raw"),
    **dict.fromkeys(_IMPORTED, "codebook import --from-raw"),
    "agreement": "coding agreement",
    "saturation": "coding saturation",
}
"""Table → the command that makes it again in this version, from the raw records or from other tables."""
