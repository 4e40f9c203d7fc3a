"""How well raters agree in a screening: percent agreement and Cohen's kappa per pair, on their own verdicts.

J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20 (1960), 37-46. The
three verdicts are three values; ``unsure`` is one of them. What the adjudicator decided later changes nothing here, nor
does what a rater changes when the adjudicator has the thread: then the verdicts from before count (table ``frozen``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from codebook.rows import Frozen
from codebook.study import Study

COLUMNS = ("rater_1", "rater_2", "n", "both_include", "both_exclude", "differ", "percent", "kappa", "why_undefined")
"""Threads that both read; of these, how many both include, both exclude, and judge differently; in percent the same."""

Pair = tuple[str, str]

_PAIRS = """
    WITH before AS (SELECT unit_id, coder, code AS verdict FROM frozen WHERE purpose = 'screening'),
    given AS (
        SELECT unit_id, coder, verdict FROM screenings ANTI JOIN before USING (unit_id)
        UNION ALL FROM before
    )
    SELECT one.coder, other.coder, one.verdict, other.verdict
    FROM given one JOIN given other USING (unit_id) WHERE one.coder < other.coder
    ORDER BY one.coder, other.coder, unit_id
"""


def report(study: Study) -> list[dict[str, object]]:
    """One row per pair of raters who read a thread both, with the columns of :data:`COLUMNS`."""
    verdicts: dict[Pair, Counter[Pair]] = {}
    with study.connect() as con:
        for one, other, first, second in con.execute(_PAIRS).fetchall():
            verdicts.setdefault((one, other), Counter())[first, second] += 1
    return [_row(pair, counts) for pair, counts in verdicts.items()]


def changed_later(study: Study) -> int:
    """How many threads count as they were before the adjudicator was given them, as something was changed since."""
    return len({row.unit_id for row in study.read(Frozen) if row.purpose == "screening"})


def _row(pair: Pair, counts: Mapping[Pair, int]) -> dict[str, object]:
    n = sum(counts.values())
    same = sum(count for (one, other), count in counts.items() if one == other)
    kappa = cohen(counts)
    values: Sequence[object] = (
        *pair,
        n,
        counts.get(("include", "include"), 0),
        counts.get(("exclude", "exclude"), 0),
        n - same,
        100 * same / n,
        kappa,
        None if kappa is not None else "both gave one and the same verdict to all",
    )
    return dict(zip(COLUMNS, values, strict=True))


def cohen(counts: Mapping[Pair, int]) -> float | None:
    """Cohen's kappa of a table of counts by the values that two raters gave.

    Returns:
        1 for perfect agreement, 0 for that of chance; None where chance alone already gives perfect agreement, that is,
        where both gave one and the same value to everything, or nothing was rated.
    """
    n = sum(counts.values())
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for (one, other), count in counts.items():
        first[one] += count
        second[other] += count
    chance = sum(first[value] * second[value] for value in first)
    if chance == n * n:
        return None
    observed = n * sum(count for (one, other), count in counts.items() if one == other)
    return (observed - chance) / (n * n - chance)
