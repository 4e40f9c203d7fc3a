"""Each figure: what it shows, what it says in words, and what it says where there is nothing."""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import hand_study
import pytest
from hand_study import BOOK, HOSTILE, row

from analysis.crosstab import count, pairs
from analysis.figures.agreement import agreement
from analysis.figures.gap import gap
from analysis.figures.gate_changes import gate_changes
from analysis.figures.mosaic import mosaic
from analysis.figures.picture import FORMATS, Picture, rendered
from analysis.figures.prevalence import prevalence
from analysis.figures.risk import risk
from analysis.figures.saturation import saturation
from analysis.figures.timeline import timeline
from analysis.interval import share
from analysis.prevalence import counts
from analysis.question import Asked, resolve
from codebook.rows import AgreementMeasure, InForce, SaturationStep
from codebook.study import Study

Make = Callable[..., Study]


@pytest.fixture
def study(make_study: Make) -> Study:
    return hand_study.write(make_study(codebook=BOOK))


def words(picture: Picture) -> list[str]:
    svg = ET.fromstring(rendered(picture, "svg"))
    return [e.text or "" for e in svg.iter("{http://www.w3.org/2000/svg}text")]


def risk_row(platform: str, tool: str, n: int, of: int, lacking: int = 0) -> dict[str, object]:
    part = share(n, of, lacking)
    known = {"percent": part.percent, "low": part.low, "high": part.high}
    return {
        "platform": platform,
        "tool": tool,
        "models": of,
        "with_findings": n,
        "files": 40,
        "not_scanned": lacking,
    } | known


def test_prevalence_shows_both_ways_of_counting_with_their_numbers() -> None:
    rows = counts.platforms([counts.Counts("hub", 50, 10, loader=5, loader_unknown=2), counts.Counts("total", 50, 10)])
    picture = prevalence(rows)

    assert picture.alt == (
        "Repositories that need custom code: hub: published criteria 10 of 50 (20 %), interval 11.2 to 33 %, executed "
        "by the loader 5 of 50 (10 %), interval 4.35 to 26.2 %; total: published criteria 10 of 50 (20 %), interval "
        "11.2 to 33 %."
    )
    assert {"hub", "10 of 50 (20 %)", "executed by the loader"} <= set(words(picture))


def test_published_counts_alone_have_no_second_series() -> None:
    picture = prevalence(counts.platforms([counts.Counts("hub", 1_699_968, 35_953)]))

    shown = words(picture)
    assert "35,953 of 1,699,968 (2.11 %)" in shown
    assert "executed by the loader" not in shown


def test_risk_says_what_was_not_scanned() -> None:
    picture = risk([risk_row("hub", "bandit", 3, 10), risk_row("hub", "yara", 0, 10, lacking=4)])

    assert picture.alt == (
        "Models with findings: hub, bandit: 3 of 10 models, 30 % (interval 10.8 to 60.3); hub, yara: 0 of 10 models, "
        "0 % (interval 0 to 68.7), 4 of 40 files not scanned."
    )
    assert {"bandit", "yara", "3 of 10", "0 of 10; 4 files not scanned"} <= set(words(picture))


def measure(code: str, name: str, estimate: float | None, **more: Any) -> AgreementMeasure:
    theme = "." not in code
    common = {"subject": "theme" if theme else "code", "level": "themes" if theme else "codes", "units": 40}
    ends = {"low": estimate - 0.1, "high": estimate + 0.1} if estimate is not None else {"undefined": "one value only"}
    return row(AgreementMeasure, code=code, measure=name, estimate=estimate, coders=2, **common | ends | more)


def test_agreement_shows_each_code_with_the_threshold_and_says_what_is_below(study: Study) -> None:
    measures = [
        measure("USE", "alpha", 0.8),
        measure("USE.err", "alpha", 0.5),
        measure("USE.err", "ac1", 0.75),
        measure("USE.place", "alpha", None),
        measure("USE.err", "alpha", 0.1, source="github"),
        measure("USE.err", "percent", 90.0),
    ]
    picture = agreement(measures, study.codebook, 0.667)

    assert picture.alt == (
        "Agreement of coders, threshold 0.667: Usability: alpha 0.80, 40 units (0.70 to 0.90); Error handling: alpha "
        "0.50, 40 units (0.40 to 0.60), ac1 0.75, 40 units (0.65 to 0.85), below the threshold; Flag placement: alpha "
        "undefined: one value only."
    )
    assert {"Usability", "Error handling", "0.50, 40 units", "undefined: one value only"} <= set(words(picture))


def test_saturation_shows_the_curve_of_all_threads() -> None:
    steps = [
        row(SaturationStep, n=n, found=min(n, 3), new_codes=int(n <= 3), expected=3.0, low=1, high=3, permutations=200)
        for n in range(1, 12)
    ]
    picture = saturation([*steps, row(SaturationStep, source="github", n=1)])

    assert "3 codes in 11 threads; the last new one came with thread 3." in picture.caption
    assert "200 random orders" in picture.caption
    assert picture.alt.startswith("Codes found by number of threads coded: 1 after 1, 2 after 2, 3 after 3")
    assert "threads coded" in words(picture)


def in_force(symbol: str, level: str, since: int, until: int | None, version: str, **more: Any) -> InForce:
    moment = datetime(since, 1, 1, tzinfo=UTC)
    end = datetime(until, 1, 1, tzinfo=UTC) if until else None
    common = {"platform": "hub", "package": "client", "parameter": "trust", "mechanism": "execution gate"}
    return row(InForce, symbol=symbol, level=level, since=moment, until=end, first_version=version, **common | more)


def test_the_timeline_shows_levels_from_release_to_release() -> None:
    rows = [
        in_force("load", "none", 2019, 2021, "1.0"),
        in_force("load", "prompt", 2021, None, "2.0"),
        in_force("load > other", "block", 2020, None, "1.5"),
        in_force("open", "unknown", 2020, 2022, "1.5"),
    ]
    picture = timeline(rows, datetime(2024, 1, 1, tzinfo=UTC), {(2021, 3): 2})

    assert picture.alt == (
        "Levels in force by date: client: load (trust): none from 2019-01-01 (1.0), prompt from 2021-01-01 (2.0)."
    )
    assert "2 gates of client packages" in picture.caption
    assert "1 are drawn, those whose level is known" in picture.caption
    assert {"client (trust)", "load", "1.0", "2.0", "2023", "threads per month"} <= set(words(picture))
    assert [r["level"] for r in picture.rows] == ["none", "prompt", "unknown"]


def test_the_mosaic_shades_by_residual(study: Study) -> None:
    with pairs(study, resolve(study, Asked(rows="theme", cols="source"))) as made:
        table = count(made)
    picture = mosaic(table, {("USE", "github"): -4.5, ("SEC", "github"): 2.1})

    assert "Usability, github: 1 (residual -4.5)" in picture.alt
    svg = rendered(picture, "svg").decode().split("</style>")[-1]
    assert "#eaa15a" in svg
    assert "#b5d0ee" in svg
    assert "#eaa15a" not in rendered(mosaic(table), "svg").decode()


GAP = {"concern": 3, "threads": 10, "concern_percent": 30.0, "concern_low": 10.0, "concern_high": 60.0}
GAP |= {"with_findings": 2, "models": 8, "risk_per_1000": 250.0, "risk_low": 70.0, "risk_high": 590.0, "not_scanned": 1}
NO_THREADS = {"concern": 0, "threads": 0, "concern_percent": None, "concern_low": None, "concern_high": None}


def test_the_gap_says_that_it_describes_and_tests_nothing() -> None:
    picture = gap([{"platform": "one", **GAP}, {"platform": "two", **GAP, **NO_THREADS}], ("platform",))

    assert "This describes 2 platforms and tests nothing." in picture.caption
    assert picture.alt == (
        "Concern and risk, a description of 2 platforms: one: concern in 3 of 10 threads (interval 10 to 60 %), "
        "findings in 2 of 8 models (250 per 1,000) (interval 70 to 590), 1 files not scanned; two: no coded threads, "
        "findings in 2 of 8 models (250 per 1,000) (interval 70 to 590), 1 files not scanned."
    )
    assert {"one", "3 of 10", "no threads", "2 of 8"} <= set(words(picture))


def test_themes_stand_before_and_after_each_change() -> None:
    rows = [
        {
            "platform": "hub",
            "change": "client 2.0, trust: none to prompt",
            "date": datetime(2021, 1, 1, tzinfo=UTC),
            "days": 180,
            "theme": theme,
            "before": 1,
            "all_before": 4,
            "after": 0,
            "all_after": 5,
        }
        for theme in ("Usability", HOSTILE)
    ]
    picture = gate_changes([*rows, rows[0] | {"all_before": 0}], tuple(rows[0]))

    assert "in the 180 days before and after" in picture.caption
    assert "Usability: 1 of 4 before, 0 of 5 after" in picture.alt
    assert {"hub: client 2.0, trust: none to prompt", "1 of 4", "0 of 5"} <= set(words(picture))


NOTHING: Sequence[Picture] = (
    prevalence([]),
    risk([]),
    agreement([], None, 0.667),
    saturation([]),
    timeline([], None, {}),
    gap([], ()),
    gate_changes([], ()),
)


@pytest.mark.parametrize("picture", NOTHING, ids=lambda p: p.name)
def test_without_rows_there_is_a_reason_and_no_empty_axes(picture: Picture) -> None:
    assert picture.missing
    assert picture.rows == []


def test_hostile_names_draw_as_text_everywhere() -> None:
    pictures = (
        risk([risk_row(HOSTILE, "$x^$", 1, 2)]),
        prevalence(counts.platforms([counts.Counts(HOSTILE, 2, 1)])),
        timeline([in_force(HOSTILE, "none", 2020, None, "\\input{x} $")], None, {}),
        gap([{"platform": HOSTILE, **GAP}], ("platform",)),
    )

    for picture in pictures:
        assert all(rendered(picture, fmt) for fmt in FORMATS)
        assert any("<script>alert(1)</script>" in word for word in words(picture)), picture.name
