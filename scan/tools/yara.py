"""YARA: patterns of bytes, ours and other people's, in all contents.

Rules are compiled once, where the command runs, and go to the workers compiled. Each file of rules is compiled by
itself first, so that one that does not compile stops no other. ``include`` is refused: it would read any file of this
machine. Variables that rule sets of others expect (``filename`` and the like) are there and empty, so that what is
found depends on nothing but the content.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from codebook.errors import StudyError
from codebook.extras import require
from codebook.scanning import Scan
from codebook.weaknesses import severity
from scan.scanner import Code, Kit, RuleOfTool, RulesFile, Said, SeenFinding, Staged
from scan.tools.answering import answers
from scan.tools.rule_files import OWN, RuleSource, rule_files, rules_hash

EXTERNALS = dict.fromkeys(("filename", "filepath", "extension", "filetype", "owner", "md5", "sha256"), "")
"""Variables from outside that published rule sets expect."""

LARGEST = 200_000_000
"""Bytes of a content that is matched."""

_COMPILED = "rules.yarc"
_MATCHING = str(Path(__file__).with_name("yara_matching.py"))

_CWE_KEYS = ("cwe", "cwes", "cwe_id", "cwe_ids", "weakness")
_SEVERITY_KEYS = ("severity",)
_CATEGORY_KEYS = ("category", "categories", "malware_type", "threat_type")
_MESSAGE_KEYS = ("why", "description", "desc", "info", "message")


class Yara:
    """YARA through yara-python."""

    def kit(self, settings: Scan, study: Path) -> Kit:
        """Compile the rules; see :class:`scan.scanner.Scanner`."""
        yara = require("yara", "scan")
        sources = rule_files(settings, study, "yara", (".yar", ".yara"))
        checked = [(source, *_checked(source)) for source in sources]
        usable = {source.path: source.content.decode() for source, file, _ in checked if file.problem is None}
        saved = io.BytesIO()
        try:
            yara.compile(sources=usable, externals=EXTERNALS, includes=False).save(file=saved)
        except yara.Error as error:
            raise StudyError(
                f"the YARA rules compile one by one but not together: {error}",
                where=f"{study / 'study.toml'}, [scan].rules",
                hint="Take fewer folders of rules at once.",
            ) from error
        return Kit(
            tool="yara",
            tool_version=str(yara.__version__),
            rules_hash=rules_hash(sources, beside=",".join(EXTERNALS)),
            seconds=settings.time_limit,
            megabytes=settings.memory_limit,
            batch=(1000, 50_000_000),
            files={_COMPILED: saved.getvalue()},
            rule_files=tuple(file for _, file, _ in checked),
            rules=tuple(rule for _, _, rules in checked for rule in rules),
        )

    def refuses(self, code: Code) -> str | None:
        """Only what is too large."""
        return f"{code.bytes} bytes, more than the {LARGEST} that are matched" if code.bytes > LARGEST else None

    def scan(self, kit: Kit, folder: Path, staged: Sequence[Staged]) -> Iterator[Said]:
        """Match the compiled rules in a process of its own."""
        rules = str(folder / "kit" / _COMPILED)
        return answers(kit, folder, staged, _MATCHING, rules=rules, seconds=kit.seconds)

    def parse(self, finding: Mapping[str, Any]) -> SeenFinding:
        """One matching rule: a finding at the first place of its strings, line 1 if none of them is shown."""
        try:
            first = finding["places"][0] if finding["places"] else {"line": 1, "end_line": 1}
            about = _about(finding["file"], finding["rule"], finding["tags"], finding["meta"])
            return SeenFinding(
                rule=about.rule,
                line=int(first["line"]),
                end_line=int(first["end_line"]),
                cwe_raw=about.cwe_raw,
                severity=about.severity,
                severity_raw=_meta(finding["meta"], _SEVERITY_KEYS),
                confidence=_meta(finding["meta"], ("confidence",)),
                category=about.category,
                message=about.message,
            )
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise ValueError(f"not a match of YARA's: {error!r}") from error


def _checked(source: RuleSource) -> tuple[RulesFile, tuple[RuleOfTool, ...]]:
    """One file of rules by itself: the rules of it that are in use, or why there are none."""
    yara = require("yara", "scan")
    try:
        compiled = yara.compile(source=source.content.decode(), externals=EXTERNALS, includes=False)
    except (yara.Error, UnicodeDecodeError, ValueError) as error:
        problem = "".join((*_missing_modules(source, yara.modules), str(error)))[:500]
        return RulesFile(path=source.path, sha256=source.sha256, rules=0, problem=problem), ()
    seen = tuple(_about(source.path, rule.identifier, rule.tags, rule.meta) for rule in compiled if not rule.is_private)
    return RulesFile(path=source.path, sha256=source.sha256, rules=len(seen)), seen


def _missing_modules(source: RuleSource, there: Sequence[str]) -> Iterator[str]:
    """What YARA does not say: of several errors it tells the last one only."""
    for module in re.findall(rb'^\s*import\s+"(\w+)"', source.content, re.MULTILINE):
        if module.decode() not in there:
            yield f"no module {module.decode()!r} in this YARA; "


def _about(path: str, rule: str, tags: Sequence[str], meta: Mapping[str, Any]) -> RuleOfTool:
    """A rule from what it says of itself, in the usual spellings of rule authors."""
    return RuleOfTool(
        rule=rule if path.startswith(f"{OWN}/") else f"{path}:{rule}",
        cwe_raw=_weaknesses(_meta(meta, _CWE_KEYS), tags),
        severity=severity("yara", _meta(meta, _SEVERITY_KEYS)),
        category=_meta(meta, _CATEGORY_KEYS) or (tags[0] if tags else None),
        message=_meta(meta, _MESSAGE_KEYS),
    )


def _meta(meta: Mapping[str, Any], keys: Iterable[str]) -> str | None:
    said = {key.lower(): str(value) for key, value in meta.items() if str(value).strip()}
    return next((said[key] for key in keys if key in said), None)


def _weaknesses(said: str | None, tags: Sequence[str]) -> tuple[str, ...]:
    """Weaknesses in the rule's words: those of its meta, else those among its tags."""
    if said is not None:
        return tuple(part.strip() for part in re.split(r"[,;|]", said) if part.strip())
    return tuple(tag for tag in tags if re.fullmatch(r"(?i)cwe[-_]?\d+", tag))
