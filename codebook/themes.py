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

A theme is a code without parent; what coders assign are the leaves.
"""

import difflib
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from codebook.errors import StudyError
from codebook.harmless import valid_text

Status = Literal["active", "proposed", "retired"]
_STATUS = ("active", "proposed", "retired")
_TEXT_KEYS = ("id", "name", "definition", "parent", "status")
_LIST_KEYS = ("include", "exclude", "examples")
_FORM = "See the README for the form of a codebook."
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
    """

    version: str
    codes: dict[str, Code]
    sha256: str

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
        codes = _read(path, content)
        return cls(codes[0], codes[1], hashlib.sha256(content).hexdigest())

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


def _tree(path: Path, content: bytes) -> Any:
    yaml = YAML(typ="rt", pure=True)
    try:
        return yaml.load(content.decode("utf-8-sig"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise StudyError(
            f"not valid YAML: {error.problem}", where=f"{path.name}:{line}", hint="Correct that line."
        ) from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise StudyError(f"not valid YAML: {error}", where=str(path), hint="Save it as UTF-8 text.") from None
    except RecursionError:
        raise StudyError("is nested too deeply", where=str(path), hint=_FORM) from None
    except (ValueError, LookupError, TypeError, AttributeError) as error:  # what ruamel has for `!!int x` and its like
        raise StudyError(
            f"a value does not fit its YAML tag or type ({error})",
            where=str(path),
            hint="Write it as a text in quotes.",
        ) from None


def _read(path: Path, content: bytes) -> tuple[str, dict[str, Code]]:
    tree = _tree(path, content)
    if not isinstance(tree, CommentedMap) or not isinstance(tree.get("codes"), CommentedSeq):
        raise StudyError("has no list `codes:`", where=f"{path.name}:1", hint=_FORM)
    for key in tree:
        if key not in ("version", "codes"):
            raise _unknown(path, tree, str(key), ("version", "codes"))
    version = tree.get("version")
    if not isinstance(version, str) or not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise StudyError('`version` is to be a string like "1.0.0"', where=f"{path.name}:{_line(tree, 'version')}")
    codes: dict[str, Code] = {}
    for index, entry in enumerate(tree["codes"]):
        code = _code(path, entry, tree["codes"].lc.item(index)[0] + 1)
        if code.id in codes:
            raise StudyError(
                f"the id {code.id!r} is used twice, first on line {codes[code.id].line}",
                where=f"{path.name}:{code.line}",
                hint="Give each code an id of its own.",
            )
        codes[code.id] = code
    _check_parents(path, codes)
    return version, codes


def _code(path: Path, entry: Any, line: int) -> Code:
    if not isinstance(entry, CommentedMap):
        raise StudyError("a code is a mapping with id, name and definition", where=f"{path.name}:{line}")
    values: dict[str, Any] = {}
    for key, value in entry.items():
        here = f"{path.name}:{_line(entry, key)}"
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
            raise _unknown(path, entry, str(key), (*_TEXT_KEYS, *_LIST_KEYS))
    for key in ("id", "name", "definition"):
        if not values.get(key):
            raise StudyError(f"a code has no `{key}`", where=f"{path.name}:{line}", hint=f"Add `{key}:`.")
    if not _ID.fullmatch(values["id"]):
        raise StudyError(
            f"the id {values['id']!r} is not letters, digits, dot, dash and underscore", where=f"{path.name}:{line}"
        )
    if values.get("status", "active") not in _STATUS:
        raise StudyError(f"`status` is one of {', '.join(_STATUS)}", where=f"{path.name}:{_line(entry, 'status')}")
    return Code(**values, line=line)


def _check_parents(path: Path, codes: dict[str, Code]) -> None:
    for code in codes.values():
        above, seen = code, [code.id]
        while above.parent is not None:
            if above.parent not in codes:
                near = difflib.get_close_matches(above.parent, codes, n=1)
                raise StudyError(
                    f"{above.id!r} has the parent {above.parent!r}, which is not in the codebook",
                    where=f"{path.name}:{above.line}",
                    hint=f"Did you mean {near[0]!r}?" if near else "Add it, or correct the parent.",
                )
            above = codes[above.parent]
            if above.id in seen:
                raise StudyError(
                    f"{code.id!r} is its own ancestor ({' under '.join([*seen, above.id])})",
                    where=f"{path.name}:{code.line}",
                    hint="Break the cycle.",
                )
            seen.append(above.id)


def _line(entry: CommentedMap, key: str) -> int:
    """The line of a key; that of the entry for a key that it has from elsewhere, by a merge (``<<: *anchor``)."""
    own = entry.lc.data or {}
    return int(own[key][0] if key in own else entry.lc.line) + 1


def _unknown(path: Path, entry: CommentedMap, key: str, known: tuple[str, ...]) -> StudyError:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
    return StudyError(
        f"unknown key {key!r}",
        where=f"{path.name}:{_line(entry, key)}",
        hint=f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(known)}.",
    )
