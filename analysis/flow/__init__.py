"""The flow of threads through the study: as steps, and as the boxes of a PRISMA diagram that add up.

``steps`` counts the steps one by one, ``boxes`` as a chain in which every thread leaves once, and ``command`` prints
either.
"""

from analysis.flow.steps import COLUMNS, flow

__all__ = ["COLUMNS", "flow"]
