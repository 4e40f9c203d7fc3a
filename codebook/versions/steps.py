"""The typed changes of a codebook: what was done to it from version to version.

::

    changes:
      - {version: "1.1.0", add: SECURITY.keys}
      - {version: "1.1.0", rename: {from: SECURITY.mal, to: SECURITY.malicious}}   # the id; for the name alone:
      - {version: "1.1.0", rename: SECURITY}
      - {version: "1.1.0", move: {code: USABILITY.flag, under: MISCON}}            # under: null makes it a theme
      - {version: "1.2.0", date: 2026-03-01, merge: {from: [ERR.msg, ERR.log], into: ERR.message}}
      - {version: "1.2.0", split: {from: TRUST, into: [TRUST.code, TRUST.owner]}}
      - {version: "1.2.0", retire: OTHER}
      - {version: "1.2.0", reword: SECURITY.malicious}

``version`` is the one that the change leads to. ``add`` is also for a code that was proposed or retired and is now
assigned. What is merged or split away may stay in the file with ``status: retired``, or go.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast, get_args

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from codebook.errors import StudyError
from codebook.yaml_lines import line_of, nearest, unknown_key

Kind = Literal["add", "rename", "move", "merge", "split", "retire", "reword"]

_KINDS: tuple[str, ...] = get_args(Kind)
_FORMS: dict[str, tuple[str, str]] = {
    "rename": ("from", "to"),
    "move": ("code", "under"),
    "merge": ("from", "into"),
    "split": ("from", "into"),
}
_LISTS = {("merge", "from"), ("split", "into")}
_PLAIN = ("add", "rename", "retire", "reword")
"""Kinds that may be given as the id alone."""


class Standing(NamedTuple):
    """How the codes stand in the file that has the changes.

    Args:
        parents: Every code's parent.
        leaves: What coders assign.
    """

    parents: Mapping[str, str | None]
    leaves: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One typed change.

    Args:
        version: The version that it leads to.
        kind: What was done.
        before: The ids to which it was done; none for ``add``.
        after: The ids that stand for them from then on; none for ``retire``.
        under: The new parent, for ``move``.
        date: ISO 8601, or empty.
        line: Line in the file.
    """

    version: str
    kind: Kind
    before: tuple[str, ...]
    after: tuple[str, ...]
    under: str | None = None
    date: str = ""
    line: int = field(default=0, compare=False)

    def __str__(self) -> str:
        if self.kind == "move":
            return f"move {self.before[0]} {f'under {self.under}' if self.under else 'to the top'}"
        one, two = (", ".join(ids) for ids in (self.before, self.after))
        between = {"rename": "to", "merge": "into", "split": "into"}.get(self.kind)
        return f"{self.kind} {one} {between} {two}" if between and one != two else f"{self.kind} {one or two}"

    @property
    def ended(self) -> frozenset[str]:
        """Ids that coders do not assign any more."""
        ends = self.kind in ("rename", "merge", "split", "retire")
        return frozenset(self.before) - frozenset(self.after) if ends else frozenset()

    @property
    def begun(self) -> frozenset[str]:
        """Ids that coders may assign from then on."""
        return frozenset(self.after) if self.kind in ("add", "rename", "merge", "split") else frozenset()


def number(version: str) -> tuple[int, ...]:
    """A version as numbers, to be compared; one that is none is before all."""
    return tuple(map(int, version.split("."))) if re.fullmatch(r"\d+\.\d+\.\d+", version) else (0, 0, 0)


def read_steps(path: Path, file: CommentedMap, version: str, standing: Standing) -> tuple[Step, ...]:
    """Read ``changes:`` of a codebook file.

    Args:
        path: The file, for errors.
        file: What it says.
        version: Of the codebook.
        standing: How its codes stand.

    Raises:
        StudyError: A change has not one of the forms above, or the codes are not as it says; file and line are named.
    """
    entries = file.get("changes", ())
    if not isinstance(entries, CommentedSeq) and "changes" in file:
        raise StudyError("`changes` is to be a list", where=f"{path.name}:{line_of(file, 'changes')}")
    steps = tuple(_step(path, entry, entries.lc.item(index)[0] + 1) for index, entry in enumerate(entries))
    for before, step in zip((None, *steps), steps, strict=False):
        if number(step.version) > number(version):
            raise StudyError(
                f"a change leads to version {step.version}, and the codebook is {version}",
                where=f"{path.name}:{step.line}",
                hint="Raise `version` of the codebook, or correct that of the change.",
            )
        if before and number(step.version) < number(before.version):
            raise StudyError(
                f"a change to version {step.version} stands behind one to {before.version}",
                where=f"{path.name}:{step.line}",
                hint="Put changes in the order of their versions, the oldest first.",
            )
    for index, step in enumerate(steps):
        _check(path, step, steps[index + 1 :], standing)
    return steps


def _step(path: Path, entry: Any, line: int) -> Step:
    if not isinstance(entry, CommentedMap):
        raise StudyError("a change is a mapping with `version` and what was done", where=f"{path.name}:{line}")
    for key in entry:
        if key not in (*_KINDS, "version", "date"):
            raise unknown_key(path, entry, str(key), ("version", "date", *_KINDS))
    kinds = [key for key in _KINDS if key in entry]
    if len(kinds) != 1:
        raise StudyError(
            f"a change says one thing that was done, this one {len(kinds)}",
            where=f"{path.name}:{line}",
            hint=f"One of: {', '.join(_KINDS)}.",
        )
    version = entry.get("version")
    if not isinstance(version, str) or not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise StudyError('`version` of a change is to be a string like "1.1.0"', where=f"{path.name}:{line}")
    before, after, under = _ids(path, entry, kinds[0])
    kind = cast("Kind", kinds[0])
    return Step(version=version, kind=kind, before=before, after=after, under=under, date=_date(path, entry), line=line)


def _date(path: Path, entry: CommentedMap) -> str:
    given = entry.get("date", "")
    try:
        return date.fromisoformat(str(given)).isoformat() if given else ""
    except ValueError:
        where = f"{path.name}:{line_of(entry, 'date')}"
        raise StudyError("`date` is to be like 2026-03-01", where=where) from None


def _ids(path: Path, entry: CommentedMap, kind: str) -> tuple[tuple[str, ...], tuple[str, ...], str | None]:
    """The ids before and after a change, and the parent that it gives."""
    given, where = entry[kind], f"{path.name}:{line_of(entry, kind)}"
    if kind in _PLAIN and isinstance(given, str) and given:
        return (() if kind == "add" else (given,)), (() if kind == "retire" else (given,)), None
    form = _FORMS.get(kind)
    if form is None or not isinstance(given, CommentedMap):
        wanted = f"`{kind}: {{{form[0]}: …, {form[1]}: …}}`" if form else f"`{kind}:` and the id of a code"
        raise StudyError(f"`{kind}` has another form", where=where, hint=f"Write {wanted}.")
    for key in given:
        if key not in form:
            raise unknown_key(path, given, str(key), form)
    one, two = (_listed(kind, key, given.get(key), where) for key in form)
    if kind == "move":
        return one, one, two[0] if two else None
    return one, two, None


def _listed(kind: str, key: str, value: Any, where: str) -> tuple[str, ...]:
    if (kind, key) == ("move", "under") and value is None:
        return ()
    several = (kind, key) in _LISTS
    ids = tuple(value) if several and isinstance(value, list) else (value,)
    if not ids or not all(isinstance(each, str) and each for each in ids) or len(set(ids)) < len(ids):
        what = "a list of ids, each once" if several else "the id of a code"
        raise StudyError(f"`{key}` of `{kind}` is to be {what}", where=where)
    return ids


def _check(path: Path, step: Step, later: tuple[Step, ...], standing: Standing) -> None:
    """See that the codes are as a change says, as far as no later one changed them again."""
    where = f"{path.name}:{step.line}"
    ended = {each for other in later for each in other.ended}
    named = (*step.after, step.under) if step.under else step.after
    for each in named:
        if each not in standing.parents and each not in ended:
            hint = nearest(each, standing.parents) or "Add it, or correct the change."
            raise StudyError(f"`{step.kind}` names {each!r}, which is not in the codebook", where=where, hint=hint)
    for each in sorted(step.ended & standing.leaves):
        if not any(each in other.begun for other in later):
            raise StudyError(
                f"by `{step}` nobody assigns {each!r} any more, and the codebook still has it as an active code",
                where=where,
                hint="Give the code `status: retired` or take it out, or correct the change.",
            )
    if step.kind == "move":
        _check_move(where, step, later, standing)


def _check_move(where: str, step: Step, later: tuple[Step, ...], standing: Standing) -> None:
    code = step.after[0]
    touched = {each for other in later for each in (*other.before, *other.after)}
    if touched & {code, step.under} or code not in standing.parents:
        return
    parent = standing.parents[code]
    if parent != step.under:
        raise StudyError(
            f"by `{step}` its parent is {step.under or 'none'}, and the codebook has {parent or 'none'}",
            where=where,
            hint="Correct the code's `parent`, or the change.",
        )
