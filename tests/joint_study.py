"""A study whose joins can be followed by hand: threads about two platforms, a gate that changed once, three models.

::

    thread  about (why)                opened      codes          level of hub then   keyword
    h1      hub (site)                 2024-01-10  SEC.mal        opt-in              trust_remote_code
    h2      hub (site)                 2024-02-10  USE.err        opt-in              trust_remote_code
    h3      hub (site)                 2024-04-10  USE.err        prompt              trust_remote_code
    h4      hub (site)                 2024-05-10  USE.err, MIS   prompt              trust_remote_code
    h5      hub (site)                 2020-01-10  MIS            no gate             trust_remote_code
    p1      zoo (switch trust_repo)    2024-04-15  SEC.mal        warn                trust_repo
    p2      zoo (switch trust_repo)    -           (none)         no date             trust_repo
    n1      no platform                2024-04-20  SEC.mal        -                   none

The gate of ``hub`` (package ``client``, switch ``trust_remote_code``) is opt-in from 2023-01-01 and prompt from
2024-03-01; that of ``zoo`` (package ``zoo-client``, switch ``trust_repo``) is warn from 2022-01-01. The models:
``hub:ann/one`` with a file in which two tools find CWE-502 and one CWE-95, 2,000 lines; ``hub:bob/two``, nothing found,
its file not scanned; ``zoo:cy/three``, nothing found, scanned, 500 lines.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hand_study import coding, decision, post, row, thread

from codebook import ledger
from codebook.rows import (
    Claim,
    Content,
    Decision,
    Disagreement,
    Finding,
    InForce,
    Match,
    Model,
    ModelFile,
    Outcome,
    Post,
    Thread,
)
from codebook.rows import Coding as CodingRow
from codebook.study import Study

TOML = """
[sources.hubsite]
kind = "huggingface"
base_url = "https://hub.example"
[hubs.hub]
kind = "huggingface"
[analysis]
concern = ["SEC"]
confusion = ["MIS"]
[analysis.platforms.hub]
sites = ["hubsite"]
[[analysis.beliefs]]
code = "MIS"
belief = "Code runs only if one asks for it"
mechanism = "execution gate"
parameter = "trust_remote_code"
holds_at = ["opt-in", "block"]
"""

BOOK = """\
version: "1.0.0"
codes:
  - {id: USE, name: Usability, definition: Hard to use.}
  - {id: USE.err, parent: USE, name: Error handling, definition: Messages mislead.}
  - {id: SEC, name: Security, definition: A risk is named.}
  - {id: SEC.mal, parent: SEC, name: Malicious code, definition: Code is feared.}
  - {id: MIS, name: Misconceptions, definition: Wrongly understood.}
"""


def day(year: int, month: int, date: int) -> datetime:
    return datetime(year, month, date, tzinfo=UTC)


def opened(thread_id: str, site: str, at: datetime | None, **values: Any) -> Thread:
    common = {"native_id": f"ann/one#{thread_id}", "item": "discussion"} | values
    return replace(thread(thread_id, site, None, **common), created_at=at)


THREADS = (
    opened("h1", "hubsite", day(2024, 1, 10)),
    opened("h2", "hubsite", day(2024, 2, 10), native_id="Bob/Two#7"),
    opened("h3", "hubsite", day(2024, 4, 10), native_id="datasets/ann/one#3"),
    opened("h4", "hubsite", day(2024, 5, 10), native_id="eve/gone#1"),
    opened("h5", "hubsite", day(2020, 1, 10), native_id="eve/gone#2"),
    opened("p1", "forum", day(2024, 4, 15), native_id="11"),
    opened("p2", "forum", None, native_id="12"),
    opened("n1", "forum", day(2024, 4, 20), native_id="13"),
    opened("x1", "hubsite", day(2024, 4, 1), included=False),
)

POSTS = (
    post("h3", 0, body="I load (https://hub.example/cy/three/tree/main/model) and a pickle explodes"),
    post("n1", 0, body="Is `ann/one` safe? What of and/or, src/one?"),
    post("p1", 0, body="It may run eval( anything"),
)

MATCHES = (
    *((f"h{n}", "trust_remote_code") for n in range(1, 6)),
    ("p1", "trust_repo"),
    ("p2", "trust_repo"),
)

CODES = (
    *(("h1", "SEC.mal"), ("h2", "USE.err"), ("h3", "USE.err"), ("h4", "USE.err"), ("h4", "MIS"), ("h5", "MIS")),
    *(("p1", "SEC.mal"), ("p2", ""), ("n1", "SEC.mal"), ("x1", "SEC.mal")),
)

GATE: dict[str, Any] = {
    "platform": "hub",
    "package": "client",
    "mechanism": "execution gate",
    "surface": "load",
    "parameter": "trust_remote_code",
    "symbol": "load",
    "adjacent": True,
    "run_id": "platforms-claims-1",
}
ZOO = GATE | {"platform": "zoo", "package": "zoo-client", "parameter": "trust_repo"}

IN_FORCE = (
    row(
        InForce,
        **GATE,
        level="opt-in",
        since=day(2023, 1, 1),
        until=day(2024, 3, 1),
        first_version="1.0",
        last_version="1.9",
        claim_id="c1",
    ),
    row(
        InForce,
        **GATE,
        level="prompt",
        since=day(2024, 3, 1),
        first_version="2.0",
        last_version="2.1",
        before_version="1.9",
        claim_id="c2",
    ),
    row(InForce, **ZOO, level="warn", since=day(2022, 1, 1), first_version="1.0", last_version="1.0", claim_id="c3"),
)


def _claim(claim_id: str, platform: str, mechanism: str, level: str, **values: Any) -> Claim:
    common = {"component": "sdk", "evidence_kind": "code", "run_id": "platforms-claims-1"}
    common |= {"package": "client", "version": "1.0"}
    return row(Claim, claim_id=claim_id, platform=platform, mechanism=mechanism, level=level, **common | values)


CLAIMS = (
    _claim("c1", "hub", "execution gate", "opt-in", quote="trust_remote_code=False"),
    _claim("c2", "hub", "execution gate", "prompt", quote="trust_remote_code=None"),
    _claim("c3", "zoo", "execution gate", "warn", quote="trust_repo=None"),
    _claim("c4", "hub", "pickle scan", "documented", component="docs", evidence_kind="documentation"),
)

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def _model(platform: str, name: str) -> Model:
    owner, _, own = name.partition("/")
    values = {"model_id": f"{platform}:{name}@1", "owner": owner, "name": own, "hub": platform, "role": "listed"}
    return row(Model, platform=platform, run_id="scan-models-1", **values)


MODELS = (_model("hub", "ann/one"), _model("hub", "bob/two"), _model("zoo", "cy/three"))


def _finding(number: int, tool: str, cwe: str | None, sha256: str = A) -> Finding:
    values = {"finding_id": f"f{number}", "rule": f"R{number}", "cwe": cwe, "cwes": (cwe,) if cwe else ()}
    common = {"line": number, "severity": "high", "current": True, "run_id": "scan-code-1"}
    return row(Finding, tool=tool, sha256=sha256, **values, **common)


FINDINGS = (
    _finding(1, "bandit", "CWE-502"),
    _finding(2, "semgrep", "CWE-502"),
    _finding(3, "bandit", "CWE-95"),
    _finding(4, "yara", None, C),
)


def _files() -> dict[type, list[Any]]:
    scanned = {"tool": "bandit", "status": "scanned", "applies": True, "current": True, "run_id": "scan-code-1"}
    names = zip(MODELS, (A, B, C), strict=True)
    return {
        ModelFile: [row(ModelFile, model_id=m.model_id, path="m.py", sha256=sha, relevant=True) for m, sha in names],
        Content: [
            row(Content, sha256=A, code_lines=2000),
            row(Content, sha256=B, code_lines=100),
            row(Content, sha256=C, code_lines=500),
        ],
        Outcome: [
            row(Outcome, sha256=A, **scanned),
            row(Outcome, sha256=B, **scanned | {"status": "timed_out"}),
            row(Outcome, sha256=C, **scanned),
        ],
    }


def discussions(study: Study, *, decided: bool = True) -> Study:
    """Write the threads, their posts, keywords and codes."""
    with ledger.run(study, "collect threads", {}) as run:
        run.write(Thread, THREADS)
        run.write(Post, POSTS)
        run.write(Match, [row(Match, thread_id=t, keyword=keyword) for t, keyword in MATCHES])
    with ledger.run(study, "coding pull", {}) as run:
        quotes = {"h4": "it only runs if I say so"}
        run.write(
            CodingRow, [coding(t, "coder_a", code, quote=quotes.get(t) if code == "MIS" else None) for t, code in CODES]
        )
        if decided:
            run.write(Decision, [decision(t, code) for t, code in CODES])
    return study


def models(study: Study) -> Study:
    """Write the models, their files and what was found in them."""
    with ledger.run(study, "scan code", {}) as run:
        run.write(Model, MODELS)
        run.write(Finding, FINDINGS)
        for row_type, rows in _files().items():
            run.write(row_type, rows)
    return study


def mechanisms(study: Study) -> Study:
    """Write the claims, what was in force when, and one disagreement."""
    with ledger.run(study, "platforms claims", {}) as run:
        run.write(Claim, CLAIMS)
        run.write(InForce, IN_FORCE)
        common = {"platform": "hub", "mechanism": "execution gate", "parameter": "trust_remote_code"}
        disagreement = {"disagreement_id": "d1", "rule": "other-effect", "documented": "c4", "in_code": "c2"}
        run.write(Disagreement, [row(Disagreement, what="documented effect is opt-in", **common | disagreement)])
    return study


def whole(folder: Path) -> Study:
    """A study in a new folder with all of it."""
    folder.mkdir()
    head = '[study]\ntitle = "A test"\nkeywords = ["trust_remote_code", "trust_repo"]\n'
    (folder / "study.toml").write_text(f"{head}since = 2019-01-01\nuntil = 2026-01-01\n{TOML}", encoding="utf-8")
    (folder / "codebook.yaml").write_text(BOOK, encoding="utf-8")
    return mechanisms(models(discussions(Study.open(folder))))
