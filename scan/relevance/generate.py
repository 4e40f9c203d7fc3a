"""``custom_generate/generate.py``, which Transformers runs when it loads a model that can generate.

Source: transformers 5.23.0, generation/utils.py:580-657.
"""

from scan.relevance.repository import Repository
from scan.relevance.tree import Entry, Found

PATH = "custom_generate/generate.py"


def custom_generate(repository: Repository, found: Found) -> None:
    """Find the file; its relative imports are resolved beside it."""
    if PATH in repository:
        found.by.add("custom_generate")
        found.entries.append(Entry(PATH, f"custom_generate: {PATH}", "transformers"))
