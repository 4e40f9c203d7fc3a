"""A large study for crosstabs, written by DuckDB: discussions with their codings, models with files and findings.

Everything follows from row numbers by hashing, so that the same size gives the same study. Tables are laid out as
:func:`codebook.tables.write` does it: sorted, with its row groups, zstd.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

from codebook.row_groups import row_group
from codebook.rows import TABLES
from codebook.tables import columns, literal

PLATFORMS = ("huggingface", "modelscope", "opencsg", "openmmlab", "pytorch_hub")
SOURCES = ("github", "huggingface", "stackoverflow", "pytorch_forum", "openmmlab_forum", "reddit")
TOOLS = ("bandit", "semgrep", "codeql", "yara")
THEMES, BELOW = 6, 4
WEAKNESSES = ("502", "95", "78", "22", "20", "798", "327", "295", "377", "400", "703", "89", "79", "676", "94", "732")

_VERSION = "7"
"""Of what is written; another one is written anew."""

_SETTINGS = """\
[study]
title = "scale"
keywords = ["trust_remote_code", "trust_repo"]
seed = 20260120
[coders]
names = ["coder_a", "coder_b"]
[analysis]
concern = ["T0", "T1"]
[analysis.platforms.huggingface]
sites = ["huggingface"]
keywords = ["trust_remote_code"]
[analysis.platforms.pytorch_hub]
sites = ["pytorch_forum"]
keywords = ["trust_repo"]
[analysis.platforms.openmmlab]
sites = ["openmmlab_forum"]
"""


@dataclass(frozen=True)
class Size:
    """How many rows there are; the rest of the study follows from it."""

    threads: int = 100_000
    codings: int = 1_000_000
    findings: int = 10_000_000

    def smaller(self, share: float) -> "Size":
        """The same study with this share of the rows."""
        return Size(*(max(100, round(share * n)) for n in (self.threads, self.codings, self.findings)))

    @property
    def contents(self) -> int:
        """Distinct contents of files: a hundred findings each, on average."""
        return max(10, self.findings // 100)

    @property
    def weak(self) -> int:
        """The first so many contents have findings, the others have none."""
        return max(5, self.contents * 2 // 5)


def study_of(size: Size) -> Path:
    """The folder of a study of this size; written on first use and kept for the next run."""
    name = f"qualdev-crosstab-{_VERSION}-{size.threads}-{size.codings}-{size.findings}"
    folder = Path(tempfile.gettempdir()) / name
    if (folder / "runs.jsonl").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tables").mkdir(parents=True)
    (folder / "study.toml").write_text(_SETTINGS, encoding="utf-8")
    (folder / "codebook.yaml").write_text(_book(), encoding="utf-8")
    with duckdb.connect(config={"memory_limit": "4GB", "temp_directory": str(folder / ".spill")}) as con:
        _define(con)
        for table, source, given in _tables(size):
            _write(con, folder, table, source, given)
    (folder / "runs.jsonl").write_text("", encoding="utf-8")
    return folder


def _book() -> str:
    themes = [f"  - {{id: T{t}, name: Theme {t}, definition: d}}" for t in range(THEMES)]
    codes = [
        f"  - {{id: T{t}.c{c}, parent: T{t}, name: Code {t}.{c}, definition: d}}"
        for t in range(THEMES)
        for c in range(BELOW)
    ]
    return "\n".join(['version: "1.0.0"', "codes:", *themes, *codes, ""])


def _define(con: duckdb.DuckDBPyConnection) -> None:
    """Draws that follow from a number and the name of what is drawn."""
    con.execute("CREATE MACRO drawn(i, what, n) AS (hash(i, what) % n)::BIGINT")
    con.execute("CREATE MACRO skewed(i, what, n) AS floor(n * power(drawn(i, what, 1000003) / 1000003.0, 2.5))::BIGINT")
    con.execute("CREATE MACRO one_of(i, what, words) AS words[1 + skewed(i, what, len(words))]")


def _tables(size: Size) -> list[tuple[str, str, dict[str, str]]]:
    """Table, relation with one row ``i`` (and ``j``) per row of it, and its columns that matter."""
    contents, models = size.contents, size.contents
    thread = "'github:owner/repository#' || lpad(i::VARCHAR, 7, '0')"
    model = "'hub:owner/model-' || lpad(i::VARCHAR, 7, '0')"
    each, platform = size.codings // size.threads, f"one_of(i, 'platform', {list(PLATFORMS)})"
    sha = f"sha256('content ' || drawn(i * 4 + j, 'sha', {contents}))"
    code = f"drawn(i * 2 + j // {(each + 1) // 2}, 'code', 24) + j % {(each + 1) // 2} * 5"
    return [
        (
            "threads",
            f"range({size.threads}) t(i)",
            {
                "thread_id": thread,
                "source": f"one_of(i, 'source', {list(SOURCES)})",
                "site": f"one_of(i, 'source', {list(SOURCES)})",
                "title": "'How do I set the flag of thread ' || i",
                "created_at": "TIMESTAMP '2019-01-01' + to_hours(drawn(i, 'created', 61000))",
                "included": "drawn(i, 'included', 100) < 95",
                "item": "one_of(i, 'item', ['issue', 'pull_request', 'discussion', 'question'])",
            },
        ),
        (
            "matches",
            f"range({size.threads}) t(i)",
            {
                "thread_id": thread,
                "keyword": "one_of(i, 'word', ['trust_remote_code', 'trust_repo'])",
                "place": "'prose'",
            },
        ),
        (
            "codings",
            f"range({size.threads}) t(i), range({each}) c(j)",
            {
                "unit_id": thread,
                "thread_id": thread,
                "coder": f"CASE WHEN j < {(each + 1) // 2} THEN 'coder_a' ELSE 'coder_b' END",
                "code": f"CASE WHEN drawn(i * 2 + j // {(each + 1) // 2}, 'none', 20) = 0 THEN '' ELSE "
                f"'T' || (({code}) % 6) || '.c' || (({code}) // 6 % 4) END",
                "round": "1",
                "arm": "'plain'",
                "codebook_version": "'1.0.0'",
                "annotation_id": "i || '/' || j",
            },
        ),
        (
            "models",
            f"range({models}) t(i)",
            {
                "model_id": model,
                "owner": "'owner-' || i // 10",
                "name": "'model-' || i",
                "revision": "'main'",
                "platform": platform,
                "needs_custom_code": "drawn(i, 'custom', 3) > 0",
                "role": "'listed'",
            },
        ),
        (
            "model_files",
            f"range({models}) t(i), range(3) f(j)",
            {
                "model_id": model,
                "path": "'modeling_' || j || '.py'",
                "sha256": sha,
                "bytes": "1000",
                "relevant": "drawn(i * 4 + j, 'relevant', 10) > 0",
            },
        ),
        (
            "contents",
            f"range({contents}) t(i)",
            {"sha256": "sha256('content ' || i)", "suffix": "'.py'", "parses": "true"}
            | {"code_lines": "50 + drawn(i, 'lines', 900)", "lines": "60 + drawn(i, 'lines', 900)", "bytes": "1000"},
        ),
        (
            "outcomes",
            f"(SELECT i, unnest({list(TOOLS)}) AS tool FROM range({contents}) t(i))",
            {
                "tool": "tool",
                "sha256": "sha256('content ' || i)",
                "status": "CASE WHEN drawn(i, tool, 50) = 0 THEN 'failed' ELSE 'scanned' END",
                "applies": "true",
                "current": "true",
            },
        ),
        (
            "findings",
            f"range({size.findings}) t(i)",
            {
                "finding_id": "printf('%08x', i) || substr(sha256(i::VARCHAR), 9)",
                "tool": f"one_of(i, 'tool', {list(TOOLS)})",
                "rule": "'rule-' || skewed(i, 'rule', 300)",
                "cwe": f"CASE WHEN drawn(i, 'known', 20) > 0 THEN 'CWE-' || one_of(i, 'cwe', {list(WEAKNESSES)}) END",
                "severity": "one_of(i, 'severity', ['low', 'medium', 'high'])",
                "sha256": f"sha256('content ' || drawn(i, 'in', {size.weak}))",
                "line": "drawn(i, 'line', 900)",
                "message": "'what rule-' || skewed(i, 'rule', 300) || ' says'",
                "suppressed_by_author": "drawn(i, 'suppressed', 40) = 0",
                "current": "drawn(i, 'current', 20) > 0",
            },
        ),
    ]


def _write(con: duckdb.DuckDBPyConnection, folder: Path, table: str, source: str, given: dict[str, str]) -> None:
    """Write one table; what is not given is empty, or the plainest value of its type."""
    plain = {str: "'x'", int: "0", float: "0.0", bool: "false"}
    chosen = []
    for column in columns(TABLES[table]):
        empty = "[]" if column.many else plain.get(column.type, "TIMESTAMP '2024-01-01'")
        value = given.get(column.name, "NULL" if column.nullable else empty)
        chosen.append(f'({value})::{column.sql_type} AS "{column.name}"')
    key = "i, j" if " j" in source or "(j)" in source else "i"
    order = ", ".join(TABLES[table].order()) if table in ("contents", "outcomes", "findings") else key
    rows = f"SELECT {', '.join(chosen)} FROM {source}"
    (long,) = con.execute(f"SELECT avg(strlen(to_json(row))) FROM (FROM ({rows}) LIMIT 1000) AS row").fetchall()[0]
    (many,) = con.execute(f"SELECT count(*) FROM {source}").fetchall()[0]
    con.execute(
        f"COPY ({rows} ORDER BY {order}) TO {literal(folder / 'tables' / f'{table}.parquet')} "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {row_group(many, round(many * long))})"
    )
