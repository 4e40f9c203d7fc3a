"""``coding sample``: the plan as a user gets it, its table, and what a later draw leaves as it is."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hand_study import coding, post, row, thread

from codebook.errors import StudyError
from codebook.rows import Coding, Planned, Post, Recode, Screened, Thread, Topic
from codebook.study import Study
from coding.projects.label import Place
from coding.push import work_of
from coding.sampling.frame import frame
from coding.sampling.sample import sample

MakeStudy = Callable[..., Study]
Run = Callable[..., Any]

CODERS = '[coders]\nnames = ["ann", "ben", "cem"]\noverlap = 0.3\nper_unit = 2\n'
BY_SOURCE = '[sampling]\nsize = 20\nstrata = ["source", "year"]\n'


def put(study: Study, *threads: Thread, bodies: tuple[str, ...] = ("a post", "an answer")) -> Study:
    posts = [
        post(each.thread_id, n, body=body, created_at=datetime(2020 + n, 1, 1, tzinfo=UTC))
        for each in threads
        for n, body in enumerate(bodies)
    ]
    assert study.key, "as any collection makes it"
    study.write(Thread, threads)
    study.write(Post, posts)
    return study


def forums(github: int, forum: int) -> list[Thread]:
    made = [thread(f"g{n:03d}", "github", 2023 + n % 2) for n in range(github)]
    return made + [thread(f"f{n:03d}", "forum", None) for n in range(forum)]


def planned(study: Study) -> dict[tuple[str, str], Planned]:
    return {(row.unit_id, row.coder): row for row in study.read(Planned)}


def rewrite(study: Study, old: str, new: str) -> Study:
    path = study.path / "study.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return Study.open(study.path)


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    return put(make_study(CODERS + BY_SOURCE), *forums(60, 20))


def test_a_plan_by_stratum_and_by_coder(study: Study, run: Run) -> None:
    ran = run("coding", "sample", "--study", study.path)

    assert ran.code == 0, ran.err
    assert "round 1: 20 units drawn, 0 there already; new for ann 8, ben 9, cem 9" in ran.err
    assert [line.split("  ")[0] for line in ran.out.splitlines()[2:]] == [
        "forum / no year", "github / 2023", "github / 2024", "(all)"
    ]  # fmt: skip
    assert [line.split()[-7:] for line in ran.out.splitlines()[2:5]] == [
        ["20", "5", "2", "4", "2", "3", "2"],
        ["30", "8", "2", "3.75", "3", "3", "4"],
        ["30", "7", "2", "4.286", "3", "3", "3"],
    ]
    assert ran.out.splitlines()[5].split()[1:] == ["80", "20", "6", "8", "9", "9"]
    rows = list(study.read(Planned))
    assert Counter(row.coder for row in rows) == {"ann": 8, "ben": 9, "cem": 9}
    assert len({row.unit_id for row in rows}) == 20
    assert {row.stratum: row.weight for row in rows} == {
        "forum / no year": 4.0,
        "github / 2023": 3.75,
        "github / 2024": 30 / 7,
    }
    assert {(row.round, row.arm, row.kind, row.run_id) for row in rows} == {(1, "plain", "thread", "coding-sample-1")}
    assert Counter(Counter(row.unit_id for row in rows if row.shared).values()) == {2: 6}


def test_the_same_settings_give_the_same_plan_and_no_new_record(study: Study, run: Run, tmp_path: Path) -> None:
    run("coding", "sample", "--study", study.path)
    before, records = study.table("plan").read_bytes(), sorted((study.path / "raw").rglob("*.gz"))
    again = run("coding", "sample", "--study", study.path)

    assert "round 1: 0 units drawn, 20 there already\n" in again.err
    assert sorted((study.path / "raw").rglob("*.gz")) == records
    assert study.table("plan").read_bytes() == before
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(study.path, elsewhere, ignore=shutil.ignore_patterns("raw", "plan.parquet", "runs.jsonl"))
    assert run("coding", "sample", "--study", elsewhere).code == 0
    assert (elsewhere / "tables" / "plan.parquet").read_bytes() == before, "another study with these threads and seed"
    check = json.loads(run("codebook", "check", "--study", study.path, "--format", "json").out)
    assert {c["result"] for c in check if c["where"] == "tables/plan.parquet"} == {"ok"}


def test_a_dry_run_shows_the_plan_and_stores_nothing(study: Study, run: Run) -> None:
    ran = run("coding", "sample", "--dry-run", "--format", "json", "--study", study.path)
    rows = json.loads(ran.out)

    assert rows[-1] == {
        "stratum": "(all)", "frame": 80, "units": 20, "shared": 6, "weight": None, "ann": 8, "ben": 9, "cem": 9
    }  # fmt: skip
    assert "a dry run: nothing was stored" in ran.err
    assert not (study.path / "raw").exists()
    assert not study.table("plan").exists()
    assert not (study.path / "runs.jsonl").exists()


def test_a_larger_size_and_another_coder_add_and_take_nothing(study: Study, run: Run) -> None:
    run("coding", "sample", "--study", study.path)
    first = planned(study)
    put(study, *forums(70, 20))
    told = run("coding", "sample", "--study", study.path)
    rewrite(study, '"cem"]', '"cem", "dee"]')
    ran = run("coding", "sample", "--size", 40, "--study", study.path)
    second = planned(study)

    assert "10 units came since the last draw; 10 are not in the plan, a larger --size may draw them" in told.err
    assert "round 1: 20 units drawn, 20 there already; new for ann 5, ben 4, cem 4, dee 13" in ran.err
    assert "10 units came since the last draw; 8 are not in the plan" in ran.err
    assert first.keys() <= second.keys()
    assert {second[key].run_id for key in first} == {"coding-sample-1"}
    assert {second[key].run_id for key in second.keys() - first.keys()} == {"coding-sample-3"}
    assert Counter(coder for _, coder in second) == {"ann": 13, "ben": 13, "cem": 13, "dee": 13}
    assert len({unit for unit, _ in second}) == 40
    assert len({unit for (unit, _), row in second.items() if row.shared}) == 12
    smaller = run("coding", "sample", "--size", 5, "--study", study.path)
    assert "40 are more than the 5 asked for; nobody loses a unit" in smaller.err
    assert planned(study) == second


def test_who_comes_for_a_coder_gets_what_that_one_has_not_coded(study: Study, run: Run) -> None:
    run("coding", "sample", "--study", study.path)
    of_ann = sorted(unit for unit, coder in planned(study) if coder == "ann")
    study.write(Coding, [coding(unit, "ann", "") for unit in of_ann[:3]])
    rewrite(study, '"ann", ', '"dan", ')
    before = planned(study)
    ran = run("coding", "sample", "--study", study.path)
    new = planned(study).keys() - before.keys()

    assert "round 1: 0 units drawn, 20 there already; new for " in ran.err
    assert {unit for unit, _ in new} == set(of_ann[3:])
    assert len(new) == 5
    assert "ann" not in {coder for _, coder in new}
    assert before.keys() < planned(study).keys()
    assert "0 units drawn, 20 there already\n" in run("coding", "sample", "--study", study.path).err


def test_without_a_size_all_units_are_planned_and_later_ones_too(study: Study, run: Run) -> None:
    run("coding", "sample", "--size", 0, "--study", study.path)
    put(study, *forums(61, 20)[1:])
    ran = run("coding", "sample", "--size", 0, "--study", study.path)

    assert "round 1: 1 units drawn, 80 there already; new for " in ran.err
    assert "1 units came since the last draw\n" in ran.err
    assert "1 planned units are not included any more; who has them keeps them" in ran.err
    assert len({unit for unit, _ in planned(study)}) == 81


def test_another_round_draws_what_no_round_has(study: Study, run: Run) -> None:
    run("coding", "sample", "--study", study.path)
    run("coding", "sample", "--round", 2, "--size", 50, "--study", study.path)
    ran = run("coding", "sample", "--round", 3, "--study", study.path)
    rounds: dict[int, set[str]] = {}
    for each in study.read(Planned):
        rounds.setdefault(each.round, set()).add(each.unit_id)

    assert {number: len(units) for number, units in rounds.items()} == {1: 20, 2: 50, 3: 10}
    assert not rounds[1] & rounds[2]
    assert not rounds[3] & (rounds[1] | rounds[2])
    assert "20 were asked for, and 10 can be drawn" in ran.err
    assert {row.weight for row in study.read(Planned)} == {1.0}, "80 of 80 units, in three rounds"


def test_weights_are_those_of_all_rounds_with_the_same_strata(study: Study, run: Run) -> None:
    run("coding", "sample", "--study", study.path)
    run("coding", "sample", "--round", 2, "--size", 28, "--study", study.path)
    weights = [row.weight for row in study.read(Planned)]
    rewrite(study, '["source", "year"]', '["source"]')
    ran = run("coding", "sample", "--round", 3, "--size", 8, "--format", "json", "--study", study.path)
    rows = list(study.read(Planned))

    assert set(weights) == {80 / 48}, "5 and 7 of 20, 8 and 10 of 30, 7 and 11 of 30"
    assert [row.weight for row in rows if row.round < 3] == weights, "round 3 has other strata, and is not among them"
    assert {row["stratum"]: (row["frame"], row["units"], row["weight"]) for row in json.loads(ran.out)} == {
        "(all)": (32, 8, None), "forum": (8, 2, 4.0), "github": (24, 6, 4.0)
    }  # fmt: skip


def test_a_round_keeps_its_strata(study: Study, run: Run) -> None:
    run("coding", "sample", "--study", study.path)
    rewrite(study, '["source", "year"]', '["source"]')
    ran = run("coding", "sample", "--size", 40, "--study", study.path)

    assert ran.code == 2
    assert "round 1 was drawn with another strata: ['source', 'year']" in ran.err
    assert "coding sample --round 2" in ran.err
    assert run("coding", "sample", "--round", 2, "--study", study.path).code == 0


def test_only_what_was_screened_in_is_drawn_once_there_was_a_screening(study: Study) -> None:
    assert len(list(frame(study))) == 80
    verdicts = {"g000": True, "g001": False, "f000": True}
    study.write(Screened, [row(Screened, thread_id=t, included=i, by="agreement") for t, i in verdicts.items()])

    assert [unit.unit_id for unit in frame(study)] == ["f000", "g000"]
    assert [unit.unit_id for unit in frame(study, {"f000"})] == ["f000", "g000"], "the screening came before the plan"
    assert {unit.unit_id for unit in frame(study, {"f000", "g002"})} == {
        each.thread_id for each in study.read(Thread)
    } - {"g001"}, "the plan came before the screening"


def test_a_screening_of_what_was_drawn_changes_no_weight_and_the_sample_can_still_grow(study: Study, run: Run) -> None:
    run("coding", "sample", "--study", study.path)
    drawn = sorted({unit for unit, _ in planned(study)})
    weights = {unit: row.weight for (unit, _), row in planned(study).items()}
    study.write(Screened, [row(Screened, thread_id=t, included=n > 4, by="agreement") for n, t in enumerate(drawn)])
    rewrite(study, "overlap = 0.3", "overlap = 0.6")
    ran = run("coding", "sample", "--study", study.path)
    later = {unit: row.weight for (unit, _), row in planned(study).items()}
    run("coding", "sample", "--size", 30, "--study", study.path)
    grown = {unit: (row.stratum, row.weight) for (unit, _), row in planned(study).items()}

    assert "round 1: 0 units drawn, 20 there already; new for " in ran.err
    assert "5 planned units are not included any more" in ran.err
    assert later == weights
    assert dict(grown.values()) == {"forum / no year": 2.5, "github / 2023": 30 / 11, "github / 2024": 30 / 11}
    assert len(grown) == 30


def test_strata_by_item_topic_length_and_year_of_posts(make_study: MakeStudy) -> None:
    strata = '[sampling]\nunit = "post"\nstrata = ["item", "topic", "length", "year"]\nlengths = [10, 100]\n'
    made = put(make_study(CODERS + strata), thread("t1", "github", 2023), bodies=("x" * 9, "x" * 10, "x" * 100))
    with pytest.raises(StudyError, match="no unit has a topic"):
        frame(made)
    topics = [("t1/0", 3, 0.2), ("t1/0", 5, 0.7), ("t1/1", -1, None)]
    made.write(Topic, [row(Topic, unit_id=u, topic=t, probability=p, words=("w",)) for u, t, p in topics])

    assert [(unit.unit_id, unit.thread_id, unit.kind, unit.stratum) for unit in frame(made)] == [
        ("t1/0", "t1", "post", "issue / topic 5 / under 10 / 2020"),
        ("t1/1", "t1", "post", "issue / topic -1 / 10 to 99 / 2021"),
        ("t1/2", "t1", "post", "issue / no topic / 100 and more / 2022"),
    ]


def test_units_of_a_forgotten_thread_are_not_in_the_table(study: Study, run: Run) -> None:
    run("coding", "sample", "--size", 0, "--study", study.path)
    forgotten = study.forgotten
    forgotten.add([forgotten.tombstone("thread", "g000", "collect-forget-1")])
    run("coding", "pull", "--from-raw", "--study", study.path)

    assert len({unit for unit, _ in planned(study)}) == 79
    assert "g000" not in {unit for unit, _ in planned(study)}


def test_a_coder_may_be_called_plan(make_study: MakeStudy, run: Run) -> None:
    made = put(make_study('[coders]\nnames = ["plan"]\n'), *forums(3, 0))
    ran = run("coding", "sample", "--study", made.path)

    assert ran.code == 0, ran.err
    assert [(r.unit_id, r.coder, r.shared) for r in made.read(Planned)] == [
        (f"g00{n}", "plan", False) for n in range(3)
    ]


def test_without_coders_there_is_nobody_to_draw_for(make_study: MakeStudy) -> None:
    made = put(make_study(), *forums(3, 0))

    with pytest.raises(StudyError, match=r"study\.toml names no coders"):
        sample(made, None, 1, "r")


def test_units_to_be_coded_again_come_to_their_coder_beside_what_is_planned(study: Study, run: Run) -> None:
    again = {"unit_id": "g000", "thread_id": "g000", "arm": "plain", "round": 1}
    study.write(Recode, [row(Recode, coder=coder, **again) for coder in ("ann", "dee")])
    everything = work_of(
        rewrite(rewrite(study, "overlap = 0.3\nper_unit = 2\n", ""), "size = 20\n", ""), ["ann", "ben"], print
    )
    run("coding", "sample", "--study", study.path)
    said: list[str] = []
    work = work_of(study, ["ann", "ben"], said.append)

    assert everything == {Place("ann"): None, Place("ben"): None, Place("ann", "coding", 2): {"g000"}}
    assert work[Place("ann", "coding", 2)] == {"g000"}
    assert {unit for place, units in work.items() if place.round == 1 for unit in units or ()} == {
        unit for unit, coder in planned(study) if coder != "cem"
    }
    assert [line.partition(":")[0] for line in said] == ["cem", "dee round 2"]
