"""Codes on which coders agree less than the study asks for."""

from dataclasses import dataclass

import duckdb

from analysis.crosstab import Crosstab
from analysis.values import Value
from codebook.agreed import PARTS
from codebook.study import Study


@dataclass(frozen=True, slots=True)
class Greyed:
    """Row values below the threshold, and whether agreement is known at all (True where nothing is coded)."""

    rows: frozenset[Value]
    known: bool


def greyed(study: Study, con: duckdb.DuckDBPyConnection, table: Crosstab) -> Greyed:
    """Which rows of a crosstab are codes or themes whose alpha, in all readings, is below ``[agreement].threshold``.

    A theme without codes below it is measured as a code.
    """
    variable = table.question.rows
    if not variable.of_codebook:
        return Greyed(frozenset(), known=True)
    everything = " AND ".join(f"{part} IS NULL" for part in PARTS)
    found = con.execute(
        f"""SELECT subject, code, estimate FROM agreement
        WHERE measure = 'alpha' AND subject IN ('code', 'theme') AND {everything}"""  # noqa: S608 - columns of ours
    ).fetchall()
    subjects = ("code", "theme") if variable.name == "theme" else ("code",)
    threshold = study.settings.agreement.threshold
    low = {code for subject, code, alpha in found if subject in subjects and alpha is not None and alpha < threshold}
    return Greyed(frozenset(row for row in table.rows if row in low), known=bool(found))
