"""Values of variables: how they are labelled, ordered, and found again from what a user types."""

from collections.abc import Iterable

from analysis.spelling import hint
from analysis.variables import Variable
from codebook.errors import StudyError
from codebook.themes import Codebook

NONE = "(none)"
"""The label of an empty value."""

Value = str | int | None


def label(variable: Variable, value: Value, book: Codebook | None) -> str:
    """What readers see: the name of a code (with its id where two share a name), else the value itself."""
    if value is None:
        return NONE
    if not variable.of_codebook or book is None:
        return str(value)
    code = book.codes.get(str(value))
    if code is None:
        return f"{value} (not in the codebook)"
    shared = sum(1 for other in book.codes.values() if other.name == code.name) > 1
    return f"{code.name} ({code.id})" if shared else code.name


def in_order(variable: Variable, values: Iterable[Value], book: Codebook | None) -> list[Value]:
    """Values in the order of the codebook or of their scale, else by number or alphabet; the empty one last."""
    scale = list(book.codes) if variable.of_codebook and book else list(variable.words) if variable.ordered else []
    place = {word: index for index, word in enumerate(scale)}

    def rank(value: Value) -> tuple[bool, int, int, str]:
        number = value if isinstance(value, int) else 0
        return value is None, place.get(str(value), len(place)), number, str(value)

    return sorted(set(values), key=rank)


def known(variable: Variable, counted: Iterable[Value], book: Codebook | None) -> list[Value]:
    """The values that are counted, and those that the codebook or the data dictionary would allow."""
    allowed: Iterable[str] = variable.words
    if book and variable.of_codebook:
        allowed = (c.id for c in book.themes()) if variable.name == "theme" else book.codes
    return in_order(variable, [*counted, *allowed], book)


def chosen(variable: Variable, given: str, among: Iterable[Value], book: Codebook | None) -> Value:
    """The value that a user means by its id or its label.

    Raises:
        StudyError: It is none of ``among``; the nearest label is named.
    """
    values = list(among)
    if given in ("", NONE):
        return None
    labels = {label(variable, v, book): v for v in values if v is not None}
    ids = {str(v): v for v in values if v is not None}
    if given in ids or given in labels:
        return ids[given] if given in ids else labels[given]
    raise StudyError(f"no {variable.name} {given!r}", hint=hint(given, [*labels, *(i for i in ids if i not in labels)]))
