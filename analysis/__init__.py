"""Findings out: crosstabs over the tables of a study, what is behind each cell, the flow, and the report.

Everything here reads tables and never another stage. A *variable* is a column of the data dictionary that makes sense
as rows or columns (``variables``), tables meet by joins that are declared once (``joins``), a *question* says which
variables, of which units, under which conditions (``question``), and ``crosstab`` counts.
"""
