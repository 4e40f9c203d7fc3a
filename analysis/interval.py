"""The interval of a share of models, and how it is said."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Share:
    """A share in percent with its 95 % interval; None of nothing."""

    percent: float | None
    low: float | None
    high: float | None


def wilson(n: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion, 0 to 1.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of the American
    Statistical Association 22 (1927), 209-212.

    Args:
        n: Models that have it, 0 to ``of``.
        of: Models, at least 1.
    """
    square, p = _Z * _Z, n / of
    middle = (p + square / (2 * of)) / (1 + square / of)
    half = _Z / (1 + square / of) * math.sqrt(p * (1 - p) / of + square / (4 * of * of))
    return (0.0 if n == 0 else middle - half, 1.0 if n == of else middle + half)


def share(n: int, of: int, unknown: int = 0) -> Share:
    """The share of ``of`` models that are known to have something.

    Args:
        n: Models that have it.
        of: All models, those among them of which it is not known.
        unknown: How many those are. The interval begins where none of them has it and ends where all have.
    """
    if not of:
        return Share(None, None, None)
    return Share(100 * n / of, 100 * wilson(n, of)[0], 100 * wilson(n + unknown, of)[1])


def said(row: Mapping[str, object], prefix: str = "") -> str:
    """The share of a row, and its interval, as text.

    Args:
        row: With ``percent``, ``low`` and ``high``.
        prefix: What stands before these names, with an underscore between.
    """
    percent, low, high = (row[f"{prefix}_{name}" if prefix else name] for name in ("percent", "low", "high"))
    return "-" if percent is None else f"{percent:.2f} % ({low:.2f} to {high:.2f})"
