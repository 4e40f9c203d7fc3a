"""One scanner on a few files, in this process: what it says of each, by the name that the file was given."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from codebook.scanning import Scan
from scan.scanner import Code, Kit, Said, Scanner, SeenFinding, Staged


@dataclass(frozen=True)
class Alone:
    """What a scanner said.

    Args:
        kit: What it ran with.
        said: Its answers by name of the file.
        refused: Why it was not asked about the others.
    """

    kit: Kit
    said: dict[str, Said]
    refused: dict[str, str]

    def findings(self, scanner: Scanner, name: str) -> list[SeenFinding]:
        """The findings in a file, parsed, by line and rule."""
        found = [scanner.parse(each) for each in self.said[name].findings]
        return sorted(found, key=lambda each: (each.line, each.rule, str(each.message)))


def code_of(name: str, content: bytes, *, parses: bool | None = None) -> Code:
    """The content as scan code would tell a scanner of it."""
    suffix = PurePosixPath(name).suffix
    python = True if suffix == ".py" and parses is None else parses
    return Code(sha256=sha256(content).hexdigest(), suffix=suffix, bytes=len(content), paths=(name,), parses=python)


def run_alone(
    scanner: Scanner,
    files: Mapping[str, bytes],
    scratch: Path,
    settings: Scan | None = None,
    *,
    kit: Kit | None = None,
    codes: Mapping[str, Code] | None = None,
) -> Alone:
    """Stage the files as the engine does, ask the scanner once about those that it does not refuse.

    Args:
        scanner: The scanner.
        files: Contents by name; names matter for ``suffix``, and as paths where ``kit.whole``.
        scratch: An empty folder, such as ``tmp_path``; also the study folder from which ``settings.rules`` are named.
        settings: ``[scan]``; the defaults if not given.
        kit: What to run with instead of ``scanner.kit(settings, scratch)``; making one may be slow.
        codes: What to say of a file instead of what its name says.
    """
    used = kit or scanner.kit(settings or Scan(), scratch)
    known = {name: (codes or {}).get(name) or code_of(name, content) for name, content in files.items()}
    refused = {name: why for name, code in known.items() if (why := scanner.refuses(code))}
    folder, at = scratch / "worker", scratch / "staged"
    (folder / "kit").mkdir(parents=True)
    for name, content in used.files.items():
        (folder / "kit" / name).write_bytes(content)
    staged = {}
    for name in files.keys() - refused.keys():
        path = at / (name if used.whole else known[name].sha256 + known[name].suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name])
        staged[known[name].sha256] = Staged(known[name], path)
    names = {known[name].sha256: name for name in files}
    order = [staged[sha] for sha in sorted(staged)]
    said = {names[each.sha256]: each for each in scanner.scan(used, folder, order)} if order else {}
    return Alone(used, said, refused)
