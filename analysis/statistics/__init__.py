"""Tests and intervals of a crosstab, on plain arrays of numbers: nothing here reads a table or a study.

``counts``: expected counts, residuals, chi-square · ``exact``: Fisher's test, simulated tables · ``strength``: Cramér's
V with an interval · ``corrected``: Holm, Benjamini and Hochberg · ``trend``: over ordered columns · ``layered``: the
odds ratio of layers · ``incidence``: which unit has which values · ``exchange``, ``draws``: units with several rows,
tested by exchanging columns among them · ``designed``: weights, and units that stand together.

p-values come from ``scipy.special``, which is imported in a third of the time that ``scipy.stats`` takes; the tests
compare both.
"""
