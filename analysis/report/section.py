"""A section of the report: a heading, sentences, and tables, crosstabs and figures in the order of reading."""

from dataclasses import dataclass

from analysis.report.drawn import Drawn
from analysis.report.grids import Grid
from analysis.report.sheet import Sheet

Part = Sheet | Grid | Drawn


@dataclass(frozen=True, slots=True)
class Section:
    """One section.

    Args:
        id: Anchor.
        title: Heading.
        parts: What stands in it.
        says: Paragraphs before it.
    """

    id: str
    title: str
    parts: tuple[Part, ...] = ()
    says: tuple[str, ...] = ()
