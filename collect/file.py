"""Threads that a team already has, from JSON Lines or CSV.

A row has at least ``source``, ``url``, ``title`` and ``text``; it may have ``item``, ``created_at`` (ISO 8601),
``author``, ``state``, ``labels`` (a list, or words with ``;`` between them), and in JSON Lines ``posts``, a list of
``{"author", "text", "created_at", "role"}`` behind the opening text. A thread's native id is a hash of its ``url``; two
rows with one ``url`` are two versions of one thread, and the later one is read. Every row is looked at before the first
is stored, and stored rows are all that a rebuild reads.

A later run reads the file again and stores the rows that are new or changed; threads that are not in it any more count
as deleted. A file that has not changed leaves nothing.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, unquote

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from codebook.errors import StudyError
from codebook.harmless import one_line
from codebook.raw import Page
from codebook.wire import Answer, Dialect, Wire
from collect.source import Earlier, Expected, Seen, SeenGone, SeenPost, SeenSlice, SeenThread, Site, SourceOptions

_ROWS_ON_A_PAGE = 500
_LONGEST_CELL = 32_000_000
_REQUEST = re.compile(r"/(?P<name>.*)\?(?P<what>rows|gone)=[\d-]+(?:&of=(?P<of>\d+))?(?P<changes>&changes)?&sha256=")
_SOMEBODY = re.compile(r"[^\s@]{0,64}+@[^\s@]{1,100}+")
"""Mentions and e-mail addresses."""


class FileOptions(SourceOptions):
    """The keys of ``[sources.NAME]`` that only ``kind = "file"`` knows."""

    path: str

    def expected(self, site: Site, earlier: Earlier) -> Expected:  # noqa: ARG002
        """See :meth:`collect.source.SourceOptions.expected`."""
        return Expected(0, 0, "read from the study folder, no request")


def _moment(value: Any) -> Any:
    moment = datetime.fromisoformat(value) if isinstance(value, str) and value else (value or None)
    try:
        return moment.astimezone(UTC) if isinstance(moment, datetime) and moment.tzinfo else moment
    except OverflowError:
        raise ValueError("is not a moment of our calendar in UTC") from None


def _words(value: Any) -> Any:
    return [word.strip() for word in value.split(";") if word.strip()] if isinstance(value, str) else value


Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class FilePost(BaseModel):
    """A later post of a row."""

    text: str
    author: str | None = None
    created_at: Moment = None
    role: Literal["comment", "answer", "review", "review_comment", "reply"] = "comment"


class Row(BaseModel):
    """A thread as a team has it; keys that are not named here are kept in raw and not read."""

    source: str = Field(min_length=1)
    url: str = Field(min_length=1)
    title: str
    text: str
    item: Literal["issue", "pull_request", "discussion", "question", "topic", "thread"] = "thread"
    created_at: Moment = None
    author: str | None = None
    state: str | None = None
    labels: Annotated[list[str], BeforeValidator(_words)] = Field(default_factory=list)
    posts: list[FilePost] = Field(default_factory=list)


class File:
    """The source of kind ``file``."""

    Options: type[SourceOptions] = FileOptions

    def dialect(self, site: Site) -> Dialect:  # noqa: ARG002 - a file says nothing
        """Nothing is asked of anybody."""
        return Dialect()

    def fetch(self, site: Site, wire: Wire, earlier: Earlier) -> Iterator[str]:
        """See :meth:`collect.source.Source.fetch`.

        Raises:
            StudyError: The file cannot be read, or a row is not a thread; the row is named.
        """
        path = site.folder / site.options.path
        rows = [(_native_id(values["url"]), values) for values in _rows(path)]
        versions = {native_id: _version(Row.model_validate(values)) for native_id, values in rows}
        about, wanted = f"&of={len(versions)}", set(versions)
        if path.name in earlier.windows:
            about += "&changes"
            wanted = {native_id for native_id, version in versions.items() if not earlier.has(native_id, version)}
        stored = [row for row in rows if row[0] in wanted]
        for start in range(0, len(stored), _ROWS_ON_A_PAGE):
            part = stored[start : start + _ROWS_ON_A_PAGE]
            what = f"rows={start + 1}-{start + len(part)}{about}"
            _keep(wire, path.name, what, [values for _, values in part])
            yield from (native_id for native_id, _ in part)
        if gone := sorted(earlier.threads.keys() - versions.keys()):
            _keep(wire, path.name, f"gone={len(gone)}{about}", gone)

    def parse(self, page: Page, site: Site) -> Iterator[Seen]:  # noqa: ARG002 - a page says everything by itself
        """See :meth:`collect.source.Source.parse`."""
        found = _REQUEST.match(page.path)
        assert found is not None  # noqa: S101 - fetch has made the request so
        rows = page.json() if found["what"] == "rows" else []
        hits = tuple(_native_id(values["url"]) for values in rows)
        if rows or found["changes"]:
            yield SeenSlice(
                query=unquote(found["name"]),
                reported=int(found["of"]) if found["of"] else None,
                hits=hits,
                changes=bool(found["changes"]),
            )
        for native_id in page.json() if found["what"] == "gone" else ():
            yield SeenGone(native_id=native_id, why="deleted")
        for native_id, values in zip(hits, rows, strict=True):
            if values["source"] and values.get("item") != "":  # of a forgotten thread they are empty
                yield from _thread(native_id, Row.model_validate(values))


def _keep(wire: Wire, name: str, what: str, values: Iterable[Any]) -> None:
    """Store a part of the file, unless this run has stored just this one."""
    body = json.dumps(values).encode()
    request = f"FILE /{quote(name)}?{what}&sha256={hashlib.sha256(body).hexdigest()[:16]}"
    if not wire.has(request):
        wire.keep(request, Answer(200, {}, body))


def _version(row: Row) -> str:
    """A hash of what a row says.

    Tables with it are shared: people's names are left out of it, so that nobody can try names against it.
    """
    said = row.model_dump_json(exclude={"author": True, "posts": {"__all__": {"author"}}})
    return hashlib.sha256(_SOMEBODY.sub("@", said).encode("utf-8", "replace")).hexdigest()[:16]


def _native_id(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:16]


def _thread(native_id: str, row: Row) -> Iterator[Seen]:
    yield SeenThread(
        native_id=native_id,
        item=row.item,
        url=row.url,
        title=row.title,
        state=row.state,
        created_at=row.created_at,
        author=row.author,
        labels=tuple(row.labels),
        n_reported=1 + len(row.posts),
        source=row.source,
        version=_version(row),
    )
    yield SeenPost(
        thread=native_id,
        native_id="0",
        role="opening",
        body=row.text,
        created_at=row.created_at,
        author=row.author,
    )
    for number, post in enumerate(row.posts, 1):
        yield SeenPost(
            thread=native_id,
            native_id=str(number),
            role=post.role,
            body=post.text,
            created_at=post.created_at,
            author=post.author,
        )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """The file's rows as they are, each of them looked at."""
    read = {".jsonl": _json_lines, ".ndjson": _json_lines, ".csv": _csv}.get(path.suffix.lower())
    if read is None:
        raise StudyError("the kind `file` reads .jsonl, .ndjson and .csv", where=str(path), hint="Correct `path`.")
    if path.exists() and not path.is_file():
        raise StudyError("is not a plain file", where=str(path), hint="Correct `path` in study.toml.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(
            f"cannot be read: {error}", where=str(path), hint="Correct `path` in study.toml; the text is to be UTF-8."
        ) from None
    for line, values in read(path, text):
        try:
            Row.model_validate(values)
        except ValidationError as error:
            raise _not_a_thread(f"{path.name}:{line}", error) from None
        yield values


def _not_a_thread(where: str, error: ValidationError) -> StudyError:
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"])) or "the row"
    what = "is missing" if first["type"] == "missing" else one_line(first["msg"].removeprefix("Value error, "), 120)
    return StudyError(
        f"{key}: {what}", where=where, hint="A row needs source, url, title and text. Nothing of the file was stored."
    )


def _json_lines(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            raise StudyError(
                f"not JSON: {error}", where=f"{path.name}:{number}", hint="Each line is to be one JSON object."
            ) from None


def _csv(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        # A StringIO breaks lines where CSV does; str.splitlines would do so in cells too, at form feeds and the like.
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        columns = len(reader.fieldnames or ())
        first = reader.line_num + 1
        for row in reader:
            if None in row:
                raise StudyError(
                    f"more cells than the {columns} columns of the header",
                    where=f"{path.name}:{first}",
                    hint="Put a cell with a comma in it between quotes. Nothing of the file was stored.",
                )
            # An empty cell says nothing, but a title or a text may be empty.
            yield first, {k: v for k, v in row.items() if v or (k in ("title", "text") and v is not None)}
            first = reader.line_num + 1
    except csv.Error as error:
        raise StudyError(
            f"not CSV: {error}", where=f"{path.name}:{reader.line_num}", hint="Save it as CSV with a header line."
        ) from None
    finally:
        csv.field_size_limit(before)
