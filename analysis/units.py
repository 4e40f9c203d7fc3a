"""What a crosstab counts: distinct threads, posts, codings, models, files, findings or claims."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """One kind of thing that is counted.

    Args:
        name: Word of ``--unit``.
        plural: Its plural.
        keys: Where it can be counted: relation → SQL expression that identifies it there.
    """

    name: str
    plural: str
    keys: dict[str, str]


UNITS = {
    unit.name: unit
    for unit in (
        Unit("thread", "threads", {"threads": "threads.thread_id"}),
        Unit("post", "posts", {"posts": "posts.post_id"}),
        Unit("coding", "codings", {"codings": "codings.coding_id", "decisions": "decisions.coding_id"}),
        Unit("finding", "findings", {"findings": "findings.finding_id"}),
        Unit(
            "file",
            "files",
            {
                "outcomes": "outcomes.sha256",
                "findings": "findings.sha256",
                "model_files": "model_files.sha256",
                "contents": "contents.sha256",
            },
        ),
        Unit("model", "models", {"models": "models.model_id"}),
        Unit("claim", "claims", {"claims": "claims.claim_id"}),
    )
}
"""Every unit by its name. With ``decisions``, a coding is one code of an agreed set."""

WEIGHED = ("thread", "post", "coding")
"""Units that the sampling plan gives a weight: what it draws, and what belongs to it."""


def usual(tables: tuple[str, ...]) -> Unit:
    """The unit that is meant if none is named: threads for discussions, else the finest thing that is joined."""
    for name in ("thread", "finding", "file", "model", "claim"):
        if UNITS[name].keys.keys() & set(tables):
            return UNITS[name]
    return UNITS["model"]
