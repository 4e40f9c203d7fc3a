"""How well raters agree: percent agreement and Cohen's kappa."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hand_study import row
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from codebook.rows import Match, Screening
from codebook.study import Study
from coding.screening.hints import hints
from coding.screening.report import cohen, report

MakeStudy = Callable[..., Study]
VERDICTS = ("include", "exclude", "unsure")


def put(study: Study, **verdicts: str) -> None:
    """Write verdicts: per rater one letter (i, e, u) a thread, a dot where there is none."""
    words = {word[0]: word for word in VERDICTS}
    rows = [
        row(Screening, unit_id=f"t{number:02}", thread_id=f"t{number:02}", coder=coder, verdict=words[letter])
        for coder, letters in verdicts.items()
        for number, letter in enumerate(letters)
        if letter != "."
    ]
    study.write(Screening, rows)


def test_a_table_that_can_be_counted_by_hand(make_study: MakeStudy) -> None:
    """Both say include 2 times and exclude once, n = 5: 0.6; chance 3/5 x 3/5 + 1/5 x 2/5 = 0.44; 0.16 / 0.56."""
    study = make_study()
    put(study, coder_a="iiieu.", coder_b="iieei.")

    (found,) = report(study)
    assert found.pop("kappa") == pytest.approx(0.16 / 0.56)
    assert found == {
        "rater_1": "coder_a",
        "rater_2": "coder_b",
        "n": 5,
        "both_include": 2,
        "both_exclude": 1,
        "differ": 2,
        "percent": 60.0,
        "why_undefined": None,
    }


def test_where_both_always_say_the_same_kappa_is_undefined_and_that_is_said(make_study: MakeStudy) -> None:
    study = make_study()
    put(study, coder_a="iii", coder_b="iii", coder_c="...e")

    (found,) = report(study)
    assert (found["percent"], found["kappa"]) == (100.0, None)
    assert found["why_undefined"] == "both gave one and the same verdict to all"


def test_pairs_that_share_no_thread_have_no_row(make_study: MakeStudy) -> None:
    study = make_study()
    put(study, coder_a="ii..", coder_b="..ee", coder_c="i..e")

    pairs = [(found["rater_1"], found["rater_2"], found["n"], found["kappa"]) for found in report(study)]
    assert pairs == [("coder_a", "coder_c", 1, None), ("coder_b", "coder_c", 1, None)]


@given(st.lists(st.tuples(st.sampled_from(VERDICTS), st.sampled_from(VERDICTS)), min_size=2, max_size=40))
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    first, second = zip(*pairs, strict=True)
    ours = cohen(Counter(pairs))
    if len({*first, *second}) == 1:
        assert ours is None
        return
    theirs: Any = cohen_kappa_score(first, second)

    assert ours == pytest.approx(theirs)


def test_the_command_prints_the_report_and_says_when_there_is_none(make_study: MakeStudy, run: Any) -> None:
    study = make_study()
    none = run("coding", "screen", "--report", "--study", study.path)
    put(study, coder_a="iiieu", coder_b="iieei")
    some = run("coding", "screen", "--report", "--format", "csv", "--study", study.path)

    assert (none.code, some.code) == (2, 0), some.err
    assert "no thread has verdicts of two raters yet" in none.err
    assert some.out.splitlines()[1] == "coder_a,coder_b,5,2,1,2,60,0.2857,"


def test_a_hint_only_where_no_author_speaks_of_a_keyword(make_study: MakeStudy) -> None:
    study = make_study()
    found = [
        ("code", "trust_repo", "code"),
        ("log", "trust_repo", "code"),
        ("log", "trust_remote_code", "log"),
        ("said", "trust_repo", "code"),
        ("said", "trust_repo", "prose"),
        ("titled", "trust_repo", "title"),
    ]
    study.write(Match, [row(Match, thread_id=thread, keyword=word, place=place) for thread, word, place in found])

    assert hints(study) == {
        "code": "Hint: trust_repo occurs only in a code snippet.",
        "log": "Hint: trust_remote_code, trust_repo occur only in a code snippet or in a log or traceback.",
    }
