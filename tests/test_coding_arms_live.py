"""Two arms through a real Label Studio: who is shown suggestions, who is not, and what each made of them."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from live_studio import LiveCoder, LiveStudio, put_threads
from page_at_work import browser, log_in, open_label_stream
from suggested_study import suggest, suggestion, with_evidence

from codebook.rows import Coding, Offered, Planned, Quarantined, Taken, UnitOfCoding, Withheld
from codebook.study import Study
from coding.projects.label import Place, in_description, marker

pytestmark = pytest.mark.live

SETTINGS = '[coders]\nnames = ["ann", "ben"]\n[suggestions]\nshare = 1.0\n'
BOOK = """\
version: "1.0.0"
codes:
  - {id: SEC, name: Security, definition: A risk is named.}
  - {id: SEC.mal, parent: SEC, name: Malicious code, definition: Harmful code is feared.}
  - {id: OTHER, name: Something else, definition: None of the others.}
  - {id: OLD, name: Old, definition: Once., status: retired}
"""
THREADS = {f"t{n}": [f"😀 Malware is **feared** in thread {n}.", "An answer."] for n in range(8)}


@pytest.fixture
def coding(run: Callable[..., Any], live: LiveStudio) -> Callable[..., Any]:
    """Run a ``coding`` command of a study against the live server."""

    def command(study: Study, *arguments: object) -> Any:
        return run("coding", *arguments, "--study", study.path, **live.env)

    return command


@pytest.fixture
def study(make_study: Callable[..., Study]) -> Study:
    made = make_study(SETTINGS, codebook=BOOK)
    put_threads(made, THREADS)
    return made


def projects(study: Study, live: LiveStudio) -> dict[Place, dict[str, Any]]:
    listed = live.ask("GET", "/api/projects?page_size=1000")["results"]
    labels = [(project, in_description(project["description"])) for project in listed]
    return {label.place: project for project, label in labels if label and label.study == marker(study)}


def seen(study: Study, coder: str) -> list[str]:
    """The units that a coder reads with suggestions."""
    return sorted(row.unit_id for row in study.read(Planned) if (row.coder, row.arm) == (coder, "suggested"))


def test_the_plain_arm_sees_nothing_and_what_the_other_made_of_it_is_recorded(
    study: Study, coding: Callable[..., Any], live: LiveStudio, coder_of: Callable[..., LiveCoder]
) -> None:
    assert coding(study, "sample").code == 0
    refused = coding(study, "push")
    mine = seen(study, "ann")
    rows = [with_evidence(study, mine[0], "SEC.mal", "Malware is feared"), suggestion(mine[0], "OTHER", score=0.7)]
    rows += [suggestion(mine[0], "OLD"), suggestion(mine[0], "NOPE"), suggestion(mine[0], "SEC", method="learnt")]
    rows += [suggestion(mine[1], "SEC.mal", evidence="not there", start=3, end=12)]
    rows += [suggestion(mine[2], "SEC.mal", said=False), suggestion("nobody:s", "OTHER")]
    rows += [suggestion(unit, "OTHER", score=0.6) for unit in (mine[3], *seen(study, "ben"))]
    suggest(study, rows)
    pushed = coding(study, "push")

    assert refused.code == 2
    assert "are to be read with suggestions (arm suggested), and there are none" in refused.err
    assert pushed.code == 0, pushed.err
    assert "2 suggestions are of codes that nobody can give, and are not shown: NOPE, OLD" in pushed.err
    there = projects(study, live)
    tasks = {place: live.ask("GET", f"/api/tasks?project={p['id']}&fields=all")["tasks"] for place, p in there.items()}
    assert sorted(map(str, there)) == ["ann", "ann suggested", "ben", "ben suggested"]
    for place, shown in ((place, tasks[place]) for place in there if place.arm == "plain"):
        assert not there[place]["show_collab_predictions"]
        assert "suggest" not in there[place]["label_config"]
        assert "OTHER" not in json.dumps([task["data"] for task in shown])
        assert [task["predictions"] for task in shown] == [[]] * 4
    filled = {task["data"]["unit_id"]: task["predictions"] for task in tasks[Place("ann", arm="suggested")]}
    assert {unit: len(given) for unit, given in filled.items()} == {mine[0]: 1, mine[1]: 1, mine[2]: 0, mine[3]: 1}
    assert [part["type"] for part in filled[mine[0]][0]["result"]] == ["taxonomy", "hypertextlabels"]
    assert filled[mine[0]][0]["result"][0]["value"] == {"taxonomy": [["OTHER"]]}, "a code is filled in once"
    assert [part["value"] for part in filled[mine[1]][0]["result"]] == [{"taxonomy": [["SEC", "SEC.mal"]]}]

    ann = coder_of(study, "ann", "coding", 1, "suggested")
    plain = coder_of(study, "ann", "coding", 1, "plain")
    as_it_was = filled[mine[0]][0]
    ann.submit(mine[0], as_it_was["result"], parent_prediction=as_it_was["id"])
    ann.annotate(mine[1], ["OTHER"])
    ann.annotate(mine[2], ["SEC", "SEC.mal"])
    ann.ask("POST", f"/api/dm/actions?id=predictions_to_annotations&project={ann.project}", _only(ann.task(mine[3])))
    plain.annotate(next(iter(unit for unit in THREADS if unit not in mine)), ["OTHER"])
    pulled = coding(study, "pull")

    assert pulled.code == 0, pulled.err
    assert [(row.unit_id, row.code, row.outcome, row.edited) for row in study.read(Taken)] == [
        (mine[0], "OTHER", "accepted", False),
        (mine[0], "SEC.mal", "accepted", False),
        (mine[1], "OTHER", "added", True),
        (mine[1], "SEC.mal", "rejected", True),
        (mine[2], "SEC.mal", "added", True),
    ]
    assert [(row.unit_id, row.reason) for row in study.read(Quarantined)] == [(mine[3], "not submitted")]
    assert Counter(row.arm for row in study.read(Coding)) == {"suggested": 4, "plain": 1}
    offered = {(row.unit_id, row.code): row for row in study.read(Offered) if row.coder == "ann"}
    assert sorted(offered) == sorted(
        [(mine[0], "OTHER"), (mine[0], "SEC.mal"), (mine[1], "SEC.mal"), (mine[3], "OTHER")]
    )
    assert offered[mine[0], "SEC.mal"].suggested_by == "coding-suggest-1"
    assert offered[mine[0], "SEC.mal"].score == 0.8
    assert offered[mine[1], "SEC.mal"].start is None
    assert sorted(row.unit_id for row in study.read(Withheld) if row.coder == "ann") == seen(study, "ben")
    suggest(study, [])  # those above have no raw records, without which nothing is rebuilt
    before = {path.name: path.read_bytes() for path in (study.path / "tables").glob("*.parquet")}
    assert coding(study, "pull", "--from-raw").code == 0
    assert {path.name: path.read_bytes() for path in (study.path / "tables").glob("*.parquet")} == before


def _only(task: int) -> dict[str, Any]:
    return {"selectedItems": {"all": False, "included": [task]}, "ordering": []}


def test_what_was_shown_stays_and_later_suggestions_are_filled_in_too(
    study: Study, coding: Callable[..., Any], live: LiveStudio, tmp_path: Path, coder_of: Callable[..., LiveCoder]
) -> None:
    """A second run's suggestions are filled in as well; Label Studio fills in one model version per project only."""
    assert coding(study, "sample", "--size", 4).code == 0
    suggest(study, [suggestion(unit, "OTHER") for unit in THREADS])
    assert coding(study, "push").code == 0
    assert coding(study, "sample", "--size", 8).code == 0
    old = {row.unit_id for row in study.read(UnitOfCoding)}
    new = sorted(set(seen(study, "ann")) - old)
    suggest(
        study,
        [with_evidence(study, unit, "SEC.mal", "Malware is feared", run_id="coding-suggest-2") for unit in THREADS],
    )
    arm = projects(study, live)[Place("ann", arm="suggested")]["id"]
    live.ask("PATCH", f"/api/projects/{arm}", {"show_collab_predictions": False})
    second = coding(study, "push")

    assert "ann suggested: suggestions were switched off on the server and are on again" in second.err
    assert "ben suggested: suggestions were" not in second.err
    assert "whose suggestions are others now, the coder keeps those that were shown" in second.err
    offered = {(row.unit_id, row.code, row.suggested_by) for row in study.read(Offered) if row.coder == "ann"}
    assert {each for each in offered if each[0] in new} == {(unit, "SEC.mal", "coding-suggest-2") for unit in new}
    assert {each[1:] for each in offered if each[0] in old} == {("OTHER", "coding-suggest-1")}
    ann = coder_of(study, "ann", "coding", 1, "suggested")
    plain = coder_of(study, "ann", "coding", 1, "plain").project
    with browser() as page:
        log_in(page, study, live, "ann")
        for unit in sorted(set(seen(study, "ann")) & old):
            ann.annotate(unit, ["OTHER"])
        open_label_stream(page, live, ann.project)
        page.wait_for_timeout(1500)
        page.screenshot(path=tmp_path / "suggested.png")
        note = page.locator(".qd-suggested").inner_text()
        assert note.startswith("1 code is filled in by a machine, which may be wrong.")
        page.locator("button[name=submit]").click()
        page.wait_for_timeout(1500)
        open_label_stream(page, live, plain)
        page.wait_for_timeout(1500)
        page.screenshot(path=tmp_path / "plain.png")
        assert "machine" not in page.locator(".qd").inner_text()
        page.locator("button[name=submit]").click()
        page.wait_for_timeout(1500)
    pulled = coding(study, "pull")

    assert pulled.code == 0, pulled.err
    assert list(study.read(Quarantined)) == []
    taken = [row for row in study.read(Taken) if row.unit_id in new]
    assert [(row.code, row.outcome, row.edited) for row in taken] == [("SEC.mal", "accepted", False)]
    given = {
        (row.arm, row.code, row.quote) for row in study.read(Coding) if row.unit_id not in old or row.arm == "plain"
    }
    assert given == {("suggested", "SEC.mal", "Malware is feared"), ("plain", "", None)}
