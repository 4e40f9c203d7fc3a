"""Readings that their coder has coded again, because one of their codes was split: the later reading stands for both.

The earlier rows stay in the table ``codings``, each in its round; whoever counts or hands on codings leaves them out.
"""

from codebook.study import Study

READING = "unit_id, coder, arm, round"
"""The columns that tell one reading from others."""

REPLACED = f"""SELECT DISTINCT {READING} FROM recode SEMI JOIN (
    SELECT {READING} FROM codings UNION SELECT {READING} FROM recode
) AS later ON later.unit_id = recode.unit_id AND later.coder = recode.coder AND later.arm = recode.arm
    AND later.round > recode.round"""  # noqa: S608 - the columns above
"""SQL: the readings with a split code that have an answer, which is one of a later round."""

STANDING = f"SELECT codings.* FROM codings ANTI JOIN ({REPLACED}) AS replaced USING ({READING})"  # noqa: S608
"""SQL: the rows of ``codings`` without those readings."""

WAITING = f"SELECT recode.* FROM recode ANTI JOIN ({REPLACED}) AS replaced USING ({READING})"  # noqa: S608
"""SQL: the rows of ``recode`` that have no answer."""


def replaced(study: Study) -> set[tuple[str, str, str, int]]:
    """The readings that were coded again: unit, coder, arm and round."""
    with study.connect() as con:
        return set(con.execute(REPLACED).fetchall())
