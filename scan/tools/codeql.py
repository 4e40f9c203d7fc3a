"""CodeQL, where its command-line interface is on the path: data flows through whole repositories.

A repository is laid out as copies of its Python only: no configuration, build file or model extension of it is there,
and none would be used. Python needs no build. The extractor runs Python of ours in the repository as working folder,
so that a planted ``gzip.py`` would be imported by what it asks of that Python: it is told not to ask, and to search its
own folder only. Folders that look like virtual environments are not left out.

The binary is not part of any package; where it is missing, SARIF made elsewhere can be imported (``scan import``).

Sources: https://docs.github.com/en/code-security/codeql-cli (manual and exit codes) and python/extractor/buildtools of
github/codeql, as of 2026.
"""

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from codebook.errors import Missing, StudyError
from codebook.scanning import Scan
from scan import said
from scan.sarif.coverage import coverage
from scan.sarif.document import SarifRun, opened
from scan.sarif.places import Places
from scan.sarif.results import counts, location, seen
from scan.sarif.rules import Rules
from scan.scanner import Code, Kit, Said, SeenFinding, Staged, Status, ToolFailed
from scan.tools.child import Bounds, Ended, run

SUITE = "codeql/python-queries:codeql-suites/python-security-extended.qls"
"""The queries: those of security, also the less exact ones."""

_ROOT = "source"
_NO_CODE, _TIMED_OUT = 32, 33  # exit statuses that are no break-down
_TIMES = 30  # seconds for a repository, as a multiple of those for a file
_LEAST_MEMORY = 4000  # megabytes: 2048 for its evaluator, which takes no less, and the Java around it
_RAM = 2048
_KEPT = (
    "ruleId",
    "rule",
    "level",
    "kind",
    "baselineState",
    "message",
    "locations",
    "codeFlows",
    "suppressions",
    "taxa",
)
_KEPT_OF_RULE = ("id", "shortDescription", "defaultConfiguration", "relationships", "properties")

_ENVIRONMENT = {
    "CODEQL_EXTRACTOR_PYTHON_ENABLE_SITE": "1",  # else it imports gzip with the repository as working folder
    "CODEQL_EXTRACTOR_PYTHON_DISABLE_AUTOMATIC_VENV_EXCLUDE": "1",  # a folder lib/python3/site-packages hides its own
    "CODEQL_EXTRACTOR_PYTHON_DISABLE_AUTOMATIC_PIP_BUILD_DIR_EXCLUDE": "1",  # so does build/lib
    "CODEQL_EXTRACTOR_PYTHON_DISABLE_LIBRARY_EXTRACTION": "1",
    "LGTM_PYTHON_SETUP_VERSION": "3",  # not what setup.py or .travis.yml say
    "LGTM_PYTHON_SETUP_REQUIREMENTS_FILES": "false",
    "PYTHONSAFEPATH": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class CodeQL:
    """The CodeQL command-line interface."""

    def kit(self, settings: Scan, study: Path) -> Kit:  # noqa: ARG002 - it has no rules to read from there
        """Find the binary and its version."""
        path = shutil.which("codeql")
        if path is None:
            hint = "Install the CodeQL bundle, or import SARIF that it made elsewhere: scan import --sarif FILE"
            raise Missing("codeql is not on the path, so CodeQL does not run", hint=hint)
        version = _version(path)
        return Kit(
            tool="codeql",
            tool_version=version,
            rules_hash=hashlib.sha256(f"{SUITE}\0{version}".encode()).hexdigest(),
            seconds=settings.time_limit * _TIMES,
            megabytes=max(settings.memory_limit, _LEAST_MEMORY),
            whole=True,
            settings={"path": path, "suite": SUITE},
        )

    def refuses(self, code: Code) -> str | None:
        """Only Python is looked at."""
        return None if code.suffix == ".py" else "it is no Python source, and CodeQL is asked for Python only"

    def scan(self, kit: Kit, folder: Path, staged: Sequence[Staged]) -> Iterator[Said]:
        """Make a database of a repository and put the queries to it."""
        root = folder / _ROOT
        paths = {str(each.path.relative_to(root)): each.code.sha256 for each in staged if each.code.suffix == ".py"}
        _leave_only(root, paths)
        runner = _Runner(kit, folder, root)
        made = runner.run("database", "create", *_create(root), "--", str(folder / "database"))
        if made.code == _NO_CODE:
            yield from _all(paths, "failed", "the extractor found no code to read")
            return
        if made.cause == "time":
            yield from _all(paths, "timed_out", made.reason)
            return
        _must_end_well(made, folder, (0,))
        output = folder / "results.sarif"
        asked = runner.run("database", "analyze", *_analyze(output), "--", str(folder / "database"), SUITE)
        if asked.cause == "time":
            yield from _all(paths, "timed_out", asked.reason)
            return
        _must_end_well(asked, folder, (0, _TIMED_OUT))
        late = "some queries took too long; what the others found is here" if asked.code == _TIMED_OUT else None
        yield from _read(output, root, paths, late, made.seconds + asked.seconds)

    def parse(self, finding: Mapping[str, Any]) -> SeenFinding:
        """A result of SARIF with the rule that it is of."""
        result, rule = finding.get("result"), finding.get("rule")
        name = said.text(said.member(result, "ruleId"))
        if name is None:
            raise ValueError("no result of CodeQL: it names no rule")
        described = rule if isinstance(rule, dict) else {}
        return seen("codeql", name, dict(finding["result"]), described, lambda at: said.text(said.member(at, "uri")))


def _version(path: str) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        ended = run([path, "version", "--format=json"], Path(scratch), Bounds(seconds=120, megabytes=_LEAST_MEMORY))
    try:
        told = json.loads(ended.stdout) if ended.code == 0 else None
    except (ValueError, RecursionError):
        told = None
    version = said.text(said.member(told, "version"))
    if version is None:
        hint = "Run it by hand: codeql version --format=json"
        raise Missing(f"codeql does not say its version: {ended.reason or f'it ended with {ended.code}'}", hint=hint)
    return version


def _create(root: Path) -> list[str]:
    return ["--language=python", f"--source-root={root}", "--overwrite", "--threads=1", f"--ram={_RAM}"]


def _analyze(output: Path) -> list[str]:
    return [
        "--format=sarifv2.1.0",
        f"--output={output}",
        "--no-database-extension-packs",  # those that lie in the repository
        "--no-database-threat-models",
        "--threads=1",
        f"--ram={_RAM}",
    ]


class _Runner:
    """Runs the tool with the extractor's own folder as the only one that its Python searches."""

    def __init__(self, kit: Kit, folder: Path, root: Path) -> None:
        self._path = str(kit.settings["path"])
        self._folder = folder
        self._bounds = Bounds(seconds=kit.seconds, megabytes=kit.megabytes)
        self._environment = _ENVIRONMENT
        found = self.run("resolve", "extractor", "--language=python")
        _must_end_well(found, folder, (0,))
        extractor = found.stdout.decode("utf-8", "replace").strip().splitlines()
        if not extractor or Path(extractor[-1]).is_relative_to(root):
            raise ToolFailed("CodeQL has no extractor for Python")
        self._environment = _ENVIRONMENT | {"PYTHONPATH": str(Path(extractor[-1]) / "tools")}

    def run(self, *arguments: str) -> Ended:
        """Run one command of the tool."""
        return run([self._path, *arguments], self._folder, self._bounds, self._environment)


def _leave_only(root: Path, paths: Mapping[str, str]) -> None:
    """Take away all that is no Python: what a tool could take for its settings."""
    for path in sorted(root.rglob("*")):
        if not path.is_dir() and str(path.relative_to(root)) not in paths:
            path.unlink()


def _must_end_well(ended: Ended, folder: Path, good: tuple[int, ...]) -> None:
    if ended.code in good:
        return
    lines = ended.stderr.decode("utf-8", "replace").replace(str(folder), "").strip().splitlines()
    said_so = f": {lines[-1].strip()[:300]}" if lines else ""
    raise ToolFailed((ended.reason or f"it ended with status {ended.code}") + said_so)


def _all(paths: Mapping[str, str], status: Status, reason: str) -> Iterator[Said]:
    return (Said(sha256=sha256, status=status, reason=reason) for sha256 in sorted(set(paths.values())))


def _read(output: Path, root: Path, paths: Mapping[str, str], late: str | None, seconds: float) -> Iterator[Said]:
    """What the tool says of each content; a content at several paths has what was found at any of them."""
    if not output.is_file():
        raise ToolFailed("it ended well and wrote no results")
    try:
        runs = opened(output, "results")
        answers = [_Answers(each, root, paths) for each in runs]
        found = {path: [f for each in answers for f in each.findings.get(path, ())] for path in paths}
    except StudyError as error:
        raise ToolFailed(f"its results cannot be read: {error.what}") from error
    became: dict[str, str | None] = {}
    for each in answers:
        became.update(each.became)
    for sha256 in sorted(set(paths.values())):
        mine = [path for path, content in sorted(paths.items()) if content == sha256]
        lost = [became.get(path, "CodeQL does not say that it has read it") for path in mine]
        reason = next((why for why in lost if why), None)
        status: Status = "failed" if reason else "timed_out" if late else "scanned"
        findings = tuple(_each_once([found[path] for path in mine]))
        yield Said(sha256=sha256, status=status, reason=reason or late, seconds=seconds / len(paths), findings=findings)


class _Answers:
    """One run of the tool's SARIF: findings by path, and what became of each file."""

    def __init__(self, of: SarifRun, root: Path, paths: Mapping[str, str]) -> None:
        self._places = Places(of.bases, of.artifacts, str(root), paths.keys())
        rules = Rules(of.tool)
        self.findings: dict[str, list[Mapping[str, Any]]] = {}
        listed = [each.get("location") for each in of.artifacts]
        for result in filter(counts, of.results()):
            path = self._path(said.member(location(result), "artifactLocation"))
            if path is not None:
                rule = rules.of(result)
                kept = {key: self._placed(result[key], path) for key in _KEPT if key in result}
                kept["ruleId"] = rules.identity(result, rule)
                described = {key: rule[key] for key in _KEPT_OF_RULE if key in rule}
                self.findings.setdefault(path, []).append({"result": kept, "rule": described})
        self.became = coverage(of.invocations, listed, self._path)

    def _placed(self, value: Any, own: str) -> Any:
        """A part of a result in which places in the file itself name no file: it may have another path elsewhere."""
        if isinstance(value, list):
            return [self._placed(each, own) for each in value]
        if not isinstance(value, dict):
            return value
        placed = {key: self._placed(each, own) for key, each in value.items() if key != "artifactLocation"}
        path = self._path(value["artifactLocation"]) if "artifactLocation" in value else own
        return placed if path in (None, own) else placed | {"artifactLocation": {"uri": path}}

    def _path(self, at: Any) -> str | None:
        place = self._places.of(at)
        return place.path if place.inside else None


def _each_once(copies: list[Sequence[Mapping[str, Any]]]) -> Iterator[Mapping[str, Any]]:
    """Findings of copies of one content: as many of a rule, place and message as the copy has that has most of them."""
    known = Counter[str]()
    for findings in copies:
        here = Counter[str]()
        for each in findings:
            region = said.member(location(each["result"]), "region")
            same = json.dumps([each["result"]["ruleId"], region, each["result"].get("message")], sort_keys=True)
            here[same] += 1
            if here[same] > known[same]:
                known[same] += 1
                yield each
