"""Files of rules: qualdev's own, and the team's of ``[scan].rules``, each once, under a name of its own.

A rule file is read as bytes here and nowhere else. Links are not followed, so that a folder of rules cannot name files
outside it, and a file or a set that is larger than anybody writes is refused as a whole.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codebook.errors import StudyError
from codebook.scanning import Scan
from scan.folder.inventory import shown

OWN = "qualdev"
"""What names of our own rule files begin with, so no folder of the team's has that name."""

LARGEST = 20_000_000
"""Bytes of one rule file."""

MOST = 20_000
"""Files of rules of one kind."""

_OWN_RULES = Path(__file__).resolve().parents[1] / "rules"


@dataclass(frozen=True, slots=True)
class RuleSource:
    """One rule file: ``path`` is ``qualdev/<file>`` or ``<folder>/<path in it>``, unique in a set."""

    path: str
    content: bytes

    @property
    def sha256(self) -> str:
        """SHA-256 of the file, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def own(self) -> bool:
        """Whether it is one of qualdev's."""
        return self.path.startswith(OWN + "/")


def rule_files(settings: Scan, study: Path, kind: str, suffixes: Sequence[str]) -> list[RuleSource]:
    """All rule files of one kind, in the order of their paths, our own first.

    Args:
        settings: ``[scan]`` of the study.
        study: The study folder, from which ``settings.rules`` are named.
        kind: The folder of our own rules, ``semgrep`` or ``yara``.
        suffixes: What names of rule files of this kind end in.

    Raises:
        StudyError: A folder or file of ``[scan].rules`` is not there, or there is more than anybody writes.
    """
    found = list(_below(_OWN_RULES / kind, OWN, suffixes)) if settings.own_rules else []
    names = {OWN}
    for named in settings.rules:
        place = study / named
        if not place.exists():
            raise StudyError(
                f"no rules at {named!r}",
                where=f"{study / 'study.toml'}, [scan].rules",
                hint="Mend or remove the entry.",
            )
        found += _below(place, _new_name(place.resolve().name, names), suffixes)
    if len(found) > MOST:
        raise StudyError(f"{len(found)} files of {kind} rules, more than {MOST}", where="[scan].rules")
    return found


def rules_hash(sources: Iterable[RuleSource], *, beside: str = "") -> str:
    """SHA-256 over the names and contents of rule files, and over what else decides what is found."""
    digest = hashlib.sha256(beside.encode())
    for source in sources:
        digest.update(f"\0{source.path}\0{source.sha256}".encode())
    return digest.hexdigest()


def _new_name(name: str, names: set[str]) -> str:
    plain = shown(name) or "rules"
    new = next(n for n in (plain, *(f"{plain}~{i}" for i in range(2, MOST))) if n not in names)
    names.add(new)
    return new


def _below(place: Path, name: str, suffixes: Sequence[str]) -> Iterator[RuleSource]:
    if place.is_file():
        if place.suffix.lower() in suffixes:
            yield RuleSource(name, _content(place))
        return
    for path in sorted(p for p in place.rglob("*") if p.suffix.lower() in suffixes and p.is_file()):
        if any(p.is_symlink() for p in (path, *path.parents) if p.is_relative_to(place) and p != place):
            continue
        yield RuleSource(f"{name}/{shown(str(path.relative_to(place)))}", _content(path))


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise StudyError(f"more than {LARGEST} bytes", where=str(path), hint="Split the rule file.")
        return path.read_bytes()
    except OSError as error:
        raise StudyError(f"the rule file cannot be read: {error.strerror}", where=str(path)) from error
