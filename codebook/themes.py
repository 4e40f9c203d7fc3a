"""The codebook file: themes and codes with stable ids, read from YAML with errors that name file and line.

::

    version: "1.0.0"
    codes:
      - id: SECURITY
        name: Security and trust concerns
        definition: A risk is explicitly named.
      - id: SECURITY.malicious
        parent: SECURITY
        name: Fear of malicious code
        definition: …
        include: [Arbitrary execution is named as a danger.]
        exclude: [Mere reluctance without a named threat.]
        examples: ["What stops the author from shipping malware tomorrow?"]

A theme is a code without parent; what coders assign are the leaves. What changed from version to version stands under
``changes:``, see :mod:`codebook.versions.steps`.
"""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from codebook.errors import StudyError
from codebook.harmless import valid_text
from codebook.versions.steps import Standing, Step, read_steps
from codebook.yaml_lines import FORM, line_of, nearest, tree, unknown_key

Status = Literal["active", "proposed", "retired"]
_STATUS = ("active", "proposed", "retired")
_FILE_KEYS = ("version", "codes", "changes")
_TEXT_KEYS = ("id", "name", "definition", "parent", "status")
_LIST_KEYS = ("include", "exclude", "examples")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One theme or code.

    Args:
        id: Stable; codings refer to it, names may change.
        name: What readers see.
        definition: When it applies.
        include: Signs that speak for it.
        exclude: Signs that speak against it.
        examples: Passages to which it applies.
        parent: Id of the code above it; None for a theme.
        status: ``retired`` codes stay for old codings, ``proposed`` ones are not yet assigned.
        line: Line in the file.
    """

    id: str
    name: str
    definition: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    parent: str | None = None
    status: Status = "active"
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Codebook:
    """The codes of a study in the order of the file.

    Args:
        version: Semantic version of the codebook, as a string.
        codes: All codes by id, in file order.
        sha256: Hash of the file.
        changes: The typed changes that made this version of earlier ones, oldest first.
    """

    version: str
    codes: dict[str, Code]
    sha256: str
    changes: tuple[Step, ...] = ()

    @classmethod
    def load(cls, path: Path) -> "Codebook":
        """Read a codebook file.

        Raises:
            StudyError: It is missing, no YAML, or breaks a rule; file and line are named.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise StudyError(
                f"cannot be read: {error.strerror}",
                where=str(path),
                hint="Write one, or copy it from: codebook init --example DIR.",
            ) from None
        return cls.parse(path, content)

    @classmethod
    def parse(cls, path: Path, content: bytes) -> "Codebook":
        """Read a codebook that was in a file.

        Args:
            path: The file, for errors.
            content: What it holds.

        Raises:
            StudyError: It is no YAML, or breaks a rule; file and line are named.
        """
        version, codes, changes = _read(path, content)
        return cls(version, codes, hashlib.sha256(content).hexdigest(), changes)

    def children(self, code_id: str) -> list[Code]:
        """The codes directly under ``code_id``."""
        return [c for c in self.codes.values() if c.parent == code_id]

    def themes(self) -> list[Code]:
        """The codes at the top."""
        return [c for c in self.codes.values() if c.parent is None]

    def leaves(self) -> list[Code]:
        """What coders may assign: active codes without active children."""
        parents = {c.parent for c in self.codes.values() if c.status == "active"}
        return [c for c in self.codes.values() if c.status == "active" and c.id not in parents]

    def path(self, code_id: str) -> list[Code]:
        """The code with all above it, theme first."""
        code: Code | None = self.codes[code_id]
        steps: list[Code] = []
        while code:
            steps.insert(0, code)
            code = self.codes[code.parent] if code.parent else None
        return steps

    def theme_of(self, code_id: str) -> Code:
        """The theme that a code stands under."""
        return self.path(code_id)[0]


def _read(path: Path, content: bytes) -> tuple[str, dict[str, Code], tuple[Step, ...]]:
    file = tree(path, content)
    if not isinstance(file, CommentedMap) or not isinstance(file.get("codes"), CommentedSeq):
        raise StudyError("has no list `codes:`", where=f"{path.name}:1", hint=FORM)
    for key in file:
        if key not in _FILE_KEYS:
            raise unknown_key(path, file, str(key), _FILE_KEYS)
    version = file.get("version")
    if not isinstance(version, str) or not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise StudyError('`version` is to be a string like "1.0.0"', where=f"{path.name}:{line_of(file, 'version')}")
    codes = _codes(path, file["codes"])
    _check_parents(path, codes)
    return version, codes, read_steps(path, file, version, _standing(codes))


def _standing(codes: dict[str, Code]) -> Standing:
    leaves = frozenset(leaf.id for leaf in Codebook("", codes, "").leaves())
    return Standing({code.id: code.parent for code in codes.values()}, leaves)


def _codes(path: Path, entries: CommentedSeq) -> dict[str, Code]:
    codes: dict[str, Code] = {}
    for index, entry in enumerate(entries):
        code = _code(path, entry, entries.lc.item(index)[0] + 1)
        if code.id in codes:
            raise StudyError(
                f"the id {code.id!r} is used twice, first on line {codes[code.id].line}",
                where=f"{path.name}:{code.line}",
                hint="Give each code an id of its own.",
            )
        codes[code.id] = code
    return codes


def _code(path: Path, entry: Any, line: int) -> Code:
    if not isinstance(entry, CommentedMap):
        raise StudyError("a code is a mapping with id, name and definition", where=f"{path.name}:{line}")
    values: dict[str, Any] = {}
    for key, value in entry.items():
        here = f"{path.name}:{line_of(entry, key)}"
        if key in _LIST_KEYS:
            if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
                raise StudyError(
                    f"`{key}` is to be a list of texts", where=here, hint="Quote texts that contain a colon."
                )
            values[key] = tuple(valid_text(v) for v in value)
        elif key in _TEXT_KEYS:
            if not isinstance(value, str):
                raise StudyError(f"`{key}` is to be a text", where=here, hint="Put it in quotes.")
            values[key] = valid_text(value).strip()
        else:
            raise unknown_key(path, entry, str(key), (*_TEXT_KEYS, *_LIST_KEYS))
    for key in ("id", "name", "definition"):
        if not values.get(key):
            raise StudyError(f"a code has no `{key}`", where=f"{path.name}:{line}", hint=f"Add `{key}:`.")
    if not _ID.fullmatch(values["id"]):
        raise StudyError(
            f"the id {values['id']!r} is not letters, digits, dot, dash and underscore", where=f"{path.name}:{line}"
        )
    if values.get("status", "active") not in _STATUS:
        raise StudyError(f"`status` is one of {', '.join(_STATUS)}", where=f"{path.name}:{line_of(entry, 'status')}")
    return Code(**values, line=line)


def _check_parents(path: Path, codes: dict[str, Code]) -> None:
    for code in codes.values():
        above, seen = code, [code.id]
        while above.parent is not None:
            if above.parent not in codes:
                raise StudyError(
                    f"{above.id!r} has the parent {above.parent!r}, which is not in the codebook",
                    where=f"{path.name}:{above.line}",
                    hint=nearest(above.parent, codes, cutoff=0.6) or "Add it, or correct the parent.",
                )
            above = codes[above.parent]
            if above.id in seen:
                raise StudyError(
                    f"{code.id!r} is its own ancestor ({' under '.join([*seen, above.id])})",
                    where=f"{path.name}:{code.line}",
                    hint="Break the cycle.",
                )
            seen.append(above.id)
