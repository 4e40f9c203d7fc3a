"""Where worry and risk part: per platform, how many threads are concerned and how many models have a finding."""

from collections.abc import Iterator, Sequence

import duckdb

from analysis.integration import about, coded
from analysis.integration.comparing import rank_agreement, ranks
from analysis.interval import share
from analysis.risk import corpus
from codebook import in_force
from codebook.render import Rows
from codebook.study import Study

COLUMNS = (
    *("platform", "threads", "concern", "concern_percent", "concern_low", "concern_high", "concern_rank"),
    *("models", "with_findings", "risk_per_1000", "risk_low", "risk_high", "risk_rank", "not_known"),
    *("files", "not_scanned", "findings", "kloc", "per_kloc", "gates", "level_now", "rank_difference"),
)
"""Columns of :func:`rows`."""

_MEMORY, _THREADS = "1GB", 2
"""What counting many findings by content may take; with less, DuckDB writes them to disk on the way."""

_RISK = """
CREATE OR REPLACE TEMP TABLE gap_risk AS
WITH known AS (
    SELECT sha256, any_value(code_lines) AS code_lines, any_value(n) AS n, bool_or(applies) AS applies,
           bool_or(scanned) AS scanned
    FROM (
        SELECT sha256, code_lines, NULL AS n, NULL AS applies, NULL AS scanned FROM contents
        UNION ALL
        SELECT sha256, NULL, NULL, applies, status = 'scanned' FROM outcomes WHERE current
        UNION ALL
        SELECT sha256, NULL, count(*), NULL, NULL FROM findings
        WHERE current AND sha256 IS NOT NULL AND {which} GROUP BY sha256
    )
    GROUP BY sha256
), files AS (
    SELECT place, true AS counts, code_lines, coalesce(n, 0) AS n, coalesce(applies, true) AS applies,
           coalesce(scanned, false) AS scanned
    FROM files_that_count LEFT JOIN known USING (sha256)
    UNION ALL
    SELECT place, false, NULL, 1, false, false FROM findings JOIN model_places USING (model_id)
    WHERE current AND sha256 IS NULL AND {which}
), in_files AS (
    SELECT place, sum(n) AS n, bool_or(applies AND NOT scanned) AS lacking,
           count(*) FILTER (applies) AS files, count(*) FILTER (applies AND NOT scanned) AS not_scanned,
           sum(code_lines) FILTER (scanned) AS lines, sum(n) FILTER (scanned AND code_lines IS NOT NULL) AS in_lines
    FROM files GROUP BY place HAVING bool_or(counts)
)
SELECT platform, count(*) AS models, count(*) FILTER (n > 0) AS hits, count(*) FILTER (n = 0 AND lacking) AS unknown,
       sum(files)::BIGINT AS files, sum(not_scanned)::BIGINT AS not_scanned, sum(n)::BIGINT AS n,
       sum(lines)::BIGINT AS lines, sum(in_lines)::BIGINT AS in_lines, count(*) FILTER (NOT listed) AS followed
FROM in_files JOIN places USING (place) GROUP BY platform
"""
"""Findings are added up by content before they meet files; those about no file count where the model has one."""

_CONCERN = """
SELECT platform, count(*), count(*) FILTER (meant) FROM thread_platforms JOIN read USING (thread_id)
GROUP BY platform ORDER BY platform
"""

_GATES = f"""
SELECT platform, gates_in_force(platform, '{about.GATE}', day), weakest_level(platform, '{about.GATE}', day)
FROM (SELECT platform, max(greatest(since, until)) AS day FROM in_force GROUP BY platform) ORDER BY platform
"""  # noqa: S608 - a constant

_Row = dict[str, object]


def rows(con: duckdb.DuckDBPyConnection, study: Study, cwes: Sequence[str] = ()) -> Rows:
    """Per platform, concern beside risk; null where there is nothing to count.

    ``threads`` are the coded threads about the platform, ``concern`` those with a code of ``[analysis].concern``.
    ``models`` are repositories with a file that counts (:mod:`analysis.risk.corpus`), ``with_findings`` those in which
    any tool found a weakness with a CWE, ``not_known`` those in which none was found and a file was scanned by no tool;
    ``risk_*`` is per 1,000 models, and the interval reaches from none to all of those. ``per_kloc`` is findings per
    1,000 lines with code, of scanned Python files. Intervals are 95 % (Wilson). ``level_now`` is that of the weakest of
    the ``gates`` in the newest releases. Ranks: 1 is most, ties share; ``rank_difference`` is the rank of concern less
    that of risk among platforms that have both: above 0 where risk stands higher than worry.

    Args:
        con: A connection of the study.
        study: The study.
        cwes: Only findings with one of these weaknesses, for example ``CWE-502``.
    """
    con.execute(f"SET memory_limit = '{_MEMORY}'")
    con.execute(f"SET threads = {_THREADS}")
    con.execute("SET preserve_insertion_order = false")
    parts: list[dict[str, _Row]] = [_concern(con, study), _risk(con, cwes), _levels(con)]
    platforms = sorted({platform for part in parts for platform in part})
    empty: _Row = dict.fromkeys(COLUMNS)
    found = [
        empty | {"platform": p} | parts[0].get(p, {}) | parts[1].get(p, {}) | parts[2].get(p, {}) for p in platforms
    ]
    _rank(found)
    return found


def _concern(con: duckdb.DuckDBPyConnection, study: Study) -> dict[str, _Row]:
    about.lay_out(con, study)
    known = () if coded.meaningless(con, study) else study.settings.analysis.concern
    concern = coded.meant(study, known, "[analysis].concern")
    coded.lay_out_read(con, concern)
    found: dict[str, _Row] = {}
    for platform, threads, n in con.execute(_CONCERN).fetchall():
        found[platform] = {"threads": threads}
        if concern:
            part = share(n, threads)
            found[platform] |= {"concern": n, "concern_percent": part.percent}
            found[platform] |= {"concern_low": part.low, "concern_high": part.high}
    return found


def _risk(con: duckdb.DuckDBPyConnection, cwes: Sequence[str]) -> dict[str, _Row]:
    corpus.define_files(con)
    which = "(list_contains($cwes, cwe) OR list_has_any($cwes, cwes))" if cwes else "cwe IS NOT NULL"
    con.execute(_RISK.format(which=which), {"cwes": list(cwes)} if cwes else {})
    counted = con.execute("SELECT * EXCLUDE (followed) FROM gap_risk ORDER BY platform").fetchall()
    looked_at = con.execute("SELECT 1 FROM outcomes UNION ALL SELECT 1 FROM findings LIMIT 1").fetchone() is not None
    found: dict[str, _Row] = {}
    for platform, models, hits, unknown, files, lacking, n, lines, in_lines in counted:
        found[platform] = {"models": models, "not_known": unknown, "files": files, "not_scanned": lacking}
        if looked_at:
            part = share(hits, models, unknown)
            found[platform] |= {"with_findings": hits, "risk_per_1000": _ten(part.percent)}
            found[platform] |= {"risk_low": _ten(part.low), "risk_high": _ten(part.high), "findings": n}
        if looked_at and lines:
            found[platform] |= {"kloc": lines / 1000, "per_kloc": 1000 * (in_lines or 0) / lines}
    return found


def _ten(percent: float | None) -> float | None:
    """Of a hundred, of a thousand."""
    return None if percent is None else 10 * percent


def _levels(con: duckdb.DuckDBPyConnection) -> dict[str, _Row]:
    in_force.define(con)
    return {p: {"gates": n, "level_now": level} for p, n, level in con.execute(_GATES).fetchall()}


def both(found: Rows) -> Rows:
    """The rows of platforms of which both concern and risk are known."""
    return [row for row in found if row["concern_percent"] is not None and row["risk_per_1000"] is not None]


def _rank(found: Rows) -> None:
    there = both(found)
    for name, of in (("concern_rank", "concern_percent"), ("risk_rank", "risk_per_1000")):
        for row, place in zip(there, ranks([_number(row[of]) for row in there]), strict=True):
            row[name] = place
    for row in there:
        row["rank_difference"] = _number(row["concern_rank"]) - _number(row["risk_rank"])


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def notes(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[str]:
    """What the table goes by and lacks; after :func:`rows`."""
    if not study.settings.analysis.concern:
        yield "study.toml does not say which codes mean concern: [analysis].concern"
    if meaningless := coded.meaningless(con, study):
        yield meaningless
    yield from about.notes(con, study)
    (several,) = con.execute(
        "SELECT count(*) FROM read SEMI JOIN "
        "(SELECT thread_id FROM thread_platforms GROUP BY thread_id HAVING count(*) > 1) USING (thread_id)"
    ).fetchall()[0]
    if several:
        yield f"coded threads about several platforms, counted on each: {several}"
    (followed,) = con.execute("SELECT sum(followed) FROM gap_risk").fetchall()[0]
    if followed:
        yield f"models that no hub listed, counted because the code of others leads to them: {followed}"
    mirrors = con.execute("SELECT count(*) FROM models WHERE mirror_of IS NOT NULL").fetchall()[0][0]
    if mirrors:
        yield f"models that mirror another, counted on each platform: {mirrors}"


def said(found: Rows, study: Study) -> Iterator[str]:
    """What the rows say, in words: where worry and risk part, and how far both orders agree."""
    there = both(found)
    if not there:
        return
    for row in sorted(there, key=lambda each: -abs(_number(each["rank_difference"]))):
        difference = _number(row["rank_difference"])
        if difference:
            reading = "worry ranks above risk" if difference < 0 else "risk ranks above worry"
            yield f"{row['platform']}: rank {row['concern_rank']:g} by concern, {row['risk_rank']:g} by risk: {reading}"
    spans = (_span(there, "threads"), _span(there, "models"))
    yield f"ranks rest on {spans[0]} threads and {spans[1]} models a platform; how uncertain shares are, intervals say"
    settings = study.settings
    one, other = ([_number(row[name]) for row in there] for name in ("concern_percent", "risk_per_1000"))
    found_agreement = rank_agreement(one, other, settings.study.seed, settings.analysis.resamples)
    count = f"{len(there)} platform{'' if len(there) == 1 else 's'} with both sides"
    if found_agreement is None:
        yield f"{count}: too few, or too alike, for a rank correlation; read each row as a description"
        return
    how = "all orders counted" if found_agreement.exact else f"{settings.analysis.resamples} orders drawn"
    yield (
        f"{count}: Spearman's rho {found_agreement.rho:.2f}, permutation p {found_agreement.p:.3f} ({how}). "
        "So few platforms, and not drawn at random: both describe these platforms, and test nothing about others"
    )


def _span(found: Rows, name: str) -> str:
    least, most = (f(int(_number(row[name])) for row in found) for f in (min, max))
    return f"{least}" if least == most else f"{least} to {most}"
