"""Numbers of the analysis counted a second time with pandas, scipy and statsmodels, straight from the tables' rows."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

import joint_study
import numpy as np
import pandas as pd
import pytest
from hand_study import BOOK, coding, decision, row, thread
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from analysis import tested
from analysis.crosstab import Crosstab, by_layer, count, pairs
from analysis.integration import changes, gap
from analysis.known import Known
from analysis.notes import notes
from analysis.question import Asked, resolve
from analysis.report.method import method
from codebook import ledger
from codebook.rows import Coding, Decision, Finding, InForce, Match, Model, ModelFile, Row, Slice, Thread
from codebook.study import Study

Make = Callable[..., Study]

CODES = ("USE.err", "USE.place", "SEC.mal", "SEC.trust")


def written(study: Study, *tables: Sequence[Row]) -> Study:
    with ledger.run(study, "collect threads", {}) as run:
        for rows in tables:
            run.write(type(rows[0]), rows)
    return study


def random_study(make: Make, seed: int) -> tuple[Study, pd.DataFrame, list[Decision]]:
    """120 threads of three sources, some without a year, some left out; two coders; decisions on most."""
    random = Random(seed)
    threads, codings, decisions = [], [], []
    for n in range(120):
        source = random.choice(("forum", "github", "github", "hub"))
        year = random.choice((2022, 2023, 2024, None))
        threads.append(thread(f"t{n:03}", source, year, included=random.random() < 0.9))
        true = {code for code in CODES if random.random() < (0.5 if (code, source) == ("SEC.mal", "hub") else 0.25)}
        for coder in ("coder_a", "coder_b"):
            given = {code for code in CODES if (code in true) != (random.random() < 0.1)}
            codings += [coding(f"t{n:03}", coder, code) for code in sorted(given) or [""]]
        if random.random() < 0.85:
            decisions += [decision(f"t{n:03}", code) for code in sorted(true) or [""]]
    study = written(make(codebook=BOOK), threads, codings, decisions)
    frame = pd.DataFrame([(t.thread_id, t.source, t.created_at.year if t.created_at else None) for t in threads
                          if t.included], columns=["unit", "source", "year"])  # fmt: skip
    return study, frame, decisions


def crosstab(study: Study, rows: str, cols: str, **asked: object) -> tuple[Crosstab, tested.Tested, list[str]]:
    with pairs(study, resolve(study, Asked(rows=rows, cols=cols, **asked))) as made:  # type: ignore[arg-type]
        table = count(made)
        return table, tested.tested(study, made, table), list(notes(made, table))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("cols", ["source", "year"])
def test_a_crosstab_of_codes_is_what_pandas_scipy_and_statsmodels_count(make_study: Make, seed: int, cols: str) -> None:
    """Counts, expected counts and residuals of all cells, chi-square where it may be used, Holm and BH of all rows.

    Threads without a code are in the denominator, threads without a year are in the counts and in no test.
    """
    study, threads, decisions = random_study(make_study, seed)
    table, found, _ = crosstab(study, "code", cols)
    coded = threads[threads.unit.isin({d.thread_id for d in decisions})]
    given = coded.merge(pd.DataFrame([(d.thread_id, d.code) for d in decisions], columns=["unit", "code"]))
    known, having = coded.dropna(subset=[cols]), given.dropna(subset=[cols])
    whole = known.groupby(cols).unit.nunique()
    cells = pd.crosstab(having.code, having[cols]).drop("", errors="ignore")

    assert table.n_all == coded.unit.nunique()
    assert {(r, c): n for (r, c), n in table.n.items() if r and c is not None} == {
        (code, col): n for col, by_code in cells.items() for code, n in by_code.items() if n
    }
    for code, by_col in cells.iterrows():
        row_n, total = by_col.sum(), whole.sum()
        expected = row_n * whole / total
        residual = (by_col - expected) / np.sqrt(expected * (1 - row_n / total) * (1 - whole / total))
        for col in whole.index:
            cell = found.cells[str(code), col]
            assert (cell.expected, cell.residual) == pytest.approx((expected[col], residual[col]))
        again = stats.chi2_contingency(np.array([by_col, whole - by_col]), correction=False)
        if found.rows[str(code)].test == "chi-square":
            assert found.rows[str(code)].p == pytest.approx(again.pvalue)
        assert found.rows[str(code)].statistic == pytest.approx(again.statistic)
    p = [each.p for each in found.rows.values()]

    assert [each.p_holm for each in found.rows.values()] == pytest.approx(multipletests(p, method="holm")[1])
    assert [each.p_bh for each in found.rows.values()] == pytest.approx(multipletests(p, method="fdr_bh")[1])


@pytest.fixture
def models(make_study: Make) -> Study:
    """Six models on two platforms, one a mirror; some findings have a weakness, some have none.

    ::

        model      finding 1   finding 2
        hub:a/m0   CWE-502     (none)
        hub:a/m1   CWE-502     CWE-95
        hub:a/m2   (none)
        zoo:a/m0   CWE-95      (none)         mirror of hub:a/m0
        zoo:a/m1   CWE-95
        zoo:a/m2   nothing found
    """
    found = (("hub", ("CWE-502", None), ("CWE-502", "CWE-95"), (None,)), ("zoo", ("CWE-95", None), ("CWE-95",), ()))
    models, files, findings = [], [], []
    for platform, *each in found:
        for n, weaknesses in enumerate(each):
            name, sha256 = f"{platform}:a/m{n}@1", f"{platform}{n}"
            copied = "hub:a/m0" if name == "zoo:a/m0@1" else None
            values = {"platform": platform, "owner": "a", "name": f"m{n}", "mirror_of": copied}
            models.append(row(Model, model_id=name, role="listed", **values))
            files.append(row(ModelFile, model_id=name, path="m.py", sha256=sha256, relevant=True))
            for k, cwe in enumerate(weaknesses):
                said = {"finding_id": f"{sha256}-{k}", "sha256": sha256, "cwe": cwe, "severity": ("high", "low")[k]}
                findings.append(row(Finding, tool="bandit", rule=f"R{k}", current=True, **said))
    return written(make_study(), models, files, findings)


def test_a_model_with_known_and_unknown_weaknesses_is_in_the_tests(models: Study) -> None:
    """Of five models with findings four have a weakness; the two that also have a finding without one are not lost."""
    table, found, said = crosstab(models, "cwe", "platform", unit="model")
    expected = {
        ("CWE-502", "hub"): 2 * 2 / 4,
        ("CWE-502", "zoo"): 2 * 2 / 4,
        ("CWE-95", "hub"): 3 * 2 / 4,
        ("CWE-95", "zoo"): 3 * 2 / 4,
    }

    assert table.row_n == {"CWE-502": 2, "CWE-95": 3, None: 3}
    assert expected == {key: cell.expected for key, cell in found.cells.items()}
    assert "1 of unknown platform or cwe are left out" in found.lines[0]
    assert said[:2] == [
        "counted: 5 models with findings",
        "models that mirror another by their platform, each counted and tested for itself: 1",
    ]


def test_layers_of_such_models_are_counted_so_too(models: Study) -> None:
    with pairs(models, resolve(models, Asked(rows="cwe", cols="platform", layers="severity", unit="model"))) as made:
        table = count(made)
        layers = by_layer(made, table)
    known = {layer: each.known for layer, each in layers.items()}

    assert {layer: each.n_all for layer, each in layers.items()} == {"high": 5, "low": 3}
    assert known["high"] == Known({"CWE-502": 2, "CWE-95": 2}, {"hub": 2, "zoo": 2}, 4)
    assert known["low"] == Known({"CWE-95": 1}, {"hub": 1}, 1)


@pytest.fixture
def joint(make_study: Make) -> Study:
    study = make_study(joint_study.TOML, codebook=joint_study.BOOK)
    return joint_study.mechanisms(joint_study.models(joint_study.discussions(study)))


def test_a_gate_that_ended_is_not_in_force_today(joint: Study) -> None:
    """The newest release took the gate of the hub away: nothing began that day."""
    gone = replace(joint_study.IN_FORCE[1], until=joint_study.day(2024, 9, 1))
    joint.write(InForce, [joint_study.IN_FORCE[0], gone, joint_study.IN_FORCE[2]])
    with joint.connect() as con:
        found = gap.rows(con, joint)

    assert [(each["platform"], each["level_now"], each["gates"]) for each in found] == [
        ("hub", None, 0),
        ("zoo", "warn", 1),
    ]


def test_windows_reach_no_other_change_not_even_by_hours(joint: Study) -> None:
    """Two changes 26 hours apart have a whole day between them, not two."""
    first = joint_study.day(2024, 3, 1).replace(hour=23)
    second = joint_study.day(2024, 3, 3).replace(hour=1)
    gates = [
        replace(joint_study.IN_FORCE[0], until=first),
        replace(joint_study.IN_FORCE[1], since=first, until=second),
        replace(joint_study.IN_FORCE[1], since=second, level="block", first_version="3.0", claim_id="c9"),
    ]
    joint.write(InForce, gates)
    with joint.connect() as con:
        found = {str(each["date"]): each["days"] for each in changes.rows(con, joint)}

    assert found == {"2024-03-01": 1, "2024-03-03": 1}


@pytest.mark.parametrize(("n", "of"), [(0, 7), (1, 2), (5, 16), (9, 9)])
def test_shares_of_the_gap_have_the_interval_that_statsmodels_gives(joint: Study, n: int, of: int) -> None:
    threads = [joint_study.opened(f"w{i}", "hubsite", joint_study.day(2024, 1, 1)) for i in range(of)]
    joint.write(Thread, threads)
    joint.write(Decision, [decision(t.thread_id, "SEC.mal" if i < n else "") for i, t in enumerate(threads)])
    joint.write(Coding, [coding(t.thread_id, "coder_a", "") for t in threads])
    with joint.connect() as con:
        hub = next(each for each in gap.rows(con, joint) if each["platform"] == "hub")
    low, high = (100 * end for end in proportion_confint(n, of, method="wilson"))

    assert (hub["threads"], hub["concern"]) == (of, n)
    assert (hub["concern_low"], hub["concern_high"]) == pytest.approx((low, high), abs=1e-9)


def test_the_report_names_the_last_day_of_a_search_as_searched(make_study: Make) -> None:
    """``window_end`` is the last moment that was asked for, and so within the search."""
    first, last = joint_study.day(2019, 1, 1), joint_study.day(2025, 12, 31).replace(hour=23, minute=59, second=59)
    asked = row(Slice, site="forum", source="forum", query="q", window_start=first, window_end=last, reported=2, got=2)
    study = written(make_study(), [replace(asked, state="complete")])
    with study.connect() as con:
        said = dict(method(con, study))["Searched: forum"]

    assert said.startswith("1 query in 1 slice of 2019-01-01 to 2025-12-31, 1 of them got whole; 2 hits got of 2")


def test_the_gap_says_what_counts_on_several_platforms_and_what_no_hub_listed(joint: Study) -> None:
    """Thread h1 names the switch of the zoo, too, and the model of the zoo is there only for the code of another."""
    joint.write(Match, [*joint.read(Match), row(Match, thread_id="h1", keyword="trust_repo")])
    joint.write(Model, [replace(m, role="followed") if m.platform == "zoo" else m for m in joint.read(Model)])
    with joint.connect() as con:
        gap.rows(con, joint)
        said = list(gap.notes(con, joint))

    assert said[-2:] == [
        "coded threads about several platforms, counted on each: 1",
        "models that no hub listed, counted because the code of others leads to them: 1",
    ]
