"""``scan code``: each distinct content once per tool, version and rules; every content has an outcome.

``selection`` says which contents, ``measure`` how large they are and whether they parse, ``batches`` what goes together
and what becomes of a batch that fails, ``cell`` and ``worker`` where a batch runs, bounded, ``records`` what is stored
of it, and ``derive`` which tables that gives.
"""
