"""``hubconf.py``, which torch.hub imports whole, with the repository's root on the import path.

Source: torch 2.13, hub.py:512, :567 and :697: for ``list``, ``help`` and ``load`` alike.
"""

from scan.relevance.repository import Repository
from scan.relevance.tree import Entry, Found

PATH = "hubconf.py"


def hubconf(repository: Repository, found: Found) -> None:
    """Find the file."""
    if PATH in repository:
        found.by.add("hubconf")
        found.entries.append(Entry(PATH, f"hubconf: {PATH}", "python"))
