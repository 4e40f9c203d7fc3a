"""Which files of a model's repository loading it executes, found out without executing anything.

A loader starts at entry points that a configuration names (``auto_map``, ``hubconf.py``, ``configuration.json``, ...)
and follows imports by rules of its own. Each kind of entry point is one small file here; :func:`closure` walks from
them. Sources are parsed in a process of their own with limits, so that a hostile one costs a row and nothing else.
"""

from scan.relevance.closure import LOADERS, VERSION, closure
from scan.relevance.repository import Repository
from scan.relevance.tree import Closure, Reference, Tree, Unread, Verdict
from scan.relevance.worker import Parser

__all__ = [
    "LOADERS",
    "VERSION",
    "Closure",
    "Parser",
    "Reference",
    "Repository",
    "Tree",
    "Unread",
    "Verdict",
    "closure",
]
