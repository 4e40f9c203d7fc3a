"""The flow as boxes: literal ones for a small study, and for any study that they add up."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import hand_study
import pytest
from click.testing import CliRunner
from hand_study import HOSTILE, coding, decision, row, thread
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.cli import cli
from analysis.flow.box import Box, Part
from analysis.flow.boxes import boxes
from analysis.flow.steps import flow
from codebook.rows import Coding, Decision, Exclusion, Planned, Ranked, Screened, Slice, Thread
from codebook.study import Study

Make = Callable[..., Study]


@pytest.fixture
def study(make_study: Make) -> Study:
    return hand_study.write(make_study(codebook=hand_study.BOOK))


def told(found: Sequence[Box]) -> list[str]:
    """A line per box and per part of it."""
    lines = []
    for box in found:
        lines.append(f"{box.name} {box.n} {_sites(box.by_site)}")
        lines += [f"  of which {part.label} {part.n} {_sites(part.by_site)}" for part in box.parts]
        for part in box.left:
            lines.append(f"  out {part.label} {part.n} {_sites(part.by_site)}")
            lines += [f"    {reason.label} {reason.n} {_sites(reason.by_site)}" for reason in part.reasons]
    return lines


def _sites(by_site: Any) -> str:
    return " ".join(f"{site}:{n}" for site, n in by_site.items())


def test_the_boxes_of_a_small_study(study: Study) -> None:
    assert told(boxes(study)) == [
        "identified 6 forum:3 github:3",
        "  of which forum: trust_repo 3 forum:3",
        "  of which github: trust_repo 3 github:3",
        "found 6 forum:3 github:3",
        "  out excluded by rule 1 github:1",
        "    only in code 1 github:1",
        "included 5 forum:3 github:2",
        "  out not coded yet 1 forum:1",
        "coded 4 forum:2 github:2",
        "  out not decided yet 4 forum:2 github:2",
        "decided 0 ",
    ]


def test_every_box_says_where_it_comes_from(study: Study) -> None:
    assert [(box.name, box.origin) for box in boxes(study)] == [
        ("identified", "slices (collect-threads-1)"),
        ("found", "threads (collect-threads-1)"),
        ("included", "threads (collect-threads-1); exclusions (collect-threads-1)"),
        ("coded", "codings (coding-pull-1)"),
        ("decided", "decisions (no rows)"),
    ]
    assert boxes(study)[0].notes == (
        "queries and windows that were got whole: 1 of 2; hits that sites say they have: 2003",
    )


def test_hits_that_are_one_thread_leave_before_it_is_found(study: Study) -> None:
    """One site is asked twice for the same threads; in the forum a thread came by itself."""
    asked = [("github", "trust_repo", 3), ("github", "trust_remote_code", 2), ("forum", "trust_repo", 2)]
    study.write(Slice, [row(Slice, site=site, query=query, got=n) for site, query, n in asked])

    assert told(boxes(study))[:6] == [
        "identified 8 forum:3 github:5",
        "  of which forum: trust_repo 2 forum:2",
        "  of which github: trust_remote_code 2 github:2",
        "  of which github: trust_repo 3 github:3",
        "  of which given by no query 1 forum:1",
        "  out found again by another query or window, or gone 2 github:2",
    ]


def test_a_thread_with_several_reasons_counts_once_and_under_each(study: Study) -> None:
    why = [("t5", "collect", "only in code"), ("t5", "collect", "duplicate"), ("t5", "screen", "off topic")]
    study.write(Exclusion, [row(Exclusion, thread_id=t, stage=s, reason=r, by="x") for t, s, r in why])

    assert told(boxes(study))[4:8] == [
        "  out excluded by rule 1 github:1",
        "    duplicate 1 github:1",
        "    only in code 1 github:1",
        "    screen: off topic 1 github:1",
    ]


def test_a_screening_and_a_sample(study: Study) -> None:
    """Four were screened; of those that are in, t1 was drawn; t4 was coded though nobody drew it or screened it."""
    verdicts = [("t1", True, None), ("t2", False, "off"), ("t3", True, None)]
    study.write(Screened, [row(Screened, thread_id=t, included=yes, criterion=why) for t, yes, why in verdicts])
    study.write(Planned, [row(Planned, unit_id="t1", thread_id="t1", coder="a")])
    study.write(Ranked, [row(Ranked, thread_id="t6", state="unread after the stop")])
    study.write(Coding, [coding("t1", "a", "USE.err"), coding("t4", "a", "USE.err")])
    study.write(Decision, [decision("t1", "USE.err")])
    found = boxes(study)

    assert told(found)[6:] == [
        "included 5 forum:3 github:2",
        "  out unread after the stop 1 forum:1",
        "screened 4 forum:2 github:2",
        "  out screened out 1 github:1",
        "    off 1 github:1",
        "screened in 3 forum:2 github:1",
        "  out not drawn 1 forum:1",
        "drawn 2 forum:1 github:1",
        "coded 2 forum:1 github:1",
        "  out not decided yet 1 forum:1",
        "decided 1 github:1",
    ]
    assert {box.name: box.notes for box in found if box.notes and box.name != "identified"} == {
        "screened": ("1 of them coded without a verdict",),
        "drawn": ("1 of them coded without being drawn",),
    }


def test_what_was_drawn_first_is_screened_then(study: Study) -> None:
    study.write(Planned, [row(Planned, unit_id=t, thread_id=t, coder="a") for t in ("t1", "t2", "t6")])
    study.write(Screened, [row(Screened, thread_id="t1", included=True)])
    study.write(Coding, [])

    assert [(box.name, box.n) for box in boxes(study)] == [
        *(("identified", 6), ("found", 6), ("included", 5), ("drawn", 3)),
        *(("screened", 1), ("screened in", 1), ("coded", 0), ("decided", 0)),
    ]


def test_as_a_table(study: Study) -> None:
    done = CliRunner().invoke(cli, ["flow", "--by", "site", "--format", "csv", "--study", str(study.path)])

    assert done.stdout.splitlines()[:6] == [
        "phase,box,part,label,n,forum,github,origin",
        "identification,identified,box,hits of queries,6,3,3,slices (collect-threads-1)",
        "identification,identified,of which,forum: trust_repo,3,3,0,",
        "identification,identified,of which,github: trust_repo,3,0,3,",
        "identification,found,box,threads found,6,3,3,threads (collect-threads-1)",
        "identification,found,out,excluded by rule,1,0,1,",
    ]
    assert "identified: queries and windows that were got whole: 1 of 2" in done.stderr


def test_an_empty_study_has_empty_boxes_and_no_hits(make_study: Make) -> None:
    study = make_study()
    done = CliRunner().invoke(cli, ["flow", "--prisma", "--format", "json", "--study", str(study.path)])

    assert [(line["box"], line["n"], line["origin"]) for line in json.loads(done.stdout)] == [
        ("found", 0, "threads (no rows)"),
        ("included", 0, "threads (no rows)"),
        ("coded", 0, "codings (no rows)"),
        ("decided", 0, "decisions (no rows)"),
    ]


def test_decisions_without_codings_are_of_coded_threads(study: Study) -> None:
    """As in a package that leaves the codings out."""
    study.table("codings").unlink()
    study.write(Decision, [decision("t1", "USE.err")])

    assert [(box.name, box.n) for box in boxes(study)][-2:] == [("coded", 1), ("decided", 1)]


def test_hostile_queries_reasons_and_sites_are_text(study: Study) -> None:
    study.write(Slice, [row(Slice, site="label", query=HOSTILE, got=2)])
    study.write(Exclusion, [row(Exclusion, thread_id="t5", stage="collect", reason=HOSTILE, by="x")])
    shown = {
        fmt: CliRunner().invoke(cli, ["flow", "--by", "site", "--format", fmt, "--study", str(study.path)]).stdout
        for fmt in ("text", "latex", "json", "csv")
    }

    assert "\x1b" not in "".join(shown.values())
    assert "\\input" not in shown["latex"]
    assert {"label", "site label"} <= json.loads(shown["json"])[0].keys()


SITES = ("github", "forum")
FLAG = st.booleans()
ONE = st.fixed_dictionaries(
    {
        "site": st.sampled_from(SITES),
        "reasons": st.sets(st.sampled_from(["only in code", "duplicate", "language"])),
        "verdict": st.sampled_from([None, None, True, False]),
        "unread": FLAG,
        "drawn": FLAG,
        "coded": FLAG,
        "decided": FLAG,
    }
)
HITS = st.lists(st.tuples(st.sampled_from(SITES), st.sampled_from(["a", "b"]), st.integers(0, 9)), max_size=4)


@given(each=st.lists(ONE, max_size=30), hits=HITS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_boxes_of_any_study_add_up(tmp_path: Path, each: list[dict[str, Any]], hits: list[Any]) -> None:
    study = _written(tmp_path, {f"t{place}": one for place, one in enumerate(each)}, hits)
    found = boxes(study)
    steps = {str(line["step"]): line["threads"] for line in flow(study) if line["reason"] is None}

    for box, following in pairwise(found):
        left = _sum(box.left)
        assert following.n == box.n - left.total()
        assert Counter(following.by_site) == Counter(box.by_site) - left
        assert all(value >= 0 for value in following.by_site.values())
    for box in found:
        assert box.n == sum(box.by_site.values())
        assert not box.parts or _sum(box.parts) == Counter(box.by_site)
        for part in box.left:
            assert part.n == sum(part.by_site.values()) > 0
            assert all(reason.n <= part.n for reason in part.reasons)
            assert not part.reasons or sum(reason.n for reason in part.reasons) >= part.n
    by_name = {box.name: box.n for box in found}
    assert (by_name["found"], by_name["included"]) == (steps["found"], steps["included"])
    assert by_name["decided"] == steps["decided"]


def _sum(parts: Iterable[Part]) -> Counter[str]:
    return sum((Counter(part.by_site) for part in parts), Counter())


def _written(folder: Path, threads: dict[str, dict[str, Any]], hits: list[Any]) -> Study:
    (folder / "study.toml").write_text('[study]\ntitle = "x"\nkeywords = ["k"]\n', encoding="utf-8")
    study = Study.open(folder)
    study.write(Thread, [thread(t, o["site"], 2024, included=not o["reasons"]) for t, o in threads.items()])
    study.write(
        Exclusion,
        [
            row(Exclusion, thread_id=t, stage="collect", reason=r, by="x")
            for t, o in threads.items()
            for r in o["reasons"]
        ],
    )
    verdicts = {t: o["verdict"] for t, o in threads.items() if o["verdict"] is not None}
    study.write(Screened, [row(Screened, thread_id=t, included=yes) for t, yes in verdicts.items()])
    study.write(
        Ranked, [row(Ranked, thread_id=t, state="unread after the stop") for t, o in threads.items() if o["unread"]]
    )
    study.write(Planned, [row(Planned, unit_id=t, thread_id=t) for t, o in threads.items() if o["drawn"]])
    study.write(Coding, [coding(t, "a", "USE.err") for t, o in threads.items() if o["coded"]])
    study.write(Decision, [decision(t, "USE.err") for t, o in threads.items() if o["decided"]])
    asked = {(site, query): n for site, query, n in hits}
    study.write(Slice, [row(Slice, site=site, query=query, got=n) for (site, query), n in asked.items()])
    return study
