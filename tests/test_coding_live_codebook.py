"""A codebook that changes while coders work in a real Label Studio: the page follows, and codings are carried over."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from live_studio import LiveCoder, LiveStudio, put_threads
from test_coding_recode import FIRST, SECOND

from codebook.rows import Coding, Quarantined, Recode
from codebook.study import Study
from coding.page.text import page_text

pytestmark = pytest.mark.live

MakeStudy = Callable[..., Study]
Run = Callable[..., Any]
CoderOf = Callable[[Study, str], LiveCoder]


def choices(config: str) -> set[str]:
    """Ids of the codes on a labelling page."""
    return {part.split('"')[0] for part in config.split('alias="')[1:]}


def results(live: LiveStudio, project: int) -> list[Any]:
    """What the annotations of a project say."""
    return [annotation["result"] for task in live.export(project) for annotation in task["annotations"]]


def passage(coder: LiveCoder, unit: str, words: str, code: str) -> dict[str, Any]:
    """What the page submits when somebody gives these words a code."""
    start = page_text(coder.ask("GET", f"/api/tasks/{coder.task(unit)}")["data"]["html"]).index(words)
    offsets = {"globalOffsets": {"start": start, "end": start + len(words)}, "text": words}
    places = {"start": "/section[1]/p[1]/text()[1]", "end": "/section[1]/p[1]/text()[1]"}
    value = offsets | places | {"startOffset": 0, "endOffset": len(words), "hypertextlabels": [code]}
    return {"from_name": "passages", "to_name": "thread", "type": "hypertextlabels", "value": value}


def codings(study: Study) -> list[tuple[str, str, str | None, str | None, str]]:
    rows = (row for row in study.read(Coding) if row.round == 1)
    return [(c.unit_id, c.code, c.code_as_given, c.memo, c.codebook_version) for c in rows]


def test_projects_follow_rename_merge_split_move_and_retire(
    make_study: MakeStudy, run: Run, live: LiveStudio, coder_of: CoderOf
) -> None:
    study = make_study('[coders]\nnames = ["coder_a"]\n', codebook=FIRST)
    put_threads(study, {f"t{n}": ["A post."] for n in range(1, 7)})

    def command(*arguments: str) -> str:
        ran = run(*arguments, "--study", study.path, **live.env)
        assert ran.code == 0, ran.err
        return str(ran.err)

    command("coding", "push")
    a = coder_of(study, "coder_a")
    saved = a.annotate("t1", ["SEC", "SEC.mal"], ["USE", "USE.flag"])
    a.annotate("t2", ["USE", "USE.msg"], ["USE", "USE.log"])
    a.annotate("t3", ["USE", "USE.log"], ["SEC", "SEC.trust"])
    a.annotate("t4", ["OTHER"])
    a.submit("t6", [passage(a, "t6", "A post", code) for code in ("SEC.mal", "SEC.trust", "OTHER")])
    command("coding", "pull")
    before = results(live, a.project)
    (study.path / "codebook.yaml").write_text(SECOND, encoding="utf-8")
    command("codebook", "migrate")
    pushed = command("coding", "push")
    page = live.ask("GET", f"/api/projects/{a.project}")["label_config"]
    after = results(live, a.project)
    a.ask("PATCH", f"/api/annotations/{saved['id']}/", {"result": [*saved["result"], memo("looked again")]})
    a.annotate("t5", ["SEC", "SEC.malicious"], ["SEC", "USE.flag"])
    again = coder_of(study, "coder_a", "coding", 2)
    again.annotate("t3", ["SEC", "SEC.owner"], ["USE", "USE.err"])
    pulled = command("coding", "pull")
    pushed_again = command("coding", "push")

    assert after == before, "no annotation is changed by another page"
    assert choices(page) == {"SEC", "SEC.malicious", "SEC.code", "SEC.owner", "USE.flag", "USE", "USE.err"}
    assert codings(study) == [
        ("t1", "SEC.malicious", "SEC.mal", "looked again", "2.0.0"),
        ("t1", "USE.flag", None, "looked again", "2.0.0"),
        ("t2", "USE.err", "USE.log, USE.msg", None, "1.0.0"),
        ("t3", "USE.err", "USE.log", None, "1.0.0"),
        ("t4", "", "OTHER", None, "1.0.0"),
        ("t5", "SEC.malicious", None, None, "2.0.0"),
        ("t5", "USE.flag", None, None, "2.0.0"),
        ("t6", "SEC.malicious", "SEC.mal", None, "1.0.0"),
    ]
    assert "coder_a round 2: 2 new units" in pushed
    assert "coder_a round 2: 0 new units, 2 there already" in pushed_again
    assert "1 codings of split codes are to be coded again" in pulled, "t3 is done, t6 is not"
    assert sorted(task["data"]["unit_id"] for task in live.export(again.project)) == ["t3", "t6"]
    assert [(c.unit_id, c.code, c.codebook_version) for c in study.read(Coding) if c.round == 2] == [
        ("t3", "SEC.owner", "2.0.0"),
        ("t3", "USE.err", "2.0.0"),
    ]
    start = [c.start for c in study.read(Coding) if c.quote == "A post"]
    assert len(start) == 1
    assert [(q.unit_id, q.reason, json.loads(q.value).get("quote")) for q in study.read(Quarantined)] == [
        ("t4", "code is retired", None),
        ("t6", "code is retired", "A post"),
    ]
    assert [(r.unit_id, r.code, r.choices, r.start) for r in study.read(Recode)] == [
        ("t3", "SEC.trust", ("SEC.code", "SEC.owner"), None),
        ("t6", "SEC.trust", ("SEC.code", "SEC.owner"), start[0]),
    ]


def memo(text: str) -> dict[str, Any]:
    return {"from_name": "memo", "to_name": "thread", "type": "textarea", "value": {"text": [text]}}


def test_push_and_pull_refuse_a_codebook_that_was_edited_without_a_version(
    make_study: MakeStudy, run: Run, live: LiveStudio, coder_of: CoderOf
) -> None:
    study = make_study('[coders]\nnames = ["coder_a"]\n', codebook=FIRST)
    put_threads(study, {"t1": ["A post."]})
    assert run("coding", "push", "--study", study.path, **live.env).code == 0
    a = coder_of(study, "coder_a")
    page = live.ask("GET", f"/api/projects/{a.project}")["label_config"]
    (study.path / "codebook.yaml").write_text(FIRST.replace("name: Malice", "name: Harm"), encoding="utf-8")
    refused = [run("coding", command, "--study", study.path, **live.env) for command in ("push", "pull")]
    (study.path / "codebook.yaml").write_text(f"# a comment\n{FIRST}", encoding="utf-8")
    goes_on = [run("coding", command, "--study", study.path, **live.env).code for command in ("push", "pull")]

    for ran in refused:
        assert ran.code == 2
        assert "edited without a new version: codes of 1.0.0 differ: SEC.mal" in ran.err
        assert "Raise `version` above 1.0.0 and say under `changes:`" in ran.err
    assert goes_on == [0, 0]
    assert choices(live.ask("GET", f"/api/projects/{a.project}")["label_config"]) == choices(page)


def test_a_push_alone_gives_out_the_units_of_a_code_that_was_split(
    make_study: MakeStudy, run: Run, live: LiveStudio, coder_of: CoderOf
) -> None:
    study = make_study('[coders]\nnames = ["coder_a"]\n', codebook=FIRST)
    put_threads(study, {"t1": ["A post."], "t2": ["A post."]})
    assert run("coding", "push", "--study", study.path, **live.env).code == 0
    coder_of(study, "coder_a").annotate("t2", ["SEC", "SEC.trust"])
    assert run("coding", "pull", "--study", study.path, **live.env).code == 0
    (study.path / "codebook.yaml").write_text(SECOND, encoding="utf-8")
    pushed = run("coding", "push", "--study", study.path, **live.env)

    assert pushed.code == 0, pushed.err
    assert "coder_a: 0 new units, 2 there already" in pushed.err
    assert "coder_a round 2: 1 new units, 0 there already" in pushed.err
