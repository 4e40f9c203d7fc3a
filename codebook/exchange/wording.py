"""A code's definition, signs, examples, id and status as the one text that REFI-QDA has for them, and back.

The definition comes first; then lists under the headings ``Include:``, ``Exclude:`` and ``Examples:``, an item in a
line that begins with ``- ``; then the id, ``Code: SECURITY.malicious``, and, if the code is not active, its status,
``Status: retired``.

What a text says over several lines is indented by two spaces; a line of a definition that looks like one of these
headings gets a backslash. A description from elsewhere, without headings, is all definition.
"""

import re
from dataclasses import dataclass, field
from typing import get_args

from codebook.themes import Code, Status

_LISTS = ("include", "exclude", "examples")
_HEADINGS = {f"{name.capitalize()}:": name for name in _LISTS}
_CODE = re.compile(r"Code: ([A-Za-z][A-Za-z0-9_.-]{0,63})")
_STATUS = re.compile(f"Status: ({'|'.join(get_args(Status))})")
_HEADING_LIKE = re.compile(rf"\\*(?:{'|'.join(_HEADINGS)}|{_CODE.pattern}|{_STATUS.pattern})")


@dataclass
class Wording:
    """What a description says.

    Args:
        definition: All that stands under no heading.
        lists: ``include``, ``exclude`` and ``examples``.
        id: The id that the code had when we wrote it; empty if it does not say.
        status: ``active`` unless it says otherwise.
    """

    definition: str = ""
    lists: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in _LISTS})
    id: str = ""
    status: Status = "active"


def description(code: Code) -> str:
    """The text that stands for a code; :func:`read` gives everything back."""
    lines = [f"\\{line}" if _HEADING_LIKE.fullmatch(line) else line for line in code.definition.split("\n")]
    for heading, name in _HEADINGS.items():
        items: tuple[str, ...] = getattr(code, name)
        if items:
            lines += ["", heading, *("- " + item.replace("\n", "\n  ") for item in items)]
    lines += ["", f"Code: {code.id}"]
    if code.status != "active":
        lines.append(f"Status: {code.status}")
    return "\n".join(lines)


def read(text: str) -> Wording:
    """What a description says; see the module."""
    said, definition, items = Wording(), list[str](), None
    for line in _lines(text):
        code, status = _CODE.fullmatch(line), _STATUS.fullmatch(line)
        if line in _HEADINGS:
            items = said.lists[_HEADINGS[line]]
        elif code:
            said.id = code[1]
        elif status:
            said.status = next(word for word in get_args(Status) if word == status[1])
        elif items is None:
            definition.append(line[1:] if line.startswith("\\") and _HEADING_LIKE.fullmatch(line) else line)
        elif line:
            _to_list(items, line)
    said.definition = "\n".join(definition).strip()
    return said


def _lines(text: str) -> list[str]:
    """The lines; on its way through Windows every line break of a text may have got a carriage return."""
    through_windows = 0 < text.count("\n") == text.count("\r\n")
    return (text.replace("\r\n", "\n") if through_windows else text).split("\n")


def _to_list(items: list[str], line: str) -> None:
    """A line under a heading: a new item, or more of the last one."""
    if line == "-" or line.startswith("- "):
        items.append(line[2:])
    elif items:
        items[-1] += "\n" + line.removeprefix("  ")
    else:
        items.append(line.strip())
