"""Which coders see suggestions on which units: crossed, balanced, and only ever added to."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_studio import put_threads
from suggested_study import suggest, suggestion

from codebook.errors import StudyError
from codebook.rows import Planned
from codebook.study import Study
from coding.arms.draw import draw_arms
from coding.arms.offers import offers_to
from coding.page.places import place
from coding.projects.label import Place
from coding.push import work_of
from coding.sampling.frame import Candidate
from coding.sampling.share import Assigned

CODERS = ("ann", "ben", "cem", "dan")


def units(number: int, coders: int = 2, first: int = 0) -> list[Assigned]:
    """Units of two strata, each with some of the coders."""
    made = []
    for n in range(first, first + number):
        unit = Candidate(unit_id=f"t{n:03d}", thread_id=f"t{n:03d}", kind="thread", stratum="ab"[n % 2])
        whose = tuple(CODERS[(n + k) % len(CODERS)] for k in range(coders))
        made.append(Assigned(unit=unit, shared=coders > 1, coders=whose))
    return made


def drawn(of: list[Assigned], share: float, before: dict[str, Assigned] | None = None) -> dict[str, Assigned]:
    """The units in which anybody sees suggestions, after those before."""
    known = before or {}
    now = [known.get(one.unit.unit_id, one) for one in of]
    old = {(unit, coder) for unit, one in known.items() for coder in one.coders}
    new = {(one.unit.unit_id, coder) for one in now for coder in one.coders} - old
    return known | draw_arms(now, new, set(), share=share, arm="suggested", seed=7)


def test_half_of_the_coders_of_a_drawn_unit_see_suggestions_and_each_coder_reads_both_ways() -> None:
    found = drawn(units(80), 0.5)
    seeing = Counter(coder for one in found.values() for coder in one.arms)
    plainly = Counter(coder for one in found.values() for coder in one.coders if coder not in one.arms)

    assert len(found) == 40
    assert Counter(one.unit.stratum for one in found.values()) == {"a": 20, "b": 20}
    assert {len(one.arms) for one in found.values()} == {1}
    assert all(abs(seeing[coder] - plainly[coder]) <= 2 for coder in CODERS)


def test_units_of_one_coder_are_drawn_too_within_each_coder() -> None:
    found = drawn(units(80, coders=1), 0.25)

    assert Counter(coder for one in found.values() for coder in one.arms) == dict.fromkeys(CODERS, 5)


@given(st.integers(1, 4), st.floats(0.05, 1), st.floats(0.05, 1), st.integers(1, 60), st.integers(0, 40))
def test_a_larger_share_and_more_units_only_add(coders: int, one: float, other: float, number: int, more: int) -> None:
    small, large = sorted((one, other))
    first = drawn(units(number, coders), small)
    again = drawn(units(number, coders), small, first)
    later = drawn(units(number, coders) + units(more, coders, number), large, first)

    assert again == first
    assert first.keys() <= later.keys()
    assert all(later[unit].arms.items() >= one.arms.items() for unit, one in first.items())
    assert len(later) >= int(large * (number + more) + 0.5)
    assert all(0 < len(one.arms) < len(one.coders) for one in later.values() if coders > 1)


def test_what_was_pushed_stays_in_its_arm() -> None:
    of = units(10)
    pushed = {(one.unit.unit_id, coder) for one in of[:6] for coder in one.coders}
    found = draw_arms(of, set(), pushed, share=1.0, arm="suggested", seed=7)

    assert found.keys() == {one.unit.unit_id for one in of[6:]}


def test_a_coder_who_comes_to_a_drawn_unit_of_one_coder_reads_it_plainly() -> None:
    one = replace(units(1, coders=1)[0], arms={"ann": "suggested"}, coders=("ann", "ben"), shared=True)

    assert draw_arms([one], {("t000", "ben")}, set(), share=1.0, arm="suggested", seed=7) == {}


SETTINGS = '[coders]\nnames = ["ann", "ben"]\n[suggestions]\nshare = {}\n'
BOOK = 'version: "1.0.0"\ncodes:\n  - {id: A, name: A, definition: A.}\n'
THREADS = {f"t{n}": ["A post."] for n in range(10)}


@pytest.fixture
def study(make_study: Callable[..., Study]) -> Study:
    made = make_study(SETTINGS.format(0.4), codebook=BOOK)
    put_threads(made, THREADS)
    return made


def arms(study: Study) -> dict[tuple[str, str], str]:
    return {(row.unit_id, row.coder): row.arm for row in study.read(Planned)}


def with_share(study: Study, share: float) -> Study:
    path = study.path / "study.toml"
    path.write_text(path.read_text().replace("share = 0.4", f"share = {share}"))
    return Study.open(study.path)


def test_the_plan_says_who_sees_suggestions_and_a_larger_share_only_adds(study: Study, run: Callable[..., Any]) -> None:
    refused = run("coding", "push", "--study", study.path, LABEL_STUDIO_URL="http://127.0.0.1:1")
    first = run("coding", "sample", "--study", study.path)
    few = arms(study)
    again = run("coding", "sample", "--study", study.path)
    same = arms(study)
    run("coding", "sample", "--study", with_share(study, 0.7).path)
    more = arms(study)

    assert Counter(few.values()) == {"plain": 16, "suggested": 4}
    assert "4 of 10 units are read with suggestions: ann 2 of 10, ben 2 of 10" in first.err
    assert "before coding push, run: coding suggest" in first.err
    assert first.out.split()[-7:] == ["(all)", "10", "10", "10", "4", "10", "10"]
    assert again.code == 0
    assert same == few
    assert Counter(more.values()) == {"plain": 13, "suggested": 7}
    assert all(more[key] == "suggested" for key, arm in few.items() if arm == "suggested")
    assert refused.code in (2, 4)


def test_without_a_share_the_plan_is_what_it_was(make_study: Callable[..., Study], run: Callable[..., Any]) -> None:
    bodies = []
    for name, settings in (("none", '[coders]\nnames = ["ann", "ben"]\n'), ("zero", SETTINGS.format(0.0))):
        made = make_study(settings, codebook=BOOK, name=name)
        put_threads(made, THREADS)
        assert run("coding", "sample", "--study", made.path).code == 0
        bodies.append([page.body for page in made.raw("coding", "plan").pages()])

    assert bodies[0] == bodies[1]
    assert b"arms" not in bodies[0][0]
    assert b"suggestions" not in bodies[0][0]


def test_an_arm_called_plain_is_refused(make_study: Callable[..., Study]) -> None:
    with pytest.raises(StudyError, match="`plain` is the arm in which nobody sees suggestions"):
        make_study('[suggestions]\narm = "plain"\n')


def test_an_arm_that_was_renamed_is_not_pushed_to(study: Study, run: Callable[..., Any]) -> None:
    assert run("coding", "sample", "--study", study.path).code == 0
    path = study.path / "study.toml"
    path.write_text(path.read_text() + 'arm = "helped"\n')
    renamed = Study.open(study.path)
    suggest(renamed, [suggestion("t1", "A", arm="helped")])
    work = work_of(renamed, ["ann", "ben"], lambda _: None)

    assert Place("ann", arm="suggested") in work
    with pytest.raises(StudyError, match="planned for the arm suggested, and "):
        offers_to(renamed, work, lambda _: None)


def test_a_passage_is_told_by_path_and_utf_16_units() -> None:
    page = '<div>\n<p>😀 a<br>b <b>bold</b> end</p><p title="a>b">two &amp; three</p></div>'
    text = "\n😀 a\nb bold endtwo & three"

    assert place(page, text.index("bold"), text.index(" end")) == {
        "start": "/div[1]/p[1]/b[1]/text()[1]",
        "startOffset": 0,
        "end": "/div[1]/p[1]/b[1]/text()[1]",
        "endOffset": 4,
    }
    assert place(page, text.index("a"), text.index(" three")) == {
        "start": "/div[1]/p[1]/text()[1]",
        "startOffset": 3,
        "end": "/div[1]/p[2]/text()[1]",
        "endOffset": 5,
    }
    assert place(page, 5, 900) == {}


def test_an_arm_without_anything_to_show_is_told(study: Study, run: Callable[..., Any]) -> None:
    assert run("coding", "sample", "--study", study.path).code == 0
    told: list[str] = []
    work = work_of(study, ["ann"], lambda _: None)
    mine = sorted(unit for (unit, coder), arm in arms(study).items() if (coder, arm) == ("ann", "suggested"))
    suggest(study, [suggestion(unit, "A", said=False) for unit in mine])
    offers_to(study, work, told.append)
    suggest(study, [suggestion(mine[0], "A")])
    offers_to(study, work, told.append)

    assert len(told) == 1
    assert told[0].startswith("ann: nothing is suggested for any of the 2 new units of the arm suggested, so it will")
