"""What several people said of one unit, beside each other on the adjudicator's page, without their names."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TypeVar

from codebook.harmless import on_terminal
from coding.page.thread import sanitised

T = TypeVar("T")

Said = Mapping[str, Sequence[str]]
"""What one of them said: paragraphs by heading."""


def shuffled(said: Mapping[str, T], seed: int, unit_id: str) -> list[T]:
    """What people said, by their names, in an order that is drawn anew for every unit and always the same for one."""

    def drawn(name: str) -> bytes:
        return hashlib.sha256(f"{seed}\0{unit_id}\0{name}".encode("utf-8", "replace")).digest()

    return [said[name] for name in sorted(said, key=drawn)]


def side_by_side(who: str, columns: Sequence[Said]) -> str:
    """A table with a column per person, as HTML in which nothing can act.

    Args:
        who: What they are called, before their number.
        columns: What they said, in the order in which they are numbered.
    """
    names = list(dict.fromkeys(name for column in columns for name in column))
    head = _row("th", ["", *(f"{who} {number}" for number in range(1, len(columns) + 1))])
    body = "".join(
        _row("td", [escape(name), *(_paragraphs(column.get(name, ())) for column in columns)]) for name in names
    )
    return sanitised(
        f'<section class="qd-turn"><div class="qd-head">{escape(who)}s, without their names</div>'
        f'<div class="qd-body"><table><thead>{head}</thead><tbody>{body}</tbody></table></div></section>'
    )


def note(text: str) -> str:
    """One line above a thread, as HTML in which nothing can act."""
    return sanitised(f'<p class="qd-cut">{escape(on_terminal(text))}</p>') if text else ""


def _row(tag: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def _paragraphs(texts: Sequence[str]) -> str:
    return "".join(f"<p>{escape(on_terminal(text)).replace(chr(10), '<br>')}</p>" for text in texts) or "-"
