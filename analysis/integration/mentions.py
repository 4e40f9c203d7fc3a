"""Weaknesses that were found, beside the words of concerned people: what is there that nobody speaks of."""

import re
from collections.abc import Iterator

import duckdb

from analysis.integration import coded, mitigation
from analysis.interval import share
from codebook.render import Rows
from codebook.study import Study
from codebook.weaknesses.stated import stated
from codebook.weaknesses.vocabulary import group

COLUMNS = (
    *("cwe", "name", "models", "of_models", "per_1000", "low", "high", "findings", "platforms", "concerned"),
    *("of_concerned", "reading"),
)
"""Columns of :func:`rows`."""

_ROWS = """
WITH posts_of AS (
    SELECT DISTINCT thread_id, unnest(regexp_extract_all(text, ?)) AS word
    FROM (SELECT thread_id, lower(body) AS text FROM posts UNION ALL SELECT thread_id, lower(title) FROM threads)
    SEMI JOIN worried USING (thread_id)
), said AS (
    SELECT kind, count(DISTINCT thread_id) AS n FROM posts_of JOIN words ON starts_with(posts_of.word, words.stem)
    AND (open_ended OR posts_of.word = words.stem) GROUP BY kind
), found AS (
    SELECT kind, sum(models)::BIGINT AS models, sum(findings)::BIGINT AS findings,
           list(platform ORDER BY platform) AS platforms FROM weaknesses_found GROUP BY kind
), kinds AS (SELECT kind, min(label) AS label, min(meaning) AS meaning FROM weakness_kinds GROUP BY kind)
SELECT label, meaning, coalesce(models, 0), (SELECT count(DISTINCT repository) FROM risk_files), coalesce(findings, 0),
       coalesce(platforms, []), coalesce(said.n, 0), (SELECT count(*) FROM worried), kind IN (SELECT kind FROM words)
FROM kinds LEFT JOIN found USING (kind) LEFT JOIN said USING (kind)
WHERE coalesce(models, 0) + coalesce(said.n, 0) > 0
ORDER BY coalesce(models, 0) DESC, coalesce(said.n, 0) DESC, label
"""


def rows(con: duckdb.DuckDBPyConnection, study: Study) -> Rows:
    """Per weakness, the models in which it was found beside the concerned threads in whose words it comes up.

    ``concerned`` are threads with a code of ``[analysis].concern`` that use a word of ``codebook weaknesses spoken``.
    ``reading``: `found and spoken of`, `found, not spoken of`, `spoken of, not found`; where no words are
    stated, `found, no words stated`.
    """
    mitigation.lay_out(con)
    coded.lay_out(con, study)
    concern = coded.meant(study, study.settings.analysis.concern, "[analysis].concern")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE worried AS SELECT DISTINCT thread_id FROM coded "
        "WHERE list_contains(?::VARCHAR[], code)",
        [concern],
    )
    con.execute("CREATE OR REPLACE TEMP TABLE words (kind VARCHAR, stem VARCHAR, open_ended BOOLEAN)")
    con.executemany("INSERT INTO words VALUES (?, ?, ?)", [(group(c), w, o) for c, w, o in words()])
    found: Rows = []
    for label, meaning, models, of, n, platforms, said, concerned, worded in con.execute(_ROWS, [spoken()]).fetchall():
        part = share(models, of)
        values = (
            label,
            meaning,
            models,
            of,
            *(None if p is None else 10 * p for p in (part.percent, part.low, part.high)),
        )
        reading = _reading(found=models > 0, said=said > 0, worded=worded)
        found.append(dict(zip(COLUMNS, (*values, n, platforms, said, concerned, reading), strict=True)))
    return found


def _reading(*, found: bool, said: bool, worded: bool) -> str:
    if not found:
        return "spoken of, not found"
    return "found and spoken of" if said else "found, not spoken of" if worded else "found, no words stated"


def notes(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[str]:
    """What the table goes by; after :func:`rows`."""
    if not study.settings.analysis.concern:
        yield "study.toml does not say which codes mean concern: [analysis].concern"
    elif con.execute("SELECT 1 FROM posts LIMIT 1").fetchone() is None:
        yield "no rows yet in posts; run: collect threads"
    yield "a word in a thread says that the matter came up, no more; the words: codebook weaknesses spoken"


def words() -> Iterator[tuple[str, str, bool]]:
    """The words that people have for weaknesses: the weakness, the word in small letters, whether more may follow."""
    for row in stated("spoken").rows:
        yield f"CWE-{row['cwe']}", row["word"].removesuffix("*"), row["word"].endswith("*")


def spoken() -> str:
    r"""A regular expression (RE2) that finds those words in a text in small letters, whole words only.

    What it finds in a text, set apart by line breaks, has the same words as the text.
    """
    found = sorted({(word, more) for _, word, more in words()}, key=lambda each: (-len(each[0]), each))
    return r"\b(?:" + "|".join(re.escape(word) + (r"\w*" if more else "") for word, more in found) + r")\b"
