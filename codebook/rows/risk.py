"""What is there: models, their files, what each scanner did with each file, and what it found."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from codebook.rows.column import Row, RunId, Time, Unit

Sha256 = Annotated[str, "SHA-256 of the file's bytes, hexadecimal"]


Severity = Literal["low", "medium", "high", "critical"]

Formats = Literal["safetensors", "pickle", "both", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard(Row):
    """One part of a hub that was asked for by itself, and whether all of it came."""

    KEY: ClassVar[tuple[str, ...]] = ("hub", "query")

    hub: Annotated[str, "Name of the `[hubs.NAME]`"]
    query: Annotated[str, "What was asked: the owner, task or card that the shard holds"]
    reported: Annotated[int | None, "Models that the hub says there are; null if it does not say"]
    got: Annotated[int, "Models that came"]
    state: Annotated[Literal["complete", "partial", "not_asked"], "Whether all of it came"]
    reason: Annotated[str | None, "Why not"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Model(Row):
    """A repository on a platform at a pinned revision."""

    KEY: ClassVar[tuple[str, ...]] = ("model_id",)

    model_id: Annotated[str, "`<hub>:<owner>/<name>@<revision>`"]
    platform: Annotated[str, "The platform it is on"]
    hub: Annotated[str | None, "Name of the `[hubs.NAME]` that it was found through"] = None
    owner: Annotated[str, "User or organisation"]
    name: Annotated[str, "Name under the owner"]
    revision: Annotated[str | None, "Commit that was looked at"]
    role: Annotated[
        Literal["listed", "followed"], "`followed`: only there because another model's loader takes code from it"
    ] = "listed"
    named_by: Annotated[
        tuple[str, ...], "For `followed`: up to 20 models that name it, each with the place; sorted"
    ] = ()
    tags: Annotated[tuple[str, ...], "The platform's tags, sorted"]
    task: Annotated[str | None, "What the platform says it is for"] = None
    library: Annotated[str | None, "The library that loads it, as the platform says"] = None
    downloads: Annotated[int | None, "Downloads that the platform counts", Unit("downloads")] = None
    modified_at: Annotated[Time | None, "Last change, as the platform says"] = None
    licence: Annotated[str | None, "Licence, as the platform says"] = None
    criteria: Annotated[
        tuple[str, ...], "Published criteria for custom code that it meets: `tag`, `file_name`, `openmmlab`, sorted"
    ]
    loads_by: Annotated[
        tuple[str, ...],
        "What its own loader would execute code of it through: `auto_map`, `custom_pipelines`, `custom_generate`, "
        "`modules.json`, `model_index.json`, `configuration.json`, `ms_wrapper`, `hubconf`, `python_config`, sorted",
    ] = ()
    needs_custom_code: Annotated[bool | None, "Whether its own loader would execute code from it; null if unknown"]
    mirror_of: Annotated[str | None, "`<platform>:<owner>/<name>` of the original, where the platform says so"]
    formats: Annotated[Formats | None, "Formats of its weights; null if unknown"]
    problem: Annotated[str | None, "Why something about it could not be had"] = None
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile(Row):
    """One file of a model."""

    KEY: ClassVar[tuple[str, ...]] = ("model_id", "path")

    model_id: Annotated[str, "The model"]
    path: Annotated[str, "Path in the repository; bytes that are not UTF-8 stand as `\\xNN`"]
    sha256: Sha256 | None
    bytes: Annotated[int | None, "Size; null if the platform does not tell", Unit("bytes")]
    relevant: Annotated[bool | None, "Loading the model executes it; null if that is not known"]
    reason: Annotated[
        str | None,
        "Why it is relevant: what names it (an entry point as in `loads_by`, `relative import`, `import`, "
        "`package __init__`, `_base_`, `custom_imports`), a colon, and where; or `not executed`, if only code that "
        "does not run on import names it",
    ]
    distance: Annotated[int | None, "Imports between the nearest entry point and it", Unit("steps")]
    unresolved: Annotated[tuple[str, ...], "Imports in it that could not be followed, each with its line"] = ()
    problem: Annotated[str | None, "Why it could not be had or read"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Content(Row):
    """One distinct content among the models' files, as it was when tools were to look at it."""

    KEY: ClassVar[tuple[str, ...]] = ("sha256",)

    sha256: Sha256
    bytes: Annotated[int, "Size", Unit("bytes")]
    suffix: Annotated[str, "What names of it end in, for example `.py`; where they differ, that of most files"]
    lines: Annotated[int | None, "Lines; null if it is no text", Unit("lines")]
    code_lines: Annotated[int | None, "Lines with code on them, of Python that parses; else null", Unit("lines")]
    parses: Annotated[bool | None, "Whether this Python parses it; null if it is not Python"]
    problem: Annotated[str | None, "Why it does not"] = None
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile(Row):
    """One file of rules that a tool was given, and whether it could be used."""

    KEY: ClassVar[tuple[str, ...]] = ("tool", "rules_hash", "path")

    tool: Annotated[str, "The scanner"]
    rules_hash: Annotated[str, "SHA-256 of its rule set"]
    path: Annotated[str, "The file, in its folder of rules"]
    sha256: Sha256
    rules: Annotated[int, "Rules of it that are in use", Unit("rules")]
    problem: Annotated[str | None, "Why it, or some rule of it, is not"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Row):
    """One rule of one tool, as the tool describes it."""

    KEY: ClassVar[tuple[str, ...]] = ("tool", "tool_version", "rules_hash", "rule")

    tool: Annotated[str, "The scanner"]
    tool_version: Annotated[str, "Its version"]
    rules_hash: Annotated[str, "SHA-256 of its rule set"]
    rule: Annotated[str, "The rule, as findings name it"]
    cwe: Annotated[str | None, "Normalised weakness, for example `CWE-502`"]
    cwe_raw: Annotated[str | None, "The weaknesses as the tool gives them, joined by `, `"]
    severity: Annotated[Severity | None, "Severity on one scale"]
    category: Annotated[str | None, "The kind of behaviour that it looks for, where the rule says so"] = None
    message: Annotated[str | None, "What the rule says"] = None
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Row):
    """What one tool did with one file: not scanned is not clean."""

    KEY: ClassVar[tuple[str, ...]] = ("tool", "tool_version", "rules_hash", "sha256")
    # by content, as findings: outcomes of one content are counted together, and the file is a quarter as large
    SORTED: ClassVar[tuple[str, ...]] = ("sha256", "tool", "tool_version", "rules_hash")

    tool: Annotated[str, "The scanner"]
    tool_version: Annotated[str, "Its version"]
    rules_hash: Annotated[str, "SHA-256 of its rule set"]
    sha256: Sha256
    status: Annotated[Literal["scanned", "failed", "timed_out", "skipped"], "What happened"]
    reason: Annotated[str | None, "Message or cause where it was not scanned"]
    applies: Annotated[bool, "The tool looks at contents of this kind: skipped for its kind is not unscanned"] = True
    seconds: Annotated[float | None, "Time spent", Unit("seconds")]
    current: Annotated[bool, "Made by the version and the rules of the tool that were run last"] = True
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Row):
    """One thing a tool reports in one file; joined to models through `model_files`."""

    KEY: ClassVar[tuple[str, ...]] = ("finding_id",)
    SORTED: ClassVar[tuple[str, ...]] = ("sha256", "finding_id")  # counted by content; half the size, too

    finding_id: Annotated[str, "Hash of tool, version, rules, rule, file and place"]
    tool: Annotated[str, "The scanner"]
    tool_version: Annotated[str, "Its version"] = ""
    rules_hash: Annotated[str, "SHA-256 of its rule set"] = ""
    rule: Annotated[str, "Its rule"]
    cwe: Annotated[str | None, "Normalised weakness, for example `CWE-502`; the first, where there are several"]
    cwe_raw: Annotated[str | None, "The weaknesses as the tool gave them, joined by `, `"]
    cwes: Annotated[tuple[str, ...], "All normalised weaknesses, in the tool's order"] = ()
    top25: Annotated[bool | None, "One of them is in the CWE Top 25; null if there is none"] = None
    owasp: Annotated[str | None, "Category of the OWASP Top 10 of the first that has one"] = None
    severity: Annotated[Severity | None, "Severity on one scale"]
    severity_raw: Annotated[str | None, "Severity as the tool gave it"] = None
    confidence: Annotated[str | None, "Confidence as the tool gave it"] = None
    category: Annotated[str | None, "The kind of behaviour, where the rule says so"] = None
    sha256: Annotated[str | None, "SHA-256 of the file's bytes; null if an imported result names a file nobody has"]
    model_id: Annotated[str | None, "The model, where the result is about a repository and not a content"] = None
    path: Annotated[str | None, "Path in that repository"] = None
    line: Annotated[int, "First line", Unit("lines from 1")]
    end_line: Annotated[int | None, "Last line", Unit("lines from 1")]
    message: Annotated[str | None, "What the tool says"] = None
    flows: Annotated[str | None, "Data flows that the tool gives: JSON, a list of lists of steps"] = None
    weakness_id: Annotated[
        str | None, "Same for findings in one file whose lines overlap and whose weaknesses are equivalent"
    ] = None
    suppressed_by_author: Annotated[bool, "The scanned code asks tools to ignore it"]
    current: Annotated[bool, "Made by the version and the rules of the tool that were run last"] = True
    run_id: RunId
