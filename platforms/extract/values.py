"""What is known of a value without running anything: a constant, a tuple of values, or nothing."""

import operator
from collections.abc import Callable
from typing import Any, Final

from platforms.extract.expressions import Form


class _Unknown:
    """The value of what depends on more than the switches."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()


class _NotGiven:
    """The value of a switch that the user did not set, so that every function takes its own default."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = _NotGiven()

Value = Any
"""A constant, a tuple of values, or UNKNOWN."""

Names = dict[str, Value]

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
}

_METHODS: dict[str, Callable[[str], str]] = {"upper": str.upper, "lower": str.lower, "strip": str.strip}
"""Methods of text that defaults of environment variables go through."""


def known(value: Value) -> bool:
    """Whether it is known whole."""
    return all(known(item) for item in value) if isinstance(value, tuple) else value is not UNKNOWN


def truth(value: Value) -> bool | None:
    """Its truth; None if that is not known."""
    return None if value is UNKNOWN else bool(value)


def same(one: Value, other: Value) -> bool:
    """Whether two values are known and the same; 1 is not True."""
    return known(one) and known(other) and type(one) is type(other) and one == other


def joined(one: Names, other: Names) -> Names:
    """What is known whichever of two ways was taken."""
    return {
        name: one[name] if name in one and name in other and same(one[name], other[name]) else UNKNOWN
        for name in one.keys() | other.keys()
    }


def compared(how: str, left: Value, right: Value) -> Value:
    """The value of one comparison; ``how`` is the class of ``ast``."""
    if how in ("In", "NotIn"):
        return _inside(left, right, negated=how == "NotIn")
    if not known(left) or not known(right):
        return UNKNOWN
    if how in ("Is", "Eq", "IsNot", "NotEq"):
        equal = same(left, right) if how.startswith("Is") else left == right
        return equal == (how in ("Is", "Eq"))
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    return _ORDER[how](left, right) if numbers and how in _ORDER else UNKNOWN


def _inside(left: Value, right: Value, *, negated: bool) -> Value:
    if not known(left) or not isinstance(right, tuple):
        return UNKNOWN
    if any(same(left, item) for item in right):
        return not negated
    return negated if known(right) else UNKNOWN


def text_method(name: str, value: Value) -> Value:
    """``value.upper()`` and the like; UNKNOWN for any other method or value."""
    return _METHODS[name](value) if name in _METHODS and isinstance(value, str) else UNKNOWN


def constant(expression: Form | None) -> Value:
    """The value of an expression that is a constant."""
    return expression[1] if expression and expression[0] == "c" else UNKNOWN
