"""The report: one HTML page for readers, and what it is made of.

``page`` lays everything out; ``sheet`` and ``grids`` are tables and crosstabs, ``collected``, ``overview``, ``method``,
``tables`` and ``threads`` say what stands in them, ``caveats`` what limits it, ``downloads`` gives it away as files.
"""
