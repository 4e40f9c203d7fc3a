"""The crosstabs that the report shows and draws."""

from analysis.question import Asked, resolve
from codebook.errors import StudyError
from codebook.study import Study

CROSSTABS = (
    ("theme", "source"),
    ("code", "source"),
    ("theme", "year"),
    ("theme", "platform"),
    ("theme", "level_in_force"),
)
"""Rows and columns of the crosstabs, as far as joins connect them."""


def connected(study: Study, rows: str, cols: str) -> bool:
    """Whether joins connect two variables."""
    try:
        resolve(study, Asked(rows=rows, cols=cols))
    except StudyError:
        return False
    return True
