"""``coding suggest`` on odd input: older codebooks, other arms, topics, other scripts, and what cannot be done."""

import sys
from collections.abc import Callable

import pytest
from hand_study import decision, row
from suggesting import BOOK, CODES, embed, filled, rows, suggest

from codebook import ledger
from codebook.rows import Decision, Topic
from codebook.study import Study
from codebook.versions import recorded
from coding.suggestions import gathered
from coding.suggestions.decisions import decisions
from coding.suggestions.gathered import quoting
from coding.suggestions.material import Wording

Make = Callable[..., Study]


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "embed", embed)


def test_that_a_unit_has_no_code_is_unknown_where_no_page_had_the_code(make_study: Make) -> None:
    study = filled(make_study(codebook=BOOK), 6, 3)
    recorded.record(study, "coding-push-1")
    head = (
        'changes:\n  - {version: "1.1.0", add: NEW}\n  - {version: "1.1.0", rename: {from: SLOW, to: LOADING}}\ncodes:'
    )
    later = BOOK.replace("1.0.0", "1.1.0").replace("id: SLOW", "id: LOADING").replace("codes:", head)
    new = "  - {id: NEW, name: New, definition: Something new.}\n"
    (study.path / "codebook.yaml").write_text(later + new, encoding="utf-8")
    found, arms = decisions(Study.open(study.path), {"s:000": 4, "s:002": 1}, ["LOADING", "CACHE", "UNSAFE", "NEW"])

    assert found.units.tolist() == [1, 4]
    assert found.labels.tolist() == [[0, 0, 1, -1], [1, 0, 0, -1]]
    assert found.calibrates.tolist() == [True, True]
    assert arms == [frozenset({"plain"})] * 2


def test_what_was_split_is_unknown_where_it_was_given_and_known_where_it_was_not(make_study: Make) -> None:
    study = filled(make_study(codebook=BOOK), 6, 3)
    recorded.record(study, "coding-push-1")
    head = 'changes:\n  - {version: "2.0.0", split: {from: UNSAFE, into: [RUN, OWNER]}}\ncodes:'
    new = "".join(f"  - {{id: {code}, name: {code}, definition: Something.}}\n" for code in ("RUN", "OWNER"))
    later = BOOK.replace("1.0.0", "2.0.0").replace("exclude: [The cache is broken.]", "status: retired")
    (study.path / "codebook.yaml").write_text(later.replace("codes:", head) + new, encoding="utf-8")
    found, _ = decisions(Study.open(study.path), {"s:000": 0, "s:002": 2}, ["SLOW", "RUN", "OWNER"])

    assert found.labels.tolist() == [[1, 0, 0], [0, -1, -1]]


@pytest.mark.usefixtures("words")
def test_what_coders_saw_with_suggestions_calibrates_nothing(make_study: Make) -> None:
    study = filled(make_study(codebook=BOOK), 60, 30, arm="suggested")
    done = suggest(study)

    assert "30 of them decided, 0 of these read without suggestions" in done.stderr
    assert {row.score for row in rows(study)} == {None}


@pytest.mark.usefixtures("words")
def test_topics_are_heeded_and_methods_can_be_chosen(make_study: Make) -> None:
    study = filled(make_study(codebook=BOOK), 30, 15)
    units = [f"s:{at:03}" for at in range(30)]
    with ledger.run(study, "coding topics", {}) as run:
        run.write(Topic, [row(Topic, unit_id=unit, thread_id=unit, topic=at % 3) for at, unit in enumerate(units)])
    suggest(study)
    assert {row.method for row in rows(study)} == {"combined", "similarity", "topics", "learnt"}
    suggest(study, "--method", "topics")
    assert {row.method for row in rows(study)} == {"combined", "topics"}
    best = {row.unit_id: row.code for row in rows(study) if row.method == "topics" and (row.score or 0) > 0.5}
    assert best == {unit: CODES[at % 3] for at, unit in enumerate(units)}


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("book", "count", "body", "method", "what"),
    [
        (BOOK, 6, "", "learnt", "there is nothing yet for: learnt"),
        (BOOK, 3, "```\nimport os\n```", "similarity", ""),
        (
            'version: "1.0.0"\ncodes:\n  - {id: A, name: A, definition: d, status: proposed}\n',
            6,
            "",
            "similarity",
            "no code",
        ),
    ],
    ids=["no decisions to learn from", "only code", "no code that can be assigned"],
)
def test_what_cannot_be_done_is_said_in_one_line(
    make_study: Make, book: str, count: int, body: str, method: str, what: str
) -> None:
    done = suggest(filled(make_study(codebook=book), count, 0, body=body), "--method", method)

    assert what in done.stderr
    assert done.exit_code == (2 if what else 0)  # a title is prose


@pytest.mark.usefixtures("words")
def test_one_unit_in_a_script_of_its_own(make_study: Make) -> None:
    study = filled(make_study(codebook=BOOK), 1, 1, body="模型加载很慢。缓存坏了\uff01")

    assert suggest(study).exit_code == 0
    assert len(rows(study)) == 2 * len(CODES)


@pytest.mark.usefixtures("words")
def test_a_package_that_is_missing_is_named_with_its_extra(make_study: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.feature_extraction.text", None)
    done = suggest(filled(make_study(codebook=BOOK), 12, 6))

    assert done.exit_code == 4
    assert done.stderr.endswith("which comes with an extra: pip install 'qualdev[topics]'\n")


@pytest.mark.usefixtures("words")
def test_nothing_is_calibrated_on_what_the_codebook_quotes_and_what_waits_is_told(make_study: Make) -> None:
    book = BOOK.replace("It takes an hour to load.", "I say that  SLOW loading takes long here.")
    study = filled(make_study(codebook=book), 12, 9)
    with ledger.run(study, "coding adjudicate", {}) as run:
        run.write(Decision, [decision(f"s:{at:03}", CODES[at % 3]) for at in range(7)])
    with ledger.run(study, "coding topics", {}) as run:
        run.write(Topic, [row(Topic, unit_id="s:000", thread_id="s:000", topic=-1)])
    done = suggest(study)

    assert done.exit_code == 0
    assert "12 units, 7 of them decided, 4 of these read without suggestions" in done.stderr
    assert "3 decided units hold a text of the codebook word for word; nothing is calibrated on them" in done.stderr
    assert "2 units are coded and not decided yet" in done.stderr
    assert "without topics: coding topics has found none" in done.stderr


def test_short_texts_of_the_codebook_may_stand_anywhere() -> None:
    long = Wording("A", ("A. The definition of the code, which is long.", "x" * 30), ("y" * 29,))

    shown = ["x" * 30, "a X" + "x" * 30, "y" * 29, "A. The definition of the code, which is long."]

    assert quoting(shown, [long]).tolist() == [True, True, False, False]
