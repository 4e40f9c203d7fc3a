"""A repository being read: its sources through the parser, its configurations as JSON, each file at most once."""

import hashlib
import json
import time
from collections.abc import MutableMapping
from typing import Protocol

from scan.relevance.source import Source
from scan.relevance.tree import Found, Tree, Unread

LARGEST_JSON = 8_000_000
"""Bytes of a configuration; what is larger is not read."""

MOST_SECONDS = 600.0
"""Time for the sources of one repository; those of the largest real ones need a tenth of it."""


class Sources(Protocol):
    """What gives the facts of a source: a parser, or a stand-in."""

    def source(self, data: bytes) -> Source:
        """The facts of one file."""
        ...


class Repository:
    """One tree, and what was read of it.

    Args:
        tree: The files.
        parser: Reads sources.
        known: Facts of sources by SHA-256, of earlier repositories, too; what is read is added.
    """

    def __init__(self, tree: Tree, parser: Sources, known: MutableMapping[str, Source]) -> None:
        self.tree = tree
        self._parser = parser
        self._known = known
        self._here: dict[str, Source] = {}
        self._seconds = 0.0

    def __contains__(self, path: str) -> bool:
        return path in self.tree.files

    def source(self, path: str) -> Source:
        """The facts of a source; ``problem`` and ``undecodable`` say so where the content is not there."""
        if path not in self._here:
            self._here[path] = self._source(path)
        return self._here[path]

    def _source(self, path: str) -> Source:
        digest = self.tree.files[path]
        if digest is not None and digest in self._known:
            return self._known[digest]
        try:
            data = self.tree.read(path)
        except Unread as error:
            return Source(problem=str(error), undecodable=str(error))
        digest = hashlib.sha256(data).hexdigest()
        if digest not in self._known:
            if self._seconds > MOST_SECONDS:
                why = f"not parsed: the sources before it took more than {MOST_SECONDS:g} seconds"
                return Source(problem=why, undecodable=why)
            began = time.monotonic()
            self._known[digest] = self._parser.source(data)
            self._seconds += time.monotonic() - began
        return self._known[digest]

    def content(self, path: str, found: Found) -> bytes | None:
        """The bytes of a configuration; None if there is none, or with a note in ``found`` why it is not read."""
        if path not in self.tree.files:
            return None
        try:
            data = self.tree.read(path)
        except Unread as error:
            wrong = str(error)
        else:
            if len(data) <= LARGEST_JSON:
                return data
            wrong = f"{len(data)} bytes, more than the {LARGEST_JSON} that are read"
        found.unread.add(path)
        found.problem(path, wrong)
        return None

    def json(self, path: str, found: Found) -> object:
        """A configuration; None if there is none, with what is wrong with it noted in ``found``.

        It is decoded as the loaders do: UTF-8 without a byte order mark.
        """
        data = self.content(path, found)
        if data is None:
            return None
        try:
            return json.loads(data.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            found.problem(path, f"broken JSON: {error}"[:200])
            return None

    def object(self, path: str, found: Found) -> dict[str, object]:
        """A configuration that is a JSON object; an empty one if there is none."""
        value = self.json(path, found)
        if isinstance(value, dict):
            return value
        if value is not None:
            found.problem(path, f"not a JSON object: {type(value).__name__}")
        return {}
