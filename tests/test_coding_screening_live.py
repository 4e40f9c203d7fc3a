"""A screening through a real Label Studio: two raters, an adjudicator, and what comes of it."""

from collections.abc import Callable
from typing import Any

import pytest
from hand_study import row
from live_studio import LiveCoder, LiveStudio, put_threads
from place_rig import part

from codebook.rows import Match, Screened, Screening
from codebook.study import Study

pytestmark = pytest.mark.live

MakeStudy = Callable[..., Study]
Run = Callable[..., Any]
CoderOf = Callable[..., LiveCoder]

SETTINGS = """\
[coders]
names = ["coder_a", "coder_b"]
adjudicator = "coder_c"
[screening]
criteria = [
    {id = "off", kind = "exclude", text = "It only names the flag."},
    {id = "usage", kind = "include", text = "<script>alert(1)</script> Somebody uses it."},
]
"""


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    made = make_study(SETTINGS)
    put_threads(made, {f"t{number}": ["Words about `code`.", "An answer."] for number in range(1, 7)})
    found = {"keyword": "trust_remote_code", "post_id": "t2/0", "opening": True}
    made.write(Match, [row(Match, thread_id="t2", place="code", **found), row(Match, thread_id="t1", place="prose")])
    return made


def verdict(of: str, criterion: str = "", memo: str = "") -> list[dict[str, Any]]:
    given = [part("verdict", choices=[of])]
    given += [part("criterion", choices=[criterion])] if criterion else []
    return given + ([part("memo", text=[memo])] if memo else [])


def screened(study: Study) -> list[tuple[str, bool, str | None, str, str | None]]:
    return [(r.thread_id, r.included, r.criterion, r.by, r.reason) for r in study.read(Screened)]


def test_two_raters_and_an_adjudicator_decide_what_is_coded(
    study: Study, live: LiveStudio, coder_of: CoderOf, run: Run
) -> None:
    def coding(*arguments: str) -> Any:
        ran = run("coding", *arguments, "--study", study.path, **live.env)
        assert ran.code == 0, ran.err
        return ran

    first = coding("screen")
    a, b = coder_of(study, "coder_a", "screening"), coder_of(study, "coder_b", "screening")
    html = {task["data"]["unit_id"]: task["data"]["html"] for task in live.export(a.project)}
    for one in (a, b):
        one.submit("t1", verdict("include"))
        one.submit("t2", verdict("exclude", "off"))
        one.submit("t3", verdict("unsure", memo="<img src=x onerror=alert(1)> not sure"))
    a.submit("t4", verdict("include", memo="says so in #2"))
    b.submit("t4", verdict("exclude", "usage"))
    b.submit("t5", verdict("exclude", "off"))
    pulled = coding("pull")
    second = coding("screen")
    judge = coder_of(study, "coder_c", "screening", 1, "adjudication")
    before = live.export(judge.project)
    judge.submit("t4", verdict("exclude", "usage", memo="It is quoted."))
    coding("pull")
    third = coding("screen")

    assert "coder_b screening: 6 new units, 0 there already" in first.err
    assert "only in a code snippet" in html["t2"]
    assert all("Hint" not in page for thread, page in html.items() if thread != "t2")
    assert "screening: 9 verdicts, 2 threads decided, 1 of them in" in pulled.err
    assert "coder_c screening adjudication: 2 new units, 0 there already" in second.err
    assert [task["data"]["unit_id"] for task in before] == ["t3", "t4"]
    shown = "".join(task["data"]["html"] for task in before)
    assert "Rater 1" in shown
    assert "coder_" not in shown
    assert "&lt;img src=x onerror=alert(1)&gt; not sure" in shown
    assert "&lt;script&gt;" in shown
    assert "coder_c screening adjudication: 0 new units, 2 there already" in third.err
    assert screened(study) == [
        ("t1", True, None, "agreement", None),
        ("t2", False, "off", "agreement", None),
        ("t4", False, "usage", "coder_c", "It is quoted."),
    ]
    assert len(list(study.read(Screening))) == 9
    tables = {name: study.table(name).read_bytes() for name in ("screenings", "screened", "quarantine")}
    coding("pull", "--from-raw")
    assert {name: study.table(name).read_bytes() for name in tables} == tables
