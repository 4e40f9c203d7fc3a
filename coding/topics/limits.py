"""Numbers that topics are made and read with."""

OUTLIERS = -1
"""The number of what belongs to no topic."""

FEWEST = 10
"""Units that are needed at least, whatever the smallest topic is: UMAP looks at neighbours."""


def fewest(smallest: int) -> int:
    """How many units with prose topics need: two topics' worth."""
    return max(2 * smallest, FEWEST)
