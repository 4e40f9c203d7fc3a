"""Readings that their coder has coded again, because one of their codes was split: the later reading stands for both.

What counts as coded again, ``recode.answered`` says. The earlier rows stay in the table ``codings``, each in its round;
whoever counts or hands on codings leaves them out.
"""

from codebook.study import Study

READING = "unit_id, coder, arm, round"
"""The columns that tell one reading from others."""

REPLACED = f"SELECT DISTINCT {READING} FROM recode WHERE answered"  # noqa: S608 - the columns above
"""SQL: the readings with a split code that have an answer."""

STANDING = f"SELECT codings.* FROM codings ANTI JOIN ({REPLACED}) AS replaced USING ({READING})"  # noqa: S608
"""SQL: the rows of ``codings`` without those readings."""

WAITING = "FROM recode WHERE NOT answered"
"""SQL: the rows of ``recode`` that have no answer."""


def replaced(study: Study) -> set[tuple[str, str, str, int]]:
    """The readings that were coded again: unit, coder, arm and round."""
    with study.connect() as con:
        return set(con.execute(REPLACED).fetchall())
