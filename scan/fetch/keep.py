"""The contents of one model after the other: what is asked for, what is kept, and what is said where nothing is."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

from codebook.blobs import Blobs
from codebook.downloads import Downloads
from codebook.raw import Page
from codebook.wire import Answer, Dialect, Verdict, Wire
from scan.derive.merge import Found
from scan.fetch import records
from scan.fetch.download import on_disk
from scan.fetch.records import Contents, Got
from scan.folder.options import is_kept
from scan.hub import Registry, SeenFile, SeenModel
from scan.shapes import commit

_LONGEST_PATH = 4096
_TIMES_BROKEN = 3
"""Answers that are broken, or HTTP 500, after which one file is given up; where file after file is, the run stops."""

_MOST_BROKEN = 10

_POINTER = b"version https://git-lfs.github.com/spec/"
_HTML = re.compile(rb"\s*<(!doctype html|html[\s>])", re.IGNORECASE)
_MAY_BE_HTML = (".md", ".ipynb", ".jinja")
_CODE_FIRST = (".py", ".json", ".yaml", ".yml", ".toml")


@dataclass
class Keeper:
    """Gets contents for one run from one hub.

    Args:
        registry: The hub's section, with the limits.
        wire: Where requests go.
        blobs: Where contents are kept.
        before: What was got when the run began.
    """

    registry: Registry
    wire: Wire
    blobs: Blobs
    before: Contents

    def __post_init__(self) -> None:
        bearer = f"Bearer {self.registry.token.strip()}" if self.registry.token else None
        self._downloads = Downloads(bearer, self.registry.base_url, self.registry.options.accept)
        self._broken_in_a_row = 0

    def model(self, found: Found) -> Found:
        """Get what is wanted of a model; the model with what is known of it then."""
        at = (found.model.native_id, found.model.revision)
        known = {path: got for path, got in self.before.files.get(at, {}).items() if self._is_had(got)}
        budget = _Budget(self.registry)
        for path in sorted(filter(is_kept, found.files), key=_turn):
            seen = found.files[path]
            if seen.problem:
                continue
            if path not in known and not (seen.sha256 and self.blobs.has(seen.sha256)):
                known[path] = self._file(found, path, budget)
            got = known.get(path)
            budget.take((got.bytes if got else seen.bytes) or 0, counts=got is None or got.sha256 is not None)
        contents = Contents(files={at: known})
        return contents.over(found)

    def _is_had(self, got: Got) -> bool:
        return got.sha256 is not None and self.blobs.has(got.sha256)

    def _file(self, found: Found, path: str, budget: "_Budget") -> Got:
        model, seen = found.model, found.files[path]
        why_not = _cannot_be_asked(model, seen) or budget.refuses(seen.bytes)
        where = records.url(model.native_id, model.revision, path)

        if why_not:
            records.note(self.wire, records.CONTENT, where, problem=why_not)
            return Got(None, None, why_not, self.wire.run_id)

        def send() -> Answer:
            return self._kept(self._asked(found, seen, budget.left), seen, budget)

        with self._judging():
            answer = self.wire.exchange(records.CONTENT, where, b"", _Stubborn(send, self._give_up).send)
        request = f"{records.CONTENT} {where}"
        return records.got_on(Page(request, answer.status, answer.headers, answer.body, self.wire.run_id))

    def _asked(self, found: Found, seen: SeenFile, limit: int) -> Answer:
        model = found.model
        where = self.registry.options.content(self.registry, model.native_id, model.revision, seen.path)
        if not isinstance(where, Path):
            return self._downloads.get(where, limit)
        content = on_disk(where, limit)
        if isinstance(content, bytes):
            return Answer(HTTPStatus.OK, {}, content)
        return _said(problem=content)

    def _kept(self, answer: Answer, seen: SeenFile, budget: "_Budget") -> Answer:
        """What is stored of an answer: of a content that was kept, its hash and size."""
        if answer.status != HTTPStatus.OK:
            odd = 0 < answer.status < HTTPStatus.MULTIPLE_CHOICES
            return _said(problem=f"the hub does not give it: HTTP {answer.status}") if odd else answer
        self._broken_in_a_row = 0
        content = answer.body
        problem = budget.refuses(len(content), told=False) or _odd(content, seen)
        if problem:
            return _said(problem=problem)
        return _said(sha256=self.blobs.keep(content), bytes=len(content))

    def _give_up(self, answer: Answer) -> Answer | None:
        """What stands in place of an answer that was broken time after time; None to go on as with any fault."""
        if self._broken_in_a_row >= _MOST_BROKEN:
            return None
        self._broken_in_a_row += 1
        what = answer.body.decode("utf-8", "replace")[:100] if answer.status == 0 else f"HTTP {answer.status}"
        return _said(problem=f"asked for {_TIMES_BROKEN} times, and it never came whole: {what}")

    @contextmanager
    def _judging(self) -> Iterator[None]:
        """Let the hub's own rules judge refusals only: a content is no answer of the hub's."""
        usual: Dialect = self.wire.dialect

        def verdict(answer: Answer) -> Verdict | None:
            return usual.verdict(answer) if answer.status >= HTTPStatus.MULTIPLE_CHOICES else None

        self.wire.dialect = replace(usual, verdict=verdict)
        try:
            yield
        finally:
            self.wire.dialect = usual


class _Budget:
    """What may still be kept of one model."""

    def __init__(self, registry: Registry) -> None:
        self._options = registry.options
        self._bytes = self._files = 0

    @property
    def left(self) -> int:
        """Bytes that the next file may have."""
        return int(max(0, min(self._options.largest_file, self._options.largest_model - self._bytes)))

    def take(self, size: int, *, counts: bool) -> None:
        """Note a content that is kept."""
        if counts:
            self._files += 1
            self._bytes += size

    def refuses(self, size: int | None, *, told: bool = True) -> str | None:
        """Why a content is not kept; a size that was not ``told`` may be cut."""
        options = self._options
        if self._files >= options.most_files:
            return f"not kept: there are more than most_files, {options.most_files}"
        if size is not None and size > options.largest_file:
            more = f"it has {size} bytes" if told else "it is larger"
            return f"not kept: {more}, and largest_file is {options.largest_file}"
        if size is not None and self._bytes + size > options.largest_model:
            return f"not kept: with it there were more than largest_model, {options.largest_model} bytes"
        return None


class _Stubborn:
    """Sends until it is known that an answer will never come whole."""

    def __init__(self, send: Callable[[], Answer], give_up: Callable[[Answer], Answer | None]) -> None:
        self._send = send
        self._give_up = give_up
        self._broken = 0

    def send(self) -> Answer:
        """Ask once more."""
        answer = self._send()
        # A connection that fails is no fault of the file; an answer that breaks off in its middle may be.
        if answer.status != HTTPStatus.INTERNAL_SERVER_ERROR and not _is_broken(answer):
            return answer
        self._broken += 1
        return (self._give_up(answer) if self._broken >= _TIMES_BROKEN else None) or answer


def _is_broken(answer: Answer) -> bool:
    return answer.status == 0 and b"ConnectionError" not in answer.body and b"Timeout" not in answer.body


def _turn(path: str) -> tuple[bool, str]:
    """Code and configurations before all else, should there be too many."""
    return not path.endswith(_CODE_FIRST), path


def _cannot_be_asked(model: SeenModel, seen: SeenFile) -> str | None:
    """Why there is no way to ask for a file: a client would shorten ``..`` in a URL, and ask for something else."""
    if model.revision is None:
        return "not asked for: the model's revision is not known"
    if commit(model.revision) is None:
        return "not asked for: the model's revision is no commit"
    if _leads_elsewhere(model.native_id):
        return "not asked for: the model's name leads elsewhere"
    if _leads_elsewhere(seen.path):
        return "not asked for: its path leads elsewhere"
    if len(seen.path) > _LONGEST_PATH or re.search(r"[\ud800-\udfff]", seen.path):
        return "not asked for: no file can have its path"
    return None


def _leads_elsewhere(path: str) -> bool:
    return "\0" in path or any(part in ("", ".", "..") for part in path.split("/"))


def _odd(content: bytes, seen: SeenFile) -> str | None:
    """Why a content is not the file that was asked for."""
    if content.startswith(_POINTER):
        return "a Git LFS pointer came in place of it"
    if _HTML.match(content[:1000]) and not seen.path.endswith(_MAY_BE_HTML):
        return "a page of HTML came in place of it"
    if seen.bytes is not None and len(content) != seen.bytes:
        return f"{len(content)} bytes came, and the hub says that it has {seen.bytes}"
    if seen.sha256 is not None and hashlib.sha256(content).hexdigest() != seen.sha256:
        return "what came does not have the SHA-256 that the hub tells"
    return None


def _said(**values: object) -> Answer:
    return Answer(HTTPStatus.OK, {}, json.dumps(values).encode())
