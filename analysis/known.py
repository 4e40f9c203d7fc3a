"""Units of which both values are known, where that is not told by taking off those of which one is not.

A model may have findings with a weakness and others without one: it counts under "(none)" and under its weaknesses.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.question import Question
from analysis.values import Value
from analysis.variables import Variable

_LISTS = ("thread_labels", "thread_matches", "model_tags", "model_criteria")
"""Relations with one row per entry of a list: an empty list is known to be empty."""


@dataclass(frozen=True, slots=True)
class Known:
    """Distinct units with a known value of both variables.

    Args:
        row_n: By row.
        col_n: By column.
        n_all: Of all.
    """

    row_n: Mapping[Value, int]
    col_n: Mapping[Value, int]
    n_all: int


def says_none(variable: Variable) -> bool:
    """Whether an empty value says that the unit has none of the values, and not that nothing is known."""
    return variable.of_codebook or variable.table in _LISTS


def are_known(question: Question) -> str:
    """The condition on ``pairs`` under which both values are known."""
    sides = {"r": question.rows, "c": question.cols}
    return " AND ".join(f"{side} IS NOT NULL" for side, variable in sides.items() if not says_none(variable)) or "true"


def is_mixed(question: Question, row_n: Mapping[Value, int], col_n: Mapping[Value, int], n_all: int) -> bool:
    """Whether units may have known values of a variable and an unknown one."""
    return any(
        not says_none(variable) and n.get(None, 0) > 0 and sum(n.values()) > n_all
        for variable, n in ((question.rows, row_n), (question.cols, col_n))
    )
