"""An executable that keeps the contract of CodeQL's command line: arguments, exit statuses and files.

It calls ``eval(`` code injection, by way of ``b.py`` where the file says so. A file with ``BROKEN`` in it is one that
its extractor warns of, one with ``LOST`` one that it forgets. What it was asked is in ``asked.jsonl`` beside it;
``mode`` beside it makes it fail in one way.

Source: https://docs.github.com/en/code-security/codeql-cli/codeql-cli-manual
"""

import sys
from pathlib import Path

SCRIPT = r"""
import json, os, sys, time
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODE = (HERE / "mode").read_text() if (HERE / "mode").exists() else ""
ARGUMENTS = sys.argv[1:]
with (HERE / "asked.jsonl").open("a") as out:
    told = {k: v for k, v in os.environ.items() if k.startswith(("CODEQL", "LGTM", "PYTHON"))}
    out.write(json.dumps({"argv": ARGUMENTS, "env": told, "cwd": os.getcwd()}) + "\n")


def ended(status, complaint=""):
    sys.stderr.write(complaint)
    sys.exit(status)


def option(name):
    (found,) = [a.partition("=")[2] for a in ARGUMENTS if a.startswith(f"--{name}=")]
    return found


def located(path, line=1):
    at = {"uri": path, "uriBaseId": "%SRCROOT%"}
    return {"physicalLocation": {"artifactLocation": at, "region": {"startLine": line, "startColumn": 1}}}


def result(path, line, text):
    by = [located("b.py")] if "# by b.py" in text else []
    steps = [{"location": each} for each in (located(path, 1), *by, located(path, line))]
    return {
        "ruleId": "py/code-injection",
        "rule": {"id": "py/code-injection", "index": 0, "toolComponent": {"index": 0}},
        "message": {"text": "This code depends on a [value](1)."},
        "locations": [located(path, line)],
        "codeFlows": [{"threadFlows": [{"locations": steps}]}],
    }


def notice(kind, path, level, text=""):
    at = {"physicalLocation": {"artifactLocation": {"uri": path, "uriBaseId": "%SRCROOT%"}}}
    descriptor = {"id": f"py/diagnostics/{kind}"}
    return {"descriptor": descriptor, "level": level, "message": {"text": text}, "locations": [at]}


def analyzed(root):
    results, notices = [], []
    for each in sorted(Path(root).rglob("*.py")):
        path, text = each.relative_to(root).as_posix(), each.read_text(errors="replace")
        if "BROKEN" in text:
            notices.append(notice("extraction-warnings", path, "warning", "A parse error occurred"))
        elif "LOST" not in text:
            notices.append(notice("successfully-extracted-files", path, "none"))
            results += [result(path, n, text) for n, line in enumerate(text.splitlines(), 1) if "eval(" in line]
    tags = ["security", "external/cwe/cwe-094", "external/cwe/cwe-095"]
    properties = {"tags": tags, "security-severity": "9.3", "precision": "high", "problem.severity": "error"}
    extension = {"name": "codeql/python-queries", "rules": [{"id": "py/code-injection", "properties": properties}]}
    return {
        "tool": {"driver": {"name": "CodeQL", "semanticVersion": "2.25.6"}, "extensions": [extension]},
        "originalUriBaseIds": {"%SRCROOT%": {"uri": Path(root).resolve().as_uri() + "/"}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notices}],
        "results": results,
    }


if ARGUMENTS == ["version", "--format=json"]:
    if MODE == "mute":
        ended(0, "no version")
    print(json.dumps({"productName": "CodeQL", "vendor": "GitHub", "version": "2.25.6"}))
elif ARGUMENTS == ["resolve", "extractor", "--language=python"]:
    print(HERE / "python")
elif ARGUMENTS[:2] == ["database", "create"]:
    database, root = Path(ARGUMENTS[-1]), option("source-root")
    assert ARGUMENTS[-2] == "--" and option("language") == "python" and Path(root).is_dir()
    if MODE == "hangs":
        time.sleep(600)
    if MODE == "no code":
        ended(32, "CodeQL did not detect any code")
    if MODE == "crashes":
        ended(2, f"A fatal error occurred in {root}: the extractor broke")
    database.mkdir()
    (database / "root").write_text(root)
    there = sorted(str(path.relative_to(root)) for path in Path(root).rglob("*") if path.is_file())
    (HERE / "there").write_text("\n".join(there))
elif ARGUMENTS[:2] == ["database", "analyze"]:
    database, output = Path(ARGUMENTS[-2]), Path(option("output"))
    assert option("format") == "sarifv2.1.0" and ARGUMENTS[-1].endswith(".qls")
    text = json.dumps({"version": "2.1.0", "runs": [analyzed((database / "root").read_text())]})
    if MODE != "nothing":
        output.write_text("garbage" if MODE == "garbage" else text)
    ended(33 if MODE == "late" else 0)
else:
    ended(2, f"Unknown command: {ARGUMENTS}")
"""


def stand_in(folder: Path, mode: str = "") -> Path:
    """Put the executable into a folder, which is then to be on the path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "codeql"
    path.write_text(f"#!{sys.executable} -I\n{SCRIPT}", encoding="utf-8")
    path.chmod(0o755)
    if mode:
        (folder / "mode").write_text(mode, encoding="utf-8")
    return path
