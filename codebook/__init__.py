"""The ground floor: what words mean, and where records lie.

``codebook`` is meant as survey researchers mean it: the book that says what every variable is. It holds the thematic
codes (``themes``), the data dictionary of all tables (``rows``, ``tables``), the study folder that the dictionary
describes (``study``, ``raw``, ``ledger``), and what the stages that gather from outside share (``wire``,
``transports``). Every other package imports this one, and no other.
"""
