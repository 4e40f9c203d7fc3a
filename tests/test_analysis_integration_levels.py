"""Themes by the level in force, around changes of gates, and in threads that name models: counted by hand."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import joint_study
import pytest
from hand_study import decision, row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from analysis.crosstab import count, pairs
from analysis.explain import behind
from analysis.integration import about, changes, gap, levels, models, naming
from analysis.notes import notes
from analysis.question import Asked, resolve
from codebook.rows import Decision, InForce, Model, Post, Screened
from codebook.study import Study


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole study, written once."""
    return joint_study.whole(tmp_path_factory.mktemp("joint") / "study").path


@pytest.fixture
def study(built: Path, tmp_path: Path) -> Study:
    return Study.open(Path(shutil.copytree(built, tmp_path / "study")))


def test_a_thread_is_about_what_the_study_says_and_about_a_switch_that_one_platform_alone_has(study: Study) -> None:
    with study.connect() as con:
        about.lay_out(con, study)
        found = con.execute("SELECT thread_id, platform, parameter, why FROM thread_platforms ORDER BY ALL").fetchall()
    both = "site hubsite; switch trust_remote_code"
    expected = [
        *((f"h{n}", "hub", "trust_remote_code", both) for n in range(1, 6)),
        *((f"p{n}", "zoo", "trust_repo", "switch trust_repo") for n in (1, 2)),
        ("x1", "hub", None, "site hubsite"),
    ]

    assert expected == found


def test_a_crosstab_says_by_which_switch_threads_came_to_a_platform(study: Study) -> None:
    with pairs(study, resolve(study, Asked(rows="theme", cols="platform"))) as made:
        said = list(notes(made, count(made)))

    assert "threads with trust_repo count as about zoo: no other platform has a gate with that switch" in said


def test_a_switch_that_two_platforms_have_says_nothing(study: Study) -> None:
    other = replace(joint_study.IN_FORCE[0], platform="third")
    study.write(InForce, [*joint_study.IN_FORCE, other])
    with study.connect() as con:
        about.lay_out(con, study)
        found = con.execute("SELECT DISTINCT why FROM thread_platforms ORDER BY ALL").fetchall()
        assert found == [("site hubsite",), ("switch trust_repo",)]


def test_themes_are_counted_by_the_level_on_the_day_of_the_thread(study: Study) -> None:
    with study.connect() as con:
        rows = levels.rows(con, study)
        said = list(levels.notes(con, study))
    expected = [
        *(("hub", "USE", "prompt", 2, 2), ("hub", "USE", "opt-in", 1, 2), ("hub", "USE", "no gate", 0, 1)),
        *(("hub", "SEC", "prompt", 0, 2), ("hub", "SEC", "opt-in", 1, 2), ("hub", "SEC", "no gate", 0, 1)),
        *(("hub", "MIS", "prompt", 1, 2), ("hub", "MIS", "opt-in", 0, 2), ("hub", "MIS", "no gate", 1, 1)),
        *(("zoo", "SEC", "warn", 1, 1), ("zoo", "SEC", "no date", 0, 1)),
    ]

    assert expected == [tuple(each[name] for name in levels.COLUMNS[:5]) for each in rows]
    assert rows[0]["trend"] == pytest.approx(-((4 / 3) ** 0.5))
    assert (rows[0]["p"], rows[0]["test"]) == (1.0, "Cochran-Armitage, permuted")
    assert rows[-1]["test"] is None
    assert "coded threads with no gate: 1; they are in no trend" in said


@pytest.mark.parametrize(("having", "of"), [((1, 7), (9, 10)), ((4, 0), (6, 5)), ((2, 3), (3, 3))])
def test_the_trend_over_two_levels_of_few_threads_is_the_exact_one(
    study: Study, having: tuple[int, int], of: tuple[int, int]
) -> None:
    """Over two levels the permuted count in the second is hypergeometric."""
    _, p, test = levels.tested(list(zip(having, of, strict=True)), study)
    law = hypergeom(sum(of), sum(having), of[1])
    far = abs(having[1] - law.mean())
    exact = sum(law.pmf(k) for k in range(of[1] + 1) if abs(k - law.mean()) >= far - 1e-9)

    assert test == "Cochran-Armitage, permuted"
    assert p == pytest.approx(exact, abs=0.015)


def test_the_gate_of_the_package_in_whose_repository_a_thread_stands_is_its_gate(study: Study) -> None:
    """Another package of the platform has a weaker gate, which threads of this one do not meet."""
    weak = {"platform": "hub", "mechanism": "execution gate", "surface": "load", "parameter": "trust_remote_code"}
    weaker = row(InForce, **weak, package="Weak_Kit", symbol="go", level="none", since=joint_study.day(2019, 2, 1))
    study.write(InForce, [*joint_study.IN_FORCE, weaker])
    own = replace(joint_study.THREADS[0], native_id="who/weak-kit#1")
    client = replace(joint_study.THREADS[1], native_id="who/client#2")
    study.write(type(own), [own, client, joint_study.THREADS[2]])
    with study.connect() as con:
        levels.lay_out(con, study)
        found = con.execute("SELECT thread_id, level, strongest FROM thread_levels ORDER BY thread_id").fetchall()

    assert found == [("h1", "none", "none"), ("h2", "opt-in", "opt-in"), ("h3", "none", "prompt")]


def test_counts_before_and_after_a_change_stand_in_equal_windows(study: Study) -> None:
    with study.connect() as con:
        rows = changes.rows(con, study)
    label = "client 2.0, trust_remote_code: opt-in to prompt, 2024-03-01"
    head = ("hub", label, "2024-03-01", 180)
    names = ("platform", "change", "date", "days", "theme", "before", "after", "elsewhere_before", "elsewhere_after")
    expected = [(*head, "USE", 1, 2, 0, 0), (*head, "SEC", 1, 0, 0, 2), (*head, "MIS", 0, 1, 0, 0)]

    assert expected == [tuple(each[name] for name in names) for each in rows]
    assert {(each["all_before"], each["all_after"]) for each in rows} == {(2, 2)}
    assert [each["ratio"] for each in rows] == [2.0, 0.0, None]
    assert all("few" in str(each["flags"]) for each in rows)


def test_a_window_ends_where_the_next_change_or_the_study_does(study: Study) -> None:
    """A later change of the same switch 40 days on bounds both windows, and a change with an open date has none."""
    first, second, zoo = joint_study.IN_FORCE
    third = replace(second, level="block", since=joint_study.day(2024, 4, 10), claim_id="c9")
    ended = replace(second, until=joint_study.day(2024, 4, 10))
    vague = replace(zoo, until=joint_study.day(2023, 1, 1))
    after = replace(zoo, level="prompt", since=joint_study.day(2023, 1, 1), adjacent=False)
    study.write(InForce, [first, ended, third, vague, after])
    with study.connect() as con:
        rows = changes.rows(con, study)
        said = list(changes.notes(con, study))
        windows = con.execute("SELECT became, days, cut FROM gate_windows ORDER BY day").fetchall()

    assert windows == [("prompt", 40, True), ("block", 40, True)]
    assert all("window cut" in str(each["flags"]) for each in rows)
    assert any("their date is open: 1" in each for each in said)


def test_a_step_to_a_level_that_is_not_known_is_no_change_and_is_told(study: Study) -> None:
    first, second, _ = joint_study.IN_FORCE
    study.write(InForce, [first, replace(second, level="unknown")])
    with study.connect() as con:
        rows = changes.rows(con, study)
        said = list(changes.notes(con, study))

    assert rows == []
    assert "steps of gates left out because the level before or after is not known: 1" in said
    assert "no gate changed from one known level to another" in said


def test_models_that_threads_name_meet_what_was_found_in_them(study: Study) -> None:
    with study.connect() as con:
        rows = models.rows(con, study)
        named = con.execute("SELECT thread_id, model_id, place FROM thread_models ORDER BY ALL").fetchall()
    names = ("model", "threads", "themes", "concern", "findings", "weaknesses", "reading")
    expected = [
        ("hub:ann/one@1", 2, ["SEC"], 2, 3, ["CWE-502", "CWE-95"], "worry, found"),
        ("hub:bob/two@1", 1, ["USE"], 0, 0, None, "no worry, not known"),
        ("zoo:cy/three@1", 1, ["USE"], 0, 1, None, "no worry, found"),
    ]

    assert expected == [tuple(each[name] for name in names) for each in rows]
    assert named == [
        ("h1", "hub:ann/one@1", "repository"),
        ("h2", "hub:bob/two@1", "repository"),
        ("h3", "zoo:cy/three@1", "post"),
        ("n1", "hub:ann/one@1", "post"),
        ("x1", "hub:ann/one@1", "repository"),
    ]


def test_threads_that_were_screened_out_count_in_no_join(study: Study) -> None:
    study.write(Screened, [row(Screened, thread_id=each, included=False) for each in ("h1", "h4")])
    with study.connect() as con:
        named = [(each["model"], each["threads"]) for each in models.rows(con, study)]
    with study.connect() as con:
        of_level = [each["of_level"] for each in levels.rows(con, study) if each["platform"] == "hub"]
    with study.connect() as con:
        hub, _ = gap.rows(con, study)
        said = list(gap.notes(con, study))

    assert named == [("hub:ann/one@1", 1), ("hub:bob/two@1", 1), ("zoo:cy/three@1", 1)]
    assert set(of_level) == {1}
    assert (hub["threads"], hub["concern"]) == (3, 0)
    assert "threads that are about no platform by study.toml, [analysis.platforms]: 1 of 6" in said


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("see https://hub.example/Ann/One/blob/main/x.py.", True),
        ("load `ann/one`.", True),
        ("ann/one-big and xann/one", False),
        ("'); DROP TABLE models; -- ann/one", True),
        ("ann / one", False),
        ("path/ann/one/", True),
    ],
)
def test_a_name_in_a_post_is_a_whole_one(study: Study, body: str, found: bool) -> None:
    post = replace(joint_study.POSTS[0], body=body)
    study.write(Post, [post])
    with study.connect() as con:
        naming.lay_out(con, study)
        threads = con.execute("SELECT thread_id FROM thread_models WHERE place = 'post'").fetchall()
        again = con.execute("SELECT array_to_string(regexp_extract_all(lower(?), ?), ' ')", [body, naming.NAMED])
        (kept,) = again.fetchall()[0]
    study.write(Post, [replace(post, body=kept)])
    with study.connect() as con:
        naming.lay_out(con, study)
        packed = con.execute("SELECT thread_id FROM thread_models WHERE place = 'post'").fetchall()

    assert threads == ([("h3",)] if found else [])
    assert packed == threads


def table_of(study: Study, rows: str, cols: str, *where: str) -> dict[tuple[Any, Any], int]:
    with pairs(study, resolve(study, Asked(rows=rows, cols=cols, where=where))) as made:
        return dict(count(made).n)


def test_crosstabs_reach_platforms_levels_changes_and_findings(study: Study) -> None:
    assert table_of(study, "theme", "platform") == {
        ("USE", "hub"): 3,
        ("SEC", "hub"): 1,
        ("MIS", "hub"): 2,
        ("SEC", "zoo"): 1,
        (None, "zoo"): 1,
        ("SEC", None): 1,
    }
    assert table_of(study, "platform", "level_in_force") == {
        ("hub", "prompt"): 2,
        ("hub", "opt-in"): 2,
        ("hub", "no gate"): 1,
        ("zoo", "warn"): 1,
        ("zoo", "no date"): 1,
        (None, "no platform"): 1,
    }
    assert table_of(study, "theme", "gate_period", "platform=hub") == {
        ("USE", "before"): 1,
        ("USE", "after"): 2,
        ("SEC", "before"): 1,
        ("MIS", "after"): 1,
    }
    assert table_of(study, "code", "model_cwe") == {
        ("SEC.mal", "CWE-502"): 2,
        ("SEC.mal", "CWE-95"): 2,
        ("USE.err", None): 1,
    }


def test_a_cell_leads_to_the_thread_its_claims_and_its_findings(study: Study) -> None:
    with pairs(study, resolve(study, Asked(rows="theme", cols="level_in_force"))) as made:
        of_level = behind(study, made, {"r": "SEC", "c": "opt-in"})
    with pairs(study, resolve(study, Asked(rows="theme", cols="model_cwe"))) as made:
        of_finding = behind(study, made, {"r": "SEC", "c": "CWE-95"})

    assert [(each["table"], each.get("claims")) for each in of_level] == [
        ("threads", None),
        ("decisions", None),
        ("thread_levels", ["c1"]),
    ]
    assert [each["finding_id"] for each in of_finding if each["table"] == "thread_findings"] == ["f3", "f3"]


CODES = st.sampled_from(["USE.err", "SEC.mal", "MIS", ""])


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(CODES, min_size=8, max_size=8))
def test_margins_of_joins_are_those_of_plain_crosstabs(study: Study, codes: list[str]) -> None:
    """Whatever codes threads have, the joins count them as the crosstab of theme and platform does."""
    threads = [t for t in joint_study.THREADS if t.included]
    study.write(Decision, [decision(t.thread_id, code) for t, code in zip(threads, codes, strict=True)])
    plain = table_of(study, "theme", "platform")
    with study.connect() as con:
        rows = levels.rows(con, study)
    by_level: dict[tuple[Any, Any], int] = {}
    for each in rows:
        key = (each["theme"], each["platform"])
        by_level[key] = by_level.get(key, 0) + int(str(each["threads"]))

    assert {key: n for key, n in plain.items() if None not in key} == {key: n for key, n in by_level.items() if n}


def test_models_of_no_post_and_no_repository_are_not_named(study: Study) -> None:
    study.write(Model, [replace(each, role="followed") for each in joint_study.MODELS])
    with study.connect() as con:
        assert models.rows(con, study) == []
