"""Makes every output of a package again, and says which came out otherwise."""

import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.package.made import make
from codebook import ledger, manifest
from codebook.errors import StudyError
from codebook.render import Rows
from codebook.study import Study, file_sha256

COLUMNS = ("file", "result", "what")

_DRAWS = ("qualdev", "duckdb", "matplotlib", "numpy", "scipy", "pandas")
"""What the bytes of an output may depend on."""


def again(study: Study, target: Path | None) -> Rows:
    """Make the outputs in a place that is thrown away, or in ``target``, and compare them with the manifest.

    Args:
        study: A package that was unpacked; nothing of it is changed.
        target: Where they stay, if they are wanted.

    Returns:
        One row per file that there is, or should be.

    Raises:
        StudyError: It is no package.
    """
    listed = {name: sha256 for name, sha256 in manifest.read(study.path).items() if name.startswith("out/")}
    if not (study.path / manifest.NAME).exists():
        raise StudyError(
            f"no {manifest.NAME}: this is no package",
            where=str(study.path),
            hint="Unpack one and go there; in a study, make one with: analysis package",
        )
    with TemporaryDirectory(prefix="rebuild-") as place:
        made = Path(place) / "out"
        make(study.path, made)
        rows: Rows = list(_compared(listed, made, _other_versions(study)))
        if target:
            shutil.copytree(made, target, dirs_exist_ok=True)
    return rows


def _compared(listed: dict[str, str], made: Path, versions: str) -> Iterator[dict[str, object]]:
    found = {f"out/{path.relative_to(made).as_posix()}": path for path in made.rglob("*") if path.is_file()}
    for name in sorted(listed.keys() | found.keys()):
        if name not in found:
            what = "could not be made again"
        elif name not in listed:
            what = "is not in the manifest"
        else:
            what = "" if file_sha256(found[name]) == listed[name] else f"differs from the manifest{versions}"
        yield {"file": name, "result": "differs" if what else "identical", "what": what}


def _other_versions(study: Study) -> str:
    """Which packages are of another version here than where the package was made."""
    packings = [line for line in ledger.runs(study) if line["command"] == ledger.PACKING]
    then = packings[-1].get("versions", {}) if packings else {}
    differing = [name for name in _DRAWS if name in then and then[name] != _here(name)]
    others = [f"{name} {then[name]} (here {_here(name)})" for name in differing]
    return f"; made with {', '.join(others)}" if others else ""


def _here(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
