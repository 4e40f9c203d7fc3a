"""One vocabulary of weaknesses: what tools say in their own words, as CWE, on one scale of severity, and told apart.

The tables are the CSV files in this folder, each with its source and year in its first lines; ``codebook weaknesses``
prints them. ``stated`` reads them, ``vocabulary`` says what a tool's word means, ``same`` finds which findings are
about one weakness, ``command`` is the command.
"""

from codebook.weaknesses.same import weakness_ids
from codebook.weaknesses.vocabulary import equivalent, group, name, normalised, owasp, severity, top25

__all__ = ["equivalent", "group", "name", "normalised", "owasp", "severity", "top25", "weakness_ids"]
