"""Themes before and after a gate changed: counts in equal windows of time on both sides of the release."""

from collections.abc import Iterator
from datetime import datetime, time

import duckdb

from analysis.integration import about, coded
from analysis.integration.comparing import rate_ratio
from analysis.layout import share
from codebook.mechanisms import CALL, LEVELS
from codebook.render import Rows
from codebook.study import Study

DAYS = 180
"""The usual length of a window, in days on each side."""

SHORT = 30
"""A window below so many days is flagged."""

_STEPS = f"""
CREATE OR REPLACE TEMP TABLE gate_steps AS
WITH gates AS (SELECT * FROM in_force WHERE mechanism = '{about.GATE}' AND NOT contains(symbol, '{CALL}'))
SELECT new.platform, new.package, new.parameter, new.since AS day, old.level AS was, new.level AS became,
       new.first_version, new.adjacent, new.claim_id, new.symbol,
       list_contains($levels, old.level) AND list_contains($levels, new.level) AS on_scale
FROM gates AS new JOIN gates AS old ON old.until = new.since AND old.platform = new.platform
AND old.package = new.package AND old.surface = new.surface AND old.parameter = new.parameter
AND old.symbol = new.symbol
WHERE old.level <> new.level
"""  # noqa: S608 - constants

_CHANGES = """
CREATE OR REPLACE TEMP TABLE gate_changes AS
SELECT platform, package, parameter, day, was, became, min(first_version) AS version,
       package || ' ' || min(first_version) || coalesce(', ' || nullif(parameter, ''), '') || ': ' || was
           || ' to ' || became || ', ' || strftime(day, '%Y-%m-%d') AS change,
       bool_and(adjacent) AS bounded, count(*) AS gates, min(claim_id) AS claim_id,
       list(DISTINCT claim_id ORDER BY claim_id) AS claims
FROM gate_steps WHERE on_scale GROUP BY platform, package, parameter, day, was, became
"""

_WINDOWS = """
CREATE OR REPLACE TEMP TABLE gate_windows AS
WITH ends AS (SELECT ?::TIMESTAMP AS first, coalesce(?::TIMESTAMP, max(created_at)) AS last FROM threads),
days AS (SELECT DISTINCT platform, package, parameter, day FROM gate_changes),
beside AS (
    SELECT *, lag(day) OVER of_gate AS earlier, lead(day) OVER of_gate AS later FROM days
    WINDOW of_gate AS (PARTITION BY platform, package, parameter ORDER BY day)
)
SELECT gate_changes.*, least(?, date_sub('day', greatest(first, earlier), day), date_sub('day', day,
       least(last, later)))::INTEGER AS days,
       date_sub('day', greatest(first, earlier), day) < ? OR date_sub('day', day, least(last, later)) < ? AS cut
FROM gate_changes JOIN beside USING (platform, package, parameter, day) CROSS JOIN ends
WHERE bounded
"""

_THREADS = """
CREATE OR REPLACE TEMP TABLE thread_changes AS
SELECT thread_id, thread_platforms.platform, change,
       CASE WHEN created_at < day THEN 'before' ELSE 'after' END AS period, claims, threads.run_id
FROM gate_windows JOIN thread_platforms ON thread_platforms.platform = gate_windows.platform
AND coalesce(thread_platforms.parameter, gate_windows.parameter) = gate_windows.parameter
AND coalesce(thread_platforms.package, gate_windows.package) = gate_windows.package
JOIN threads USING (thread_id)
WHERE days > 0 AND created_at >= day - to_days(days) AND created_at < day + to_days(days)
"""


def lay_out(con: duckdb.DuckDBPyConnection, study: Study, days: int = DAYS) -> None:
    """Make the temporary tables ``gate_changes``, ``gate_windows`` and ``thread_changes``.

    A change is one release of one package in which gates of one switch went from one level to another; only levels on
    the scale count, and only a change whose two releases have no unread one between them. ``gate_windows`` has those
    with ``days``, the length of both windows: as asked, or as long as both sides lie within the study's dates and
    reach no other change of the same switch. ``thread_changes`` has a row per change and thread in its windows, of
    those threads about the platform that name no other switch and stand in no other package's repository.
    """
    about.lay_out(con, study)
    con.execute(_STEPS, {"levels": list(LEVELS)})
    con.execute(_CHANGES)
    settings = study.settings.study
    first = datetime.combine(settings.since, time.min)
    last = datetime.combine(settings.until, time.min) if settings.until else None
    con.execute(_WINDOWS, [first, last, days, days, days])
    con.execute(_THREADS)


COLUMNS = (
    *("platform", "change", "date", "days", "theme", "before", "after", "ratio", "low", "high"),
    *("all_before", "all_after", "percent_before", "percent_after", "elsewhere_before", "elsewhere_after", "flags"),
)
"""Columns of :func:`rows`."""

_ROWS = """
WITH read AS (SELECT DISTINCT thread_id FROM coded),
themes AS (SELECT DISTINCT theme FROM coded WHERE theme IS NOT NULL),
near AS (SELECT DISTINCT thread_id, change, platform, period FROM thread_changes SEMI JOIN read USING (thread_id)),
themed AS (SELECT DISTINCT thread_id, theme FROM coded WHERE theme IS NOT NULL),
own AS (
    SELECT platform, change, theme, count(*) FILTER (period = 'before') AS before,
           count(*) FILTER (period = 'after') AS after
    FROM near JOIN themed USING (thread_id) GROUP BY ALL
), whole AS (
    SELECT platform, change, count(*) FILTER (period = 'before') AS before, count(*) FILTER (period = 'after') AS after
    FROM near GROUP BY ALL
), far AS (
    SELECT gate_windows.platform, change, theme, count(*) FILTER (created_at < day) AS before,
           count(*) FILTER (created_at >= day) AS after
    FROM gate_windows JOIN threads ON created_at >= day - to_days(days) AND created_at < day + to_days(days)
    JOIN themed USING (thread_id)
    ANTI JOIN thread_platforms ON thread_platforms.thread_id = threads.thread_id
    AND thread_platforms.platform = gate_windows.platform
    WHERE days > 0 GROUP BY ALL
)
SELECT gate_windows.platform, change, strftime(day, '%Y-%m-%d'), days, theme, coalesce(own.before, 0),
       coalesce(own.after, 0), coalesce(whole.before, 0), coalesce(whole.after, 0), coalesce(far.before, 0),
       coalesce(far.after, 0), cut
FROM gate_windows CROSS JOIN themes LEFT JOIN own USING (platform, change, theme)
LEFT JOIN whole USING (platform, change) LEFT JOIN far USING (platform, change, theme)
WHERE days > 0 ORDER BY gate_windows.platform, day, change, list_position(?::VARCHAR[], theme), theme
"""


def rows(con: duckdb.DuckDBPyConnection, study: Study, days: int = DAYS) -> Rows:
    """Per change of a gate and theme, the coded threads in equal windows before and after it.

    ``ratio`` is after by before, with its exact interval at the level of ``[analysis].alpha``. ``all_*`` are the coded
    threads of the windows with whatever theme, ``percent_*`` the theme's share of them, and ``elsewhere_*`` the threads
    with the theme in the same windows that are not about the platform: what rises there as well, the gate did not do.
    ``flags``: `window cut` (shorter than asked), `short` (below 30 days), `few` (fewer than ``[analysis].small_cell``
    threads would be expected on each side).
    """
    lay_out(con, study, days)
    coded.lay_out(con, study)
    settings = study.settings.analysis
    found: Rows = []
    for *head, theme, before, after, all_before, all_after, far_before, far_after, cut in con.execute(
        _ROWS, [coded.themes(study)]
    ).fetchall():
        ratio = rate_ratio(after, before, settings.alpha)
        values = (*head, theme, before, after, ratio.value, ratio.low, ratio.high, all_before, all_after)
        shares = share(before, all_before), share(after, all_after)
        few = (before + after) / 2 < settings.small_cell
        flags = tuple(f for f, holds in (("window cut", cut), ("short", head[-1] < SHORT), ("few", few)) if holds)
        found.append(dict(zip(COLUMNS, (*values, *shares, far_before, far_after, flags), strict=True)))
    return found


def notes(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[str]:
    """What the table goes by, and what it cannot say; after :func:`rows`."""
    yield from about.notes(con, study)
    (kept, unbounded, empty), *_ = con.execute(
        "SELECT count(*) FILTER (bounded), count(*) FILTER (NOT bounded), (SELECT count(*) FROM gate_windows "
        "WHERE days <= 0) FROM gate_changes"
    ).fetchall()
    (dark,) = con.execute("SELECT count(*) FROM gate_steps WHERE NOT on_scale").fetchall()[0]
    if dark:
        yield f"steps of gates left out because the level before or after is not known: {dark}"
    if not kept + unbounded:
        yield "no gate changed from one known level to another"
        return
    yield f"changes of gates: {kept}, each with windows of the same length on both sides (column days)"
    if unbounded:
        yield f"changes left out because a release beside them could not be read: their date is open: {unbounded}"
    if empty:
        yield f"changes left out because they lie outside the dates of the study: {empty}"
    yield (
        "read these as descriptions: an interrupted series needs a trend before the change and a series without it; "
        "elsewhere_before and elsewhere_after are the nearest to one that the study has"
    )
