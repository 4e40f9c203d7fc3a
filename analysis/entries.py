"""The pairs behind a crosstab as arrays, for tests that have to know which unit has which values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.crosstab import Crosstab, Pairs
from analysis.values import Value

if TYPE_CHECKING:  # slow to import, and a crosstab without tests needs none
    import numpy as np
    import numpy.typing as npt

    Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Entries:
    """Every distinct (unit, row, column, layer) that is counted, and what is known of every unit.

    Units are numbered from 0 in the order of their ids, so that the same tables give the same arrays.

    Args:
        units: How many units there are.
        unit: Of each entry its unit.
        row: Of each entry the place of its value in ``table.rows``.
        col: Likewise in ``table.cols``.
        layer: Likewise in the layers; None without layers.
        cluster: Of each unit what it stands in: the thread of a post or a coding, the content of a finding; None where
            units stand for themselves.
        weight: Of each unit its design weight, NaN outside the plan; None if no weights were asked for.
        stratum: Of each unit the number of its stratum, -1 outside the plan; None likewise.
    """

    units: int
    unit: "Whole"
    row: "Whole"
    col: "Whole"
    layer: "Whole | None"
    cluster: "Whole | None"
    weight: "npt.NDArray[np.float64] | None"
    stratum: "Whole | None"


_CLUSTERS = {
    "post": "posts.thread_id",
    "coding": "{origin}.thread_id",
    "finding": "findings.sha256",
}
"""Unit → what several of it stand in."""


def entries(made: Pairs, table: Crosstab, layers: Mapping[Value, Crosstab] | None = None) -> Entries:
    """Read the pairs of a crosstab.

    Args:
        made: The open pairs.
        table: What was counted; rows and columns that it does not have (as after ``--top``) are left out.
        layers: What :func:`analysis.crosstab.by_layer` gave, where layers were asked for.
    """
    con, question = made.con, made.question
    source = _one_by_one(made) if made.alike else "pairs"
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE numbered AS SELECT unit, row_number() OVER (ORDER BY unit) - 1 AS number
        FROM (SELECT DISTINCT unit FROM {source})"""  # noqa: S608 - our names
    )
    orders = {"r": table.rows, "c": table.cols} | ({"l": tuple(layers or ())} if question.layers else {})
    for side, values in orders.items():
        con.execute(f"CREATE OR REPLACE TEMP TABLE place_{side} (value VARCHAR, place BIGINT)")
        lines = [[None if v is None else str(v), place] for place, v in enumerate(values)]
        if lines:
            con.executemany(f"INSERT INTO place_{side} VALUES (?, ?)", lines)  # noqa: S608 - our names
    places = ", ".join(f"place_{side}.place AS {side}" for side in orders)
    joins = " ".join(
        f"JOIN place_{side} ON CAST(pairs.{side} AS VARCHAR) IS NOT DISTINCT FROM place_{side}.value" for side in orders
    )
    found = con.execute(
        f"SELECT number, {places} FROM {source} AS pairs JOIN numbered USING (unit) {joins} ORDER BY ALL"  # noqa: S608 - our names
    ).fetchnumpy()
    weight, stratum = _weights(made)
    return Entries(
        units=int(con.execute("SELECT count(*) FROM numbered").fetchall()[0][0]),
        unit=_whole(found["number"]),
        row=_whole(found["r"]),
        col=_whole(found["c"]),
        layer=_whole(found["l"]) if "l" in found else None,
        cluster=_clusters(made),
        weight=weight,
        stratum=stratum,
    )


def _one_by_one(made: Pairs) -> str:
    """Findings that were counted by groups, each by itself."""
    question = made.question
    sides = ", ".join(f"{v.sql} AS {side}" for side, v in question.sides.items())
    made.con.execute(
        f"CREATE OR REPLACE TEMP TABLE one_by_one AS SELECT DISTINCT {question.key} AS unit, {sides} {made.joined()}",
        list(made.values),
    )
    return "one_by_one"


def _clusters(made: Pairs) -> "Whole | None":
    question = made.question
    if question.unit.name not in _CLUSTERS:
        return None
    cluster = _CLUSTERS[question.unit.name].format(origin=question.origin)
    found = made.con.execute(
        f"""SELECT dense_rank() OVER (ORDER BY cluster) - 1 AS cluster FROM numbered JOIN (
        SELECT {question.key} AS unit, min({cluster}) AS cluster {made.joined()} GROUP BY ALL) USING (unit)
        ORDER BY number""",  # noqa: S608 - declared names only
        list(made.values),
    ).fetchnumpy()
    return _whole(found["cluster"])


def _weights(made: Pairs) -> "tuple[npt.NDArray[np.float64] | None, Whole | None]":
    if not made.question.weighted:
        return None, None
    found = made.con.execute(
        """SELECT coalesce(weight, 'nan'::DOUBLE) AS weight,
        CASE WHEN stratum IS NULL THEN -1 ELSE dense_rank() OVER (ORDER BY stratum NULLS LAST) - 1 END AS stratum
        FROM numbered LEFT JOIN unit_weights USING (unit) ORDER BY number"""
    ).fetchnumpy()
    import numpy as np

    return np.asarray(found["weight"], dtype=np.float64), _whole(found["stratum"])


def _whole(numbers: object) -> "Whole":
    import numpy as np

    return np.asarray(numbers, dtype=np.int64)
