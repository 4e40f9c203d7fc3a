"""A crosstab, tested: what is expected in each cell, which rows go with columns, and in which words that is said.

``basis``: the counts that are tested · ``units``: which unit has what · ``choice``: which test, by which rule ·
``found``: what comes out · ``sentences``: said to readers · ``greyed``: codes on which coders do not agree · ``signs``:
in tables · ``testing``: all of it.
The statistics themselves stand in :mod:`analysis.statistics`.
"""

from analysis.tested.found import Cell, RowTest, Tested
from analysis.tested.testing import described, tested

__all__ = ["Cell", "RowTest", "Tested", "described", "tested"]
