"""What a paper takes from a study: every table as booktabs, every figure as PDF, and a skeleton that includes them all.

``lettering`` makes text harmless for LaTeX, ``tables`` turns tables of the report into tabulars, and ``paper`` writes
the folder.
"""
