"""Quotes for a cell of a crosstab: which may be chosen, which are, what is masked in them, and how they are printed.

``candidates`` reads what coders marked in the threads of a cell and how their posts begin, ``choice`` chooses by a
stated rule, ``masking`` takes out what still leads to a person, ``printed`` and ``command`` show them.
"""
