"""The codebook as CSV, out and in, and as Markdown, out.

A cell of CSV that a spreadsheet would calculate gets a quote in front, which is taken away again when the file is read;
characters that no table holds are escaped (:mod:`codebook.exchange.escapes`). A list has an item a line; what an item
says over several lines is indented by two spaces.
"""

import csv
import difflib
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from typing import get_args

from codebook.errors import StudyError
from codebook.exchange.codes_xml import Entry
from codebook.exchange.escapes import held, unheld
from codebook.exchange.guids import guid
from codebook.exchange.wording import Wording
from codebook.harmless import in_spreadsheet, one_line
from codebook.themes import Code, Codebook, Status

COLUMNS = ("id", "parent", "name", "definition", "include", "exclude", "examples", "status", "codebook_version")
_LISTS = ("include", "exclude", "examples")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


def as_csv(codebook: Codebook) -> str:
    """A codebook as CSV (RFC 4180), a row a code, in the order of the file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for code in codebook.codes.values():
        lists = [_listed(getattr(code, name)) for name in _LISTS]
        row = (code.id, code.parent or "", code.name, code.definition, *lists, code.status, codebook.version)
        writer.writerow(map(_cell, row))
    return out.getvalue()


def _cell(text: str) -> str:
    clean = held(text).replace("\r", "_x000D_")
    quotes = len(clean) - len(clean.lstrip("'"))
    return "'" + clean if in_spreadsheet(clean[quotes:]) != clean[quotes:] else clean


def _of_cell(cell: str) -> str:
    plain = cell.lstrip("'")
    guarded = plain != cell and in_spreadsheet(plain) != plain
    return unheld((cell.removeprefix("'") if guarded else cell).replace("\r\n", "\n"))


def _listed(items: tuple[str, ...]) -> str:
    lines = []
    for item in items:
        first, *more = item.split("\n")
        lines += ["\\" + first if not first or first[0] in " \\" else first, *(f"  {line}" for line in more)]
    return "\n".join(lines)


def _of_list(cell: str) -> list[str]:
    items: list[str] = []
    for line in cell.split("\n") if cell else ():
        if line.startswith("  ") and items:
            items[-1] += "\n" + line[2:]
        elif line:
            items.append(line.removeprefix("\\"))
    return items


def read_csv(content: bytes, where: str) -> tuple[list[Entry], str]:
    """The codes of a CSV file, and the version that it names.

    ``name`` is the one column that is needed; ``parent`` is the id of a code or, in a file without ids, its name.
    Commas, semicolons and tabs may separate.

    Raises:
        StudyError: It is no such file; file and line are named.
    """
    rows = list(_rows(content, where))
    if not rows:
        raise StudyError("has no codes", where=where, hint=f"A row a code, with the columns {', '.join(COLUMNS)}.")
    keys = _keys(rows, where)
    entries = [_entry(row, number, keys, where) for number, row in rows]
    versions = {row.get("codebook_version", "") for _, row in rows} - {""}
    if len(versions) > 1:
        raise StudyError(f"names several versions: {', '.join(sorted(versions))[:60]}", where=where)
    return entries, versions.pop() if versions else ""


def _rows(content: bytes, where: str) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyError(f"is not UTF-8 (byte {error.start})", where=where, hint="Save it as CSV UTF-8.") from None
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        head = [cell.strip() for cell in next(reader, [])]
        for name in head:
            if name not in COLUMNS:
                near = difflib.get_close_matches(name, COLUMNS, n=1)
                hint = f"Did you mean {near[0]!r}?" if near else f"Columns are: {', '.join(COLUMNS)}."
                raise StudyError(f"unknown column {name[:60]!r}", where=f"{where}:1", hint=hint)
        if head and ("name" not in head or len(set(head)) < len(head)):
            raise StudyError("needs a column `name`, and each once", where=f"{where}:1")
        for cells in reader:
            if len(cells) > len(head):
                raise StudyError("has more cells than there are columns", where=f"{where}:{reader.line_num}")
            if any(cells):
                yield reader.line_num, dict(zip(head, map(_of_cell, cells), strict=False))
    except csv.Error as error:
        raise StudyError(f"not valid CSV: {error}", where=f"{where}:{reader.line_num}", hint="Save it again.") from None


def _keys(rows: list[tuple[int, dict[str, str]]], where: str) -> dict[str, int]:
    """What rows are called by each other, id or else name, with the line."""
    keys: dict[str, int] = {}
    for number, row in rows:
        key = row.get("id") or row.get("name", "").strip()
        if not key:
            raise StudyError("has neither id nor name", where=f"{where}:{number}")
        if row.get("id") and not _ID.fullmatch(key):
            what = f"the id {key[:60]!r} is not letters, digits, dot, dash and underscore"
            raise StudyError(what, where=f"{where}:{number}")
        if key in keys:
            raise StudyError(f"{key[:60]!r} is there twice, first on line {keys[key]}", where=f"{where}:{number}")
        keys[key] = number
    return keys


def _entry(row: Mapping[str, str], number: int, keys: Mapping[str, int], where: str) -> Entry:
    here = f"{where}:{number}"
    name, above = row.get("name", "").strip(), row.get("parent", "").strip()
    if above and above not in keys:
        near = difflib.get_close_matches(above, keys, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "Add it, or leave `parent` empty."
        raise StudyError(f"has the parent {above[:60]!r}, which the file does not have", where=here, hint=hint)
    status = row.get("status") or "active"
    if status not in get_args(Status):
        raise StudyError(f"`status` is one of {', '.join(get_args(Status))}, not {status[:60]!r}", where=here)
    said = Wording(
        row.get("definition", "").strip(),
        {each: _of_list(row.get(each, "")) for each in _LISTS},
        row.get("id", ""),
        next(word for word in get_args(Status) if word == status),
    )
    return Entry(_guid(row.get("id") or name), name, said, _guid(above) if above else None, here)


def _guid(key: str) -> str:
    return guid("code", key if _ID.fullmatch(key) else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest())


def as_markdown(codebook: Codebook, title: str) -> str:
    """A codebook for readers, as Markdown: a heading a code, in the order of the tree."""
    below: dict[str | None, list[Code]] = {}
    for code in codebook.codes.values():
        below.setdefault(code.parent, []).append(code)
    lines = [f"# {_text(title)}", "", f"Codebook, version {codebook.version}: {len(codebook.codes)} themes and codes."]
    waiting = below.get(None, [])[::-1]
    while waiting:
        code = waiting.pop()
        lines += _section(code, min(len(codebook.path(code.id)) + 1, 6))
        waiting += below.get(code.id, [])[::-1]
    return "\n".join(lines) + "\n"


def _section(code: Code, depth: int) -> Iterator[str]:
    status = "" if code.status == "active" else f" ({code.status})"
    yield from ("", f"{'#' * depth} {_text(code.name)}{status}", "", f"`{code.id}`", "")
    yield "\n\n".join(_text(part) for part in re.split(r"\n\s*\n", code.definition))
    for name in _LISTS:
        items: tuple[str, ...] = getattr(code, name)
        if items:
            yield from ("", f"{_SAYS[name]}:", "", *(f"- {_text(item)}" for item in items))


_SAYS = {"include": "Speaks for it", "exclude": "Speaks against it", "examples": "Examples"}


def _text(text: str) -> str:
    """Words as words: nothing in them is a mark of Markdown or HTML, or acts on a terminal."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&!]|^[-+=]|^\d+(?=[.)]))", r"\\\1", one_line(text))
