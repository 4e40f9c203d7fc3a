"""Semgrep's engine, started as Semgrep's own command starts it, but on files that we name.

``semgrep scan`` is a program of Python around ``semgrep-core``. It takes 4 seconds to start, asks git which files there
are (and git runs what a planted configuration names), and leaves out what ignore lists of its own and of the scanned
code say. The engine does none of that: it looks at a list of files with rules from a file, starts in 0.3 seconds, and
says of each finding whether a comment asks for silence. Both come in one package, whose version is pinned.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata, util
from pathlib import Path
from typing import Any

from codebook.errors import Missing
from scan.scanner import ToolFailed
from scan.tools.child import Bounds, Ended, last_line, run

OPTIONS = ("-json_nodots", "-fast", "-disable_rule_paths", "-j", "1", "-timeout_threshold", "3")
"""As ``semgrep scan`` has them, but for the rules' ``paths``, and one thread: several of them are run instead."""

LONGEST = 4000
"""Characters of a message that are kept: it quotes what was matched, whatever its length."""

_STEPS = 100  # of one data flow


def version() -> str:
    """The version that is installed.

    Raises:
        Missing: None is.
    """
    try:
        return metadata.version("semgrep")
    except metadata.PackageNotFoundError:
        raise Missing(
            "this needs the package 'semgrep', which comes with an extra: pip install 'qualdev[scan]'"
        ) from None


def program() -> str:
    """Where the engine is.

    Raises:
        Missing: It is not there.
    """
    found = util.find_spec("semgrep")
    for place in (found.submodule_search_locations or ()) if found else ():
        path = Path(place) / "bin" / "semgrep-core"
        if path.is_file():
            return str(path)
    raise Missing("the package 'semgrep' is not installed with its engine", hint="pip install 'qualdev[scan]'")


def answer(
    rules: Path, targets: Sequence[Path], analyzers: Sequence[str], folder: Path, bounds: Bounds, per_rule: float
) -> tuple[Mapping[str, Any], Ended]:
    """What the engine says about files: ``results``, ``errors``, ``paths``.

    Args:
        rules: The file of rules.
        targets: The files.
        analyzers: What looks at each of them.
        folder: Scratch.
        bounds: On the whole run.
        per_rule: Seconds of one rule on one file, after which it goes on with the next.

    Returns:
        Its answer and how it ended; the answer is empty if it passed a bound.

    Raises:
        ToolFailed: It broke down, or said what nobody can read.
    """
    listed = folder / "targets.json"
    listed.write_text(json.dumps(["Targets", [_target(path, each) for path in targets for each in analyzers]]))
    memory = str(int(bounds.megabytes * 0.85))  # it notices late
    argv = [program(), *OPTIONS, "-timeout", f"{per_rule:g}", "-max_memory", memory]
    ended = run([*argv, "-rules", str(rules), "-targets", str(listed)], folder, bounds)
    if ended.cause in ("time", "memory", "output", "disk", "signal"):
        return {}, ended
    try:
        said = json.loads(ended.stdout.decode("utf-8", "replace"))
        if isinstance(said["results"], list) and isinstance(said["errors"], list) and isinstance(said["paths"], dict):
            return said, ended
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    why = ended.reason or f"exit status {ended.code}, {last_line(ended.stderr) or 'without a word'}"
    raise ToolFailed(f"Semgrep said what nobody can read: {why}")


def _target(path: Path, analyzer: str) -> Any:
    where = {"fpath": str(path), "ppath": f"/{path.name}"}
    return ["CodeTarget", {"path": where, "analyzer": analyzer, "products": ["sast"]}]


def steps(trace: Any) -> list[dict[str, Any]]:
    """The steps of a data flow, from its source to its sink, without the path, which is the same for all."""
    if not isinstance(trace, Mapping):
        return []
    between = [[each.get("location"), each.get("content")] for each in trace.get("intermediate_vars") or ()]
    ends = [_end_of(trace.get("taint_source")), _end_of(trace.get("taint_sink"))]
    return list(_steps([*ends[:1], *between[: _STEPS - 2], *ends[1:]]))


def _end_of(said: Any) -> Any:
    """A place and what stands there; for what happens in a called function, the call."""
    if isinstance(said, list) and len(said) == 2:  # noqa: PLR2004 - a name and a value
        kind, value = said
        return value if kind == "CliLoc" else value[0] if isinstance(value, list) and value else None
    return None


def _steps(places: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for place in places:
        if isinstance(place, list | tuple) and place and isinstance(place[0], Mapping):
            start, end = place[0]["start"], place[0]["end"]
            yield {
                "line": start["line"],
                "end_line": end["line"],
                "column": start["col"],
                "message": str(place[1])[:200],
            }
