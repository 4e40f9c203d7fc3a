"""The joins that ``analysis joins`` makes, each with what it says and what it needs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import duckdb

from analysis.integration import beliefs, changes, coded, disagreements, levels, mentions, mitigation, models
from codebook.render import Rows
from codebook.study import Study


@dataclass(frozen=True, slots=True)
class Joint:
    """One table in which stages meet.

    Args:
        meaning: What its rows say, one sentence with the denominator.
        columns: Its columns, in order.
        rows: Counts it on a connection of a study.
        notes: What a reader has to know, said from the data; on the same connection, after ``rows``.
        needs: The tables without which it is empty, or half of it is.
    """

    meaning: str
    columns: tuple[str, ...]
    rows: Callable[[duckdb.DuckDBPyConnection, Study], Rows]
    notes: Callable[[duckdb.DuckDBPyConnection, Study], Iterator[str]]
    needs: tuple[str, ...]


def unanswerable(con: duckdb.DuckDBPyConnection, study: Study, joint: Joint) -> str:
    """Why a join cannot be made, though there are rows: its codes mean nothing without a codebook. Else nothing."""
    return coded.meaningless(con, study) if "codings" in joint.needs else ""


JOINTS: Mapping[str, Joint] = {
    "levels": Joint(
        "Themes by the level of the platform's gate when the thread was opened, of the coded threads of the level",
        levels.COLUMNS,
        levels.rows,
        levels.notes,
        ("threads", "matches", "codings", "in_force"),
    ),
    "changes": Joint(
        "Themes before and after a gate changed: coded threads in equal windows around each release",
        changes.COLUMNS,
        changes.rows,
        changes.notes,
        ("threads", "matches", "codings", "in_force"),
    ),
    "models": Joint(
        "Models that threads name, with the themes of those threads and what scanners found in the model",
        models.COLUMNS,
        models.rows,
        models.notes,
        ("threads", "codings", "models", "model_files", "outcomes", "findings"),
    ),
    "beliefs": Joint(
        "What people believe, by whether it held when their threads were opened: threads with the code, per platform",
        beliefs.COLUMNS,
        beliefs.rows,
        beliefs.notes,
        ("threads", "matches", "codings", "in_force", "claims"),
    ),
    "ledger": Joint(
        "Each thread with a belief, and the claims that bore it out or did not, on its day and today",
        beliefs.LEDGER,
        beliefs.ledger,
        beliefs.notes,
        ("threads", "matches", "codings", "in_force", "claims"),
    ),
    "mitigation": Joint(
        "Weaknesses in models' files by the mechanisms that would have caught them: models, of those with such files",
        mitigation.COLUMNS,
        mitigation.rows,
        mitigation.notes,
        ("model_files", "outcomes", "findings", "claims", "in_force"),
    ),
    "mentions": Joint(
        "Weaknesses in models' files by whether concerned threads speak of them, of all threads with concern",
        mentions.COLUMNS,
        mentions.rows,
        mentions.notes,
        ("threads", "codings", "model_files", "findings"),
    ),
    "disagreements": Joint(
        "Where documentation and code disagree, with the confused threads of the coded ones about the platform",
        disagreements.COLUMNS,
        disagreements.rows,
        disagreements.notes,
        ("threads", "matches", "codings", "claims", "disagreements"),
    ),
}
"""Every join by its name."""
