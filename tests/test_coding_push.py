"""``coding push`` by a plan, through a real Label Studio: everybody gets what is planned, and nothing twice."""

from collections.abc import Callable
from typing import Any

import pytest
from live_studio import LiveCoder, LiveStudio, put_threads

from codebook.rows import Planned, UnitOfCoding
from codebook.study import Study
from coding.projects.label import Place, in_description, marker

pytestmark = pytest.mark.live

MakeStudy = Callable[..., Study]
Run = Callable[..., Any]

PEOPLE = '[coders]\nnames = ["ann", "ben", "cem"]\noverlap = 0.5\nper_unit = 2\n'
BOOK = 'version: "1.0.0"\ncodes:\n  - {id: A, name: A, definition: A.}\n'
THREADS = {f"t{n:02d}": [f"Opening of {n}.", f"First answer of {n}.", f"Second answer of {n}."] for n in range(20)}


@pytest.fixture
def coding(run: Run, live: LiveStudio) -> Callable[..., Any]:
    """Run a ``coding`` command of a study against the live server."""

    def command(study: Study, *arguments: object) -> Any:
        return run("coding", *arguments, "--study", study.path, **live.env)

    return command


def there(study: Study, live: LiveStudio) -> dict[Place, list[str]]:
    """What is in the study's projects on the server: the units of each place."""
    projects = live.ask("GET", "/api/projects?page_size=1000")["results"]
    labels = [(project["id"], in_description(project["description"])) for project in projects]
    return {
        label.place: sorted(task["data"]["unit_id"] for task in live.export(number))
        for number, label in labels
        if label and label.study == marker(study)
    }


def planned(study: Study) -> dict[Place, list[str]]:
    found: dict[Place, list[str]] = {}
    for row in study.read(Planned):
        found.setdefault(Place(row.coder, "coding", row.round, row.arm), []).append(row.unit_id)
    return {place: sorted(units) for place, units in found.items()}


def pushed(study: Study) -> dict[Place, list[str]]:
    found: dict[Place, list[str]] = {}
    for row in study.read(UnitOfCoding):
        found.setdefault(Place(row.coder, "coding", row.round, row.arm), []).append(row.unit_id)
    return {place: sorted(units) for place, units in found.items()}


def test_each_coder_gets_what_is_planned_and_later_what_came_to_the_plan(
    make_study: MakeStudy, coding: Run, live: LiveStudio
) -> None:
    study = make_study(PEOPLE + "[sampling]\nsize = 8\n", codebook=BOOK)
    put_threads(study, THREADS)
    refused = coding(study, "push")
    assert coding(study, "sample").code == 0
    first = coding(study, "push")

    assert refused.code == 2
    assert "[sampling] size asks for a plan of who codes what, and there is none" in refused.err
    assert "coding sample" in refused.err
    assert first.code == 0, first.err
    assert there(study, live) == planned(study) == pushed(study)
    assert "ann: 4 new units, 0 there already" in first.err
    assert coding(study, "sample", "--size", 14).code == 0
    assert coding(study, "sample", "--round", 2, "--size", 3).code == 0
    second = coding(study, "push")

    assert second.code == 0, second.err
    assert there(study, live) == planned(study) == pushed(study)
    assert {place.round for place in there(study, live)} == {1, 2}
    assert "ann: 3 new units, 4 there already (" in second.err
    (study.path / "study.toml").write_text(
        (study.path / "study.toml").read_text().replace('"ann", "ben", "cem"', '"ann", "ben"')
    )
    third = coding(study, "push")

    assert third.code == 0, third.err
    assert "cem: is not in study.toml any more; 7 planned units stay as they are" in third.err
    assert there(study, live) == planned(study) == pushed(study)


def test_a_post_stands_in_its_thread_and_is_marked(
    make_study: MakeStudy, coding: Run, live: LiveStudio, coder_of: Callable[[Study, str], LiveCoder]
) -> None:
    study = make_study('[coders]\nnames = ["ann"]\n[sampling]\nunit = "post"\nsize = 5\n', codebook=BOOK)
    put_threads(study, {"t1": THREADS["t01"], "t2": THREADS["t02"]})
    refused = coding(study, "push")
    assert coding(study, "sample").code == 0
    ran = coding(study, "push")
    tasks = live.export(coder_of(study, "ann").project)
    rows = [(row.unit_id, row.thread_id, row.kind) for row in study.read(UnitOfCoding)]

    assert "asks for a plan of who codes what, and there is none" in refused.err
    assert ran.code == 0, ran.err
    assert sorted(task["data"]["unit_id"] for task in tasks) == [row[0] for row in rows]
    assert len(rows) == 5
    assert {row[1:] for row in rows} == {("t1", "post"), ("t2", "post")}
    for task in tasks:
        html, position = task["data"]["html"], int(task["data"]["unit_id"].partition("/")[2])
        turns = html.split('<section class="')[1:]
        assert [turn.startswith("qd-turn") and " qd-unit" in turn.partition('">')[0] for turn in turns] == [
            number == position for number in range(3)
        ]
        assert html.count("to be coded") == 1


def test_whatever_changed_is_flagged_as_long_as_it_differs(
    make_study: MakeStudy, coding: Run, live: LiveStudio
) -> None:
    study = make_study('[coders]\nnames = ["ann"]\n', codebook=BOOK)
    put_threads(study, {"t1": ["One."], "t2": ["Two."]})
    coding(study, "push")
    before = there(study, live)

    def flagged(bodies: dict[str, list[str]]) -> list[str]:
        put_threads(study, bodies)
        assert coding(study, "push").code == 0
        return [row.unit_id for row in study.read(UnitOfCoding) if row.changed]

    records = study.path / "raw" / "coding" / "ann"
    assert flagged({"t1": ["One, edited."], "t2": ["Two."]}) == ["t1"]
    stored = sorted(records.iterdir())
    assert flagged({"t1": ["One, edited."], "t2": ["Two."]}) == ["t1"]
    assert sorted(records.iterdir()) == stored, "what is known already is not recorded again"
    assert flagged({"t1": ["One."], "t2": ["Two, edited."]}) == ["t2"]
    assert flagged({"t1": ["One."], "t2": ["Two."]}) == []
    assert there(study, live) == before
    status = coding(study, "status", "--format", "json").out
    assert '"changed": 0' in status
