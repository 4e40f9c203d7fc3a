"""The level of a mechanism at a date, as SQL over the table ``in_force``: for joins with threads and models."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from codebook.mechanisms import CALL, LEVELS, NO_LEVELS

_SCALE = "[" + ", ".join(f"'{level}'" for level in (*NO_LEVELS, *LEVELS)) + "]"
_KNOWN = "[" + ", ".join(f"'{level}'" for level in LEVELS) + "]"

_HELD = f"""
FROM in_force AS held
WHERE held.platform = of_platform AND held.mechanism = of_mechanism
  AND (of_package IS NULL OR held.package = of_package) AND (of_parameter IS NULL OR held.parameter = of_parameter)
  AND NOT contains(held.symbol, '{CALL}') AND held.since <= moment AND (held.until IS NULL OR moment < held.until)
"""


def define(con: duckdb.DuckDBPyConnection) -> None:
    """Add SQL functions to a connection of a study.

    Each is called with platform, mechanism and moment, and by name, if wanted, ``of_package`` and ``of_parameter``:
    ``weakest_level`` and ``strongest_level`` of the gates that were in force then, among those whose level is known
    (``unknown`` if there are gates and none is known, null if there is no gate), ``gates_in_force``, how many, and
    ``claims_in_force``, the ids of their claims in order (null if there is no gate).
    A null for package or parameter means all. Switches that one call within a client sets are left out
    (:data:`codebook.mechanisms.CALL`). ``level_rank`` of a level is its place on the scale, 0 for ``none``;
    null for what is no level.
    """
    rank = f"list_position({_SCALE}, held.level)"
    known = f"list_contains({_KNOWN}, held.level)"
    arguments = "of_platform, of_mechanism, moment, of_package := NULL, of_parameter := NULL"
    unknown = "CASE WHEN count(*) > 0 THEN 'unknown' END"
    for name, choose in (("weakest_level", "arg_min"), ("strongest_level", "arg_max")):
        con.execute(
            f"CREATE OR REPLACE TEMP MACRO {name}({arguments}) AS "
            f"(SELECT coalesce({choose}(held.level, {rank}) FILTER ({known}), {unknown}) {_HELD})"
        )
    con.execute(f"CREATE OR REPLACE TEMP MACRO gates_in_force({arguments}) AS (SELECT count(*) {_HELD})")
    con.execute(
        f"CREATE OR REPLACE TEMP MACRO claims_in_force({arguments}) AS "
        f"(SELECT list(DISTINCT held.claim_id ORDER BY held.claim_id) {_HELD})"
    )
    con.execute(f"CREATE OR REPLACE TEMP MACRO level_rank(level) AS list_position({_KNOWN}, level) - 1")


@dataclass(frozen=True, slots=True)
class Held:
    """What was in force at a moment.

    Args:
        weakest: The level of the weakest gate; None if there was none, ``unknown`` if none is known.
        strongest: That of the strongest.
        gates: How many there were.
    """

    weakest: str | None
    strongest: str | None
    gates: int


def level_at(
    con: duckdb.DuckDBPyConnection,
    platform: str,
    mechanism: str,
    moment: datetime,
    *,
    package: str | None = None,
    parameter: str | None = None,
) -> Held:
    """What was in force at a moment on one platform.

    Args:
        con: A connection of a study (:meth:`codebook.study.Study.connect`).
        platform: As in the table.
        mechanism: One of :data:`codebook.mechanisms.MECHANISMS`.
        moment: UTC.
        package: Only gates of this package.
        parameter: Only gates with this switch.
    """
    define(con)
    given = "?, ?, ?::TIMESTAMP, of_package := ?, of_parameter := ?"
    query = f"SELECT weakest_level({given}), strongest_level({given}), gates_in_force({given})"
    found = con.execute(query, [platform, mechanism, moment, package, parameter] * 3).fetchone()
    weakest, strongest, gates = found or (None, None, 0)
    return Held(weakest, strongest, int(gates))
