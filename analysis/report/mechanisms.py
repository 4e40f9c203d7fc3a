"""What platforms do about it, as the report shows it: levels side by side, over time, and what disagrees."""

import duckdb

from analysis.report.sheet import Sheet
from codebook.mechanisms import MECHANISMS, STANDING, strongest

_SHOWN = 200

_MISSING = "There are no claims about platforms yet. They come with: platforms fetch, platforms claims"

_LEVELS = f"""
SELECT mechanism, platform, list(DISTINCT level ORDER BY level) FROM ({STANDING})
GROUP BY mechanism, platform ORDER BY mechanism, platform
"""  # noqa: S608 - a constant


def side_by_side(con: duckdb.DuckDBPyConnection) -> Sheet:
    """Per mechanism and platform, the strongest level that a standing claim says."""
    found = {(mechanism, platform): levels for mechanism, platform, levels in con.execute(_LEVELS).fetchall()}
    platforms = sorted({platform for _, platform in found})
    named = {mechanism for mechanism, _ in found}
    order = [*(m for m in MECHANISMS if m in named), *sorted(named - set(MECHANISMS))]
    rows: list[tuple[object, ...]] = [
        (m, *(strongest(found[m, p]).replace("_", " ") if (m, p) in found else "no claim" for p in platforms))
        for m in order
    ]
    note = (
        "The strongest level that any claim which stands gives, of any release and page; levels run from none over "
        "documented, warn, prompt and opt-in to block. No claim is not the same as none."
    )
    ((claims,),) = con.execute(f"SELECT count(*) FROM ({STANDING})").fetchall()  # noqa: S608 - a constant
    caption = f"Mechanisms by platform, from {claims:,} claims that stand"
    return Sheet("levels", caption, ("mechanism", *platforms), rows, note, _MISSING)


_HELD = """
SELECT platform, package, mechanism, nullif(parameter, ''), level, strftime(since, '%Y-%m-%d'),
       coalesce(strftime(until, '%Y-%m-%d'), 'now'), first_version, last_version, symbol, count(*) OVER ()
FROM in_force ORDER BY platform, package, mechanism, parameter, symbol, since LIMIT ?
"""


def over_time(con: duckdb.DuckDBPyConnection) -> Sheet:
    """Which level each switch in client code had from when to when."""
    found = con.execute(_HELD, [_SHOWN]).fetchall()
    of = found[0][-1] if found else 0
    more = f"{of - len(found):,} more are in the table in_force." if of > len(found) else ""
    names = ("platform", "package", "mechanism", "switch", "level", "from", "to before", "first", "last", "where")
    caption = f"Levels in client code by the dates of releases, {of:,} spans"
    missing = "No client package has been read. It comes with: platforms fetch, platforms claims"
    return Sheet("in-force", caption, names, [row[:-1] for row in found], more, missing)


_DISAGREE = """
SELECT platform, mechanism, parameter, what, count(*) OVER () FROM disagreements
ORDER BY platform, mechanism, parameter, what LIMIT ?
"""


def disagreements(con: duckdb.DuckDBPyConnection) -> Sheet:
    """Where documentation and code say different things."""
    found = con.execute(_DISAGREE, [_SHOWN]).fetchall()
    of = found[0][-1] if found else 0
    more = f"{of - len(found):,} more are in the table disagreements." if of > len(found) else ""
    names = ("platform", "mechanism", "switch", "what disagrees")
    caption = f"Documentation and code that disagree, {of:,} times"
    return Sheet("disagreements", caption, names, [row[:-1] for row in found], more)
