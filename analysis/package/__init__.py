"""The replication package: a study folder without raw records, from which every table and figure is made again.

``words`` says which columns hold people's words; ``packed`` writes tables without them; ``cleaned`` the settings and
the ledger without what is private; ``made`` runs the commands whose output goes along; ``described`` writes what a
reader needs, ``crate`` the same for machines (RO-Crate); ``folder`` puts it together, ``zipped`` packs it, ``again``
makes the outputs once more and compares; ``command`` is ``analysis package``.
"""
