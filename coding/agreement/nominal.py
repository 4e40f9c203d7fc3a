"""Agreement on values without an order: what no package that we could use has, in a few lines.

Readings are whole numbers, units by coders, -1 where a coder did not read a unit.
"""

import numpy as np

from coding.agreement.frame import Floats, Ints
from coding.agreement.tally import TWO


def counts(readings: Ints, categories: int) -> Floats:
    """How often each unit was given each value: units by values."""
    return np.stack([(readings == value).sum(1) for value in range(categories)], axis=1).astype(np.float64)


def ac1(readings: Ints, categories: int) -> float:
    """Gwet's AC1 (K. L. Gwet, British Journal of Mathematical and Statistical Psychology 61 (2008), 29-48).

    Args:
        readings: Values from 0; the chance of agreeing comes from all units that anybody read.
        categories: How many values there are, two or more.

    Returns:
        AC1; nan where no two coders read one unit.
    """
    table = counts(readings, categories)
    share = (table / table.sum(1, keepdims=True))[table.any(1)].mean(0) if table.any() else np.zeros(categories)
    by_chance = float((share * (1 - share)).sum()) / (categories - 1)
    return _corrected(_observed(table), by_chance)


def pabak(readings: Ints, categories: int) -> float:
    """Agreement corrected for values that are equally likely; PABAK where there are two.

    Source: R. L. Brennan, D. J. Prediger, Educational and Psychological Measurement 41 (1981), 687-699; of two values
    T. Byrt, J. Bishop, J. B. Carlin, Journal of Clinical Epidemiology 46 (1993), 423-429.

    Args:
        readings: Values from 0.
        categories: How many values there are, two or more.

    Returns:
        The measure; nan where no two coders read one unit.
    """
    return _corrected(_observed(counts(readings, categories)), 1 / categories)


def alpha(readings: Ints, distance: Floats) -> float:
    """Krippendorff's alpha with any distance (Computing Krippendorff's alpha-reliability, 2011).

    Args:
        readings: Values from 0.
        distance: Values by values, 0 on the diagonal, symmetric.

    Returns:
        Alpha; nan where no two coders read one unit, or all their readings are at no distance from each other.
    """
    table = counts(readings, len(distance))
    m = table.sum(1)
    table, m = table[m >= TWO], m[m >= TWO]
    given = table.sum(0)
    observed = float((((table @ distance) * table).sum(1) / (m - 1)).sum())
    expected = float(given @ distance @ given)
    return 1 - (given.sum() - 1) * observed / expected if expected else float("nan")


def _observed(table: Floats) -> float:
    """How often two readings of a unit are equal, mean over units that two coders or more read."""
    m = table.sum(1)
    table, m = table[m >= TWO], m[m >= TWO]
    return float(((table * (table - 1)).sum(1) / (m * (m - 1))).mean()) if len(m) else float("nan")


def _corrected(observed: float, by_chance: float) -> float:
    return (observed - by_chance) / (1 - by_chance) if by_chance < 1 else float("nan")
