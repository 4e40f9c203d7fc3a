"""A whole study through a real Label Studio: 660 threads screened, 600 coded by three people, 30 % by all, decided.

Every step is a command; the people's work is scripted and sent over the API under their own accounts.
"""

import json
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from live_studio import LiveCoder, LiveStudio, put_threads

from codebook.rows import Coding, Decision, Quarantined, Screened, UnitOfCoding
from codebook.study import Study
from coding.page.text import page_text

pytestmark = [pytest.mark.live, pytest.mark.timeout(1500)]

Run = Callable[..., Any]
CoderOf = Callable[..., LiveCoder]
Result = list[dict[str, Any]]
Given = dict[str, dict[str, set[str]]]
"""By unit and coder, the codes."""

NUMBERS = range(1, 661)
CODERS = ("coder_a", "coder_b", "coder_c")
SETTINGS = """\
[coders]
names = ["coder_a", "coder_b", "coder_c"]
adjudicator = "judge"
overlap = 0.3
[screening]
raters = ["coder_a", "coder_b"]
criteria = [{id = "off", kind = "exclude", text = "It is about something else."}]
"""
BOOK = """\
version: "1.0.0"
codes:
  - {id: SEC, name: Security, definition: A risk is named.}
  - {id: SEC.mal, parent: SEC, name: Malicious code, definition: Harmful code is feared.}
  - {id: USE, name: Usability, definition: Hard to use.}
  - {id: USE.err, parent: USE, name: Errors, definition: Messages mislead.}
  - {id: OTHER, name: Something else, definition: None of the others.}
"""
PATHS = {"USE.err": ["USE", "USE.err"], "OTHER": ["OTHER"]}


def thread(number: int) -> str:
    return f"t{number:03}"


def in_scope(number: int) -> bool:
    return number % 11 != 0


def verdict(rater: str, number: int) -> str:
    """What a rater says: one is unsure at times, the other wrong at times."""
    if rater == "coder_a" and number % 50 == 7:
        return "unsure"
    wrong = rater == "coder_b" and number % 40 == 9
    return "include" if in_scope(number) != wrong else "exclude"


def truth(number: int) -> set[str]:
    return {code for code, holds in (("SEC.mal", number % 2), ("USE.err", number % 3 == 0)) if holds}


def codes(coder: str, number: int) -> set[str]:
    """What a coder gives: one overlooks a code at times, another sees one too many."""
    if coder == "coder_b" and number % 7 == 0:
        return truth(number) - {"SEC.mal"}
    return truth(number) | ({"OTHER"} if coder == "coder_c" and number % 9 == 0 else set())


def filled(name: str, kind: str, values: list[Any]) -> Result:
    """One part of a page, filled in."""
    type_ = "textarea" if kind == "text" else kind
    return [{"from_name": name, "to_name": "thread", "type": type_, "value": {kind: values}}] if values else []


def screening(of: str, why: str = "") -> Result:
    criterion = filled("criterion", "choices", ["off"] if of == "exclude" else [])
    return filled("verdict", "choices", [of]) + criterion + filled("memo", "text", [why] if why else [])


def coded(given: set[str], html: str) -> Result:
    """Codes of the whole as tree, ``SEC.mal`` on the passage that names malware."""
    result = filled("codes", "taxonomy", [PATHS[code] for code in sorted(given - {"SEC.mal"})])
    if "SEC.mal" in given:
        begin = page_text(html).index("malware")
        value = {"hypertextlabels": ["SEC.mal"], "text": "malware", "start": "/x[1]", "end": "/x[1]"}
        value |= {"globalOffsets": {"start": begin, "end": begin + len("malware")}}
        about = {"from_name": "passages", "to_name": "thread", "type": "hypertextlabels", "id": "p1"}
        result.append(about | {"value": value})
    return result


@pytest.fixture
def study(make_study: Callable[..., Study]) -> Study:
    made = make_study(SETTINGS, codebook=BOOK)
    texts = {thread(n): [f"Issue {n} 🐍: is this **malware**?", "It says `Error`."] for n in NUMBERS}
    put_threads(made, texts)
    return made


def test_a_study_from_screening_to_decisions(study: Study, live: LiveStudio, coder_of: CoderOf, run: Run) -> None:
    def command(stage: str, *arguments: str) -> Any:
        ran = run(stage, *arguments, "--study", study.path, **live.env, timeout=600)
        assert ran.code == 0, ran.err
        return ran

    _screen(study, command, coder_of)
    given = _code(study, command, coder_of, live)
    before = study.table("codings").read_bytes()
    agreement = ("coding", "agreement", "--by", "code", "--by", "pair", "--resamples", "100", "--format", "json")
    measured = json.loads(command(*agreement).out)
    decided = _decide(study, command, coder_of, given)
    tabulated = command("analysis", "crosstab", "code", "source", "--format", "csv").out.splitlines()
    checked = json.loads(run("codebook", "check", "--format", "json", "--study", study.path).out)

    _agreement_is_that_of_the_codings(measured, given)
    assert json.loads(command(*agreement).out) == measured, "decisions change no agreement"
    assert study.table("codings").read_bytes() == before, "codings stay as they were before anybody decided"
    counts = Counter(code for found in decided.values() for code in found or {"none"})
    assert [line.split(",")[1] for line in tabulated[1:]] == [
        *(str(counts[code]) for code in ("SEC.mal", "USE.err", "OTHER", "none")),
        "600",
    ]
    failed = {row["where"] for row in checked if row["result"] == "failed"}
    assert failed == {"tables/posts.parquet", "tables/threads.parquet"}, "no run wrote these two; a test put them there"


def _agreement_is_that_of_the_codings(measured: list[dict[str, Any]], given: Given) -> None:
    """Percent agreement of each pair on each code, counted again."""
    shared = [sets for sets in given.values() if len(sets) == len(CODERS)]
    percents = {(row["pair"], row["code"]): row for row in measured if row["measure"] == "percent"}
    for one, other in combinations(CODERS, 2):
        for code in ("SEC.mal", "USE.err", "OTHER"):
            same = sum((code in sets[one]) == (code in sets[other]) for sets in shared)
            row = percents[f"{one} · {other}", code]
            assert (row["units"], row["estimate"]) == (180, pytest.approx(100 * same / 180))


def _screen(study: Study, command: Run, coder_of: CoderOf) -> None:
    command("coding", "screen")
    for rater in ("coder_a", "coder_b"):
        coder_of(study, rater, "screening").submit_all({thread(n): screening(verdict(rater, n)) for n in NUMBERS})
    command("coding", "pull")
    command("coding", "screen")
    judge = coder_of(study, "judge", "screening", 1, "adjudication")
    left_open = [n for n in NUMBERS if n % 50 == 7 or n % 40 == 9]
    words = {n: "include" if in_scope(n) else "exclude" for n in left_open}
    judge.submit_all({thread(n): screening(word, "read it again") for n, word in words.items()})
    command("coding", "pull")
    report = command("coding", "screen", "--report", "--format", "csv").out.splitlines()[1].split(",")

    assert {row.thread_id: row.included for row in study.read(Screened)} == {thread(n): in_scope(n) for n in NUMBERS}
    by = Counter(row.by for row in study.read(Screened))
    assert by == {"judge": len(left_open), "agreement": len(NUMBERS) - len(left_open)}
    assert report[:3] == ["coder_a", "coder_b", "660"]
    assert int(report[5]) == sum(verdict("coder_a", n) != verdict("coder_b", n) for n in NUMBERS)


def _code(study: Study, command: Run, coder_of: CoderOf, live: LiveStudio) -> Given:
    """Draw, push, code, pull; what each coder gave to each unit."""
    command("coding", "sample")
    command("coding", "push")
    given: Given = {}
    for name in CODERS:
        coder = coder_of(study, name)
        pages = {task["data"]["unit_id"]: task["data"]["html"] for task in live.export(coder.project)}
        for unit in pages:
            given.setdefault(unit, {})[name] = codes(name, int(unit[1:]))
        coder.submit_all({unit: coded(given[unit][name], page) for unit, page in pages.items()})
    command("coding", "pull")

    assert sorted(given) == [thread(n) for n in NUMBERS if in_scope(n)]
    assert Counter(map(len, given.values())) == {1: 420, 3: 180}
    assert {(r.unit_id, r.coder) for r in study.read(UnitOfCoding)} == {(u, c) for u in given for c in given[u]}
    rows = list(study.read(Coding))
    assert {(r.unit_id, r.coder, r.code) for r in rows} == {
        (unit, coder, code) for unit in given for coder, found in given[unit].items() for code in found or {""}
    }
    assert {r.quote for r in rows if r.code == "SEC.mal"} == {"malware"}
    assert list(study.read(Quarantined)) == []
    return given


def _decide(study: Study, command: Run, coder_of: CoderOf, given: Given) -> dict[str, set[str]]:
    """Adjudicate, pull; what was decided on each unit."""
    command("coding", "adjudicate")
    disputed = [unit for unit, sets in given.items() if len(set(map(frozenset, sets.values()))) > 1]
    judge = coder_of(study, "judge", "adjudication")
    paths = {unit: [*PATHS.values(), ["SEC", "SEC.mal"]] for unit in disputed}
    judge.submit_all(
        {
            unit: filled("codes", "taxonomy", [path for path in paths[unit] if path[-1] in truth(int(unit[1:]))])
            + filled("reason", "text", ["read it again"])
            for unit in disputed
        }
    )
    command("coding", "pull")
    decided: dict[str, set[str]] = {}
    by: dict[str, str] = {}
    for row in study.read(Decision):
        decided.setdefault(row.unit_id, set()).update({row.code} - {""})
        by[row.unit_id] = row.by

    for unit, sets in given.items():
        expected = "judge" if unit in disputed else "agreement" if len(sets) > 1 else next(iter(sets))
        assert by[unit] == expected
        assert decided[unit] == (truth(int(unit[1:])) if unit in disputed else next(iter(sets.values())))
    return decided
