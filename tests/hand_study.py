"""A study whose crosstabs can be counted by hand, and rows with everything unimportant filled in.

::

    thread   source   year  included  codings (coder: codes)                 post
    t1       github   2023  yes       a: ERR, MAL    b: ERR                  2 posts
    t2       github   2024  yes       a: MAL         b: (none)               1 post
    t3       forum    2024  yes       a: PLACE       b: PLACE, ERR           2 posts
    t4       forum    -     yes       a: (none)                              1 post
    t5       github   2024  no        a: ERR                                 1 post
    t6       forum    2024  yes       nobody                                 none
"""

import typing
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from codebook import ledger, tables
from codebook.rows import Coding, Decision, Exclusion, Post, Quarantined, Row, Slice, Thread
from codebook.study import Study, table_name
from codebook.tables import columns

BOOK = """\
version: "1.0.0"
codes:
  - {id: USE, name: Usability, definition: Hard to use.}
  - {id: USE.err, parent: USE, name: Error handling, definition: Messages mislead.}
  - {id: USE.place, parent: USE, name: Flag placement, definition: Where does it go?}
  - {id: SEC, name: Security, definition: A risk is named.}
  - {id: SEC.mal, parent: SEC, name: Malicious code, definition: Code is feared.}
  - {id: SEC.trust, parent: SEC, name: Trust model, definition: What does it cover?}
"""

HOSTILE = "<script>alert(1)</script> | 50 % of $x_1 \\input{y} \x1b[31m"

R = typing.TypeVar("R")


def row(row_type: type[R], **values: Any) -> R:
    """A row with the given values; every other column is empty, or the plainest value of its type."""
    plain: dict[type, Any] = {str: "x", int: 0, float: 0.0, bool: False, datetime: datetime(2024, 1, 1, tzinfo=UTC)}
    filled = {
        c.name: None if c.nullable else () if c.many else c.choices[0] if c.choices else plain[c.type]
        for c in columns(typing.cast("Any", row_type))
    }
    return row_type(**filled | {"run_id": "collect-threads-1"} | values)


def thread(thread_id: str, source: str, year: int | None, **values: Any) -> Thread:
    created = datetime(year, 6, 1, tzinfo=UTC) if year else None
    url = f"https://{source}.example/{thread_id}"
    common = {"included": True, "site": source, "title": f"Title of {thread_id}", "url": url, "item": "issue"}
    return row(Thread, thread_id=thread_id, source=source, created_at=created, **common | values)


def post(thread_id: str, position: int, **values: Any) -> Post:
    role = "opening" if position == 0 else "comment"
    common = {"post_id": f"{thread_id}/{position}", "role": role, "body": f"Text {position} of {thread_id}"}
    return row(Post, thread_id=thread_id, position=position, **common | values)


def coding(thread_id: str, coder: str, code: str, **values: Any) -> Coding:
    common = {"unit_id": thread_id, "round": 1, "arm": "plain", "annotation_id": f"1/{thread_id}/{coder}"}
    common |= {"codebook_version": "1.0.0", "run_id": "coding-pull-1"}
    return row(Coding, thread_id=thread_id, coder=coder, code=code, **common | values)


def decision(thread_id: str, code: str, **values: Any) -> Decision:
    common = {"unit_id": thread_id, "by": "agreement", "codebook_version": "1.0.0", "run_id": "coding-adjudicate-1"}
    return row(Decision, thread_id=thread_id, code=code, **common | values)


THREADS = (
    thread("t1", "github", 2023, title=HOSTILE, labels=("bug", "=1+1"), state="open"),
    thread("t2", "github", 2024, title="=cmd|' /C calc'!A0", labels=("bug",), state="closed"),
    thread("t3", "forum", 2024),
    thread("t4", "forum", None),
    thread("t5", "github", 2024, included=False, url="javascript:alert(1)"),
    thread("t6", "forum", 2024),
)

POSTS = (
    post("t1", 0, body="<img src=x onerror=alert(1)>"),
    post("t1", 1),
    post("t2", 0),
    post("t3", 0),
    post("t3", 1, role="answer", accepted=True),
    post("t4", 0),
    post("t5", 0),
)

CODINGS = (
    coding("t1", "coder_a", "USE.err", quote="no message at all"),
    coding("t1", "coder_a", "SEC.mal", confidence="high"),
    coding("t1", "coder_b", "USE.err", confidence="low"),
    coding("t2", "coder_a", "SEC.mal"),
    coding("t2", "coder_b", ""),
    coding("t3", "coder_a", "USE.place"),
    coding("t3", "coder_b", "USE.place"),
    coding("t3", "coder_b", "USE.err"),
    coding("t4", "coder_a", ""),
    coding("t5", "coder_a", "USE.err"),
)

DECISIONS = (
    decision("t1", "USE.err"),
    decision("t1", "SEC.mal", by="coder_c", reason="a threat is named"),
    decision("t2", ""),
    decision("t3", "USE.place"),
)


@cache
def _file(row_type: type[Row], rows: tuple[Row, ...]) -> bytes:
    """The file of a table; it is written once, and copied into each study that has these rows."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        tables.write(path, row_type, rows)
        return path.read_bytes()


def put(run: ledger.Run, row_type: type[Row], rows: Iterable[Row]) -> None:
    """``run.write`` in a tenth of its time: what most tests begin with is the same."""
    content = _file(row_type, tuple(rows))
    path = run.study.table(table_name(row_type))
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    run.outputs[f"tables/{path.name}"] = sha256(content).hexdigest()


def write(study: Study, *, decided: bool = False) -> Study:
    """Write the tables of the module's docstring, as two commands would."""
    with ledger.run(study, "collect threads", {}) as run:
        put(run, Thread, THREADS)
        put(run, Post, POSTS)
        put(run, Exclusion, [row(Exclusion, thread_id="t5", stage="collect", reason="only in code", by="rule")])
        put(
            run,
            Slice,
            [
                row(Slice, source="github", site="github", query="trust_repo", reported=2000, got=3, state="truncated"),
                row(Slice, source="forum", site="forum", query="trust_repo", reported=3, got=3, state="complete"),
            ],
        )
    with ledger.run(study, "coding pull", {}) as run:
        put(run, Coding, CODINGS)
        put(run, Quarantined, [row(Quarantined, annotation_id="1/2/3", reason="unknown code", value='["NOPE"]')])
    if decided:
        with ledger.run(study, "coding adjudicate", {}) as run:
            put(run, Decision, DECISIONS)
    return study
