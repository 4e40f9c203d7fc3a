"""Adjudication through a real Label Studio: two coders, one who decides, and the table of decisions."""

from collections.abc import Callable
from typing import Any

import pytest
from live_studio import LiveCoder, LiveStudio, put_threads
from place_rig import part

from codebook.rows import Coding, Decision
from codebook.study import Study

pytestmark = pytest.mark.live

MakeStudy = Callable[..., Study]
Run = Callable[..., Any]
CoderOf = Callable[..., LiveCoder]

PEOPLE = '[coders]\nnames = ["coder_a", "coder_b"]\nadjudicator = "coder_c"\n'
BOOK = """\
version: "1.0.0"
codes:
  - {id: SEC, name: "Security <i>", definition: A risk is named.}
  - {id: SEC.mal, parent: SEC, name: Malicious code, definition: Harmful code is feared.}
  - {id: OTHER, name: Something else, definition: None of the others.}
"""
MAL, OTHER = ["SEC", "SEC.mal"], ["OTHER"]


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    made = make_study(PEOPLE, codebook=BOOK)
    put_threads(made, {f"t{number}": ["Words about `code`.", "An answer."] for number in range(1, 7)})
    return made


@pytest.fixture
def coding(run: Run, live: LiveStudio, study: Study) -> Callable[..., Any]:
    def command(*arguments: str) -> Any:
        ran = run("coding", *arguments, "--study", study.path, **live.env)
        assert ran.code == 0, ran.err
        return ran

    return command


def ruling(*paths: list[str], reason: str = "", unclear: bool = False) -> list[dict[str, Any]]:
    given = [part("codes", taxonomy=list(paths))] if paths else []
    given += [part("reason", text=[reason])] if reason else []
    return given + ([part("unclear", choices=["unclear"])] if unclear else [])


def decisions(study: Study) -> list[tuple[str, str, str, str | None, bool | None, bool]]:
    rows = study.read(Decision)
    return [(r.unit_id, r.code, r.by, r.reason, r.codebook_unclear, r.codings_changed) for r in rows]


def test_what_coders_disagree_on_is_decided_by_a_third_who_does_not_learn_their_names(
    study: Study, coding: Run, coder_of: CoderOf, live: LiveStudio
) -> None:
    coding("push")
    a, b = coder_of(study, "coder_a"), coder_of(study, "coder_b")
    for one in (a, b):
        one.annotate("t1", MAL)
        one.annotate("t2")
    a.annotate("t3", MAL, OTHER, memo="<img src=x onerror=alert(1)>", confidence="low")
    b.annotate("t3", MAL)
    a.annotate("t4", MAL)
    b.annotate("t4", OTHER)
    a.annotate("t5", MAL)
    coding("pull")
    codings = study.table("codings").read_bytes()
    first = coding("adjudicate")
    c = coder_of(study, "coder_c", "adjudication")
    tasks = live.export(c.project)
    config = live.ask("GET", f"/api/projects/{c.project}")["label_config"]
    c.submit("t4", ruling(MAL, reason="It is feared.", unclear=True))
    pulled = coding("pull")
    frozen = study.table("codings").read_bytes()
    a.annotate("t4", MAL, memo="changed my mind")
    a.annotate("t6", MAL)
    b.annotate("t6", OTHER)
    coding("pull")
    again = coding("adjudicate")

    assert "2 units agreed, 2 disputed, 0 coded by their only coder; 2 wait for coders" in first.err
    assert "coder_c adjudication: 2 new units, 0 there already" in first.err
    assert [task["data"]["unit_id"] for task in tasks] == ["t4", "t3"], "those that differ most come first"
    shown = tasks[1]["data"]["html"]
    assert "<td>Codes</td>" in shown
    assert "Security &lt;i&gt; / Malicious code" in shown
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown
    assert "<td>low</td>" not in shown
    assert "<p>low</p>" in shown
    assert "coder_" not in str([task["data"] for task in tasks])
    assert 'alias="SEC.mal"' in config
    assert "3 units are decided" in pulled.err
    assert frozen == codings, "decisions never change codings"
    assert "coder_c adjudication: 1 new units, 2 there already; 1 whose codings were changed since" in again.err
    assert decisions(study) == [
        ("t1", "SEC.mal", "agreement", None, None, False),
        ("t2", "", "agreement", None, None, False),
        ("t4", "SEC.mal", "coder_c", "It is feared.", True, True),
    ]
    assert [(row.coder, row.code) for row in study.read(Coding) if row.unit_id == "t4"] == [
        ("coder_a", "SEC.mal"),
        ("coder_b", "OTHER"),
    ]
    tables = {name: study.table(name).read_bytes() for name in ("codings", "decisions", "quarantine")}
    coding("pull", "--from-raw")
    assert {name: study.table(name).read_bytes() for name in tables} == tables


def test_without_adjudicator_or_codings_it_says_what_to_do(study: Study, run: Run, live: LiveStudio) -> None:
    early = run("coding", "adjudicate", "--study", study.path, **live.env)
    settings = study.path / "study.toml"
    settings.write_text(settings.read_text().replace('adjudicator = "coder_c"\n', ""))
    nobody = run("coding", "adjudicate", "--study", study.path, **live.env)

    assert (early.code, nobody.code) == (2, 2)
    assert "nobody has coded anything yet" in early.err
    assert 'Add to [coders]: adjudicator = "coder_c".' in nobody.err
