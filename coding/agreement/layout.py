"""Measures as rows: those of the table ``agreement``, and from there as they are printed (:mod:`codebook.agreed`)."""

from collections.abc import Sequence
from typing import cast

from codebook import agreed
from codebook.agreed import LONG
from codebook.render import Rows
from codebook.rows import AgreementMeasure
from codebook.rows.agreement import Measure
from codebook.themes import Codebook
from coding.agreement.measured import Line

__all__ = ["LONG", "Rows", "cell", "long", "mark", "row", "wide"]

_DIGITS = 9
"""Decimals that are kept: the last ones depend on the machine that added."""


def row(line: Line, resamples: int = 0, basis: str = "", run_id: str = "") -> AgreementMeasure:
    """A line as a row of the table."""
    part, found = line.part, line.estimate
    texts = {name: str(part[name]) for name in part if name != "round"}
    return AgreementMeasure(
        subject=line.subject,
        level=line.level,
        code=line.code or None,
        source=texts.get("source"),
        round=int(part["round"]) if "round" in part else None,
        arm=texts.get("arm"),
        month=texts.get("month"),
        pair=texts.get("pair"),
        measure=cast("Measure", line.measure),
        estimate=_rounded(found.value),
        low=_rounded(found.low),
        high=_rounded(found.high),
        undefined=found.undefined or None,
        no_interval=found.no_interval or None,
        units=found.units,
        coders=found.coders,
        resamples=resamples,
        basis=basis,
        run_id=run_id,
    )


def _rounded(value: float | None) -> float | None:
    """A number with the decimals that are kept, without a minus before zero."""
    return None if value is None else round(float(value), _DIGITS) + 0.0


def mark(line: Line, threshold: float) -> str:
    """See :func:`codebook.agreed.mark`."""
    return agreed.mark(row(line), threshold)


def long(lines: Sequence[Line], book: Codebook, threshold: float) -> Rows:
    """See :func:`codebook.agreed.long`."""
    return agreed.long([row(line) for line in lines], book, threshold)


def wide(lines: Sequence[Line], threshold: float) -> tuple[Rows, list[str]]:
    """See :func:`codebook.agreed.wide`."""
    return agreed.wide([row(line) for line in lines], threshold)


def cell(line: Line) -> str:
    """See :func:`codebook.agreed.cell`."""
    return agreed.cell(line.measure, row(line))
