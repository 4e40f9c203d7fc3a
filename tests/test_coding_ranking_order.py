"""An ordered screening over a study: batches, evidence, the stop, and the table, from raw records and verdicts."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from live_studio import put_threads
from place_rig import AtPlace, part

from codebook import check
from codebook.rows import Ranked
from codebook.study import Study
from coding import derive
from coding.projects.label import Place
from coding.ranking import kept_arrays, order, report, steps
from coding.ranking.candidates import candidates
from coding.ranking.features import features
from coding.ranking.steps import Drawn, History, Step
from coding.sampling.frame import frame
from coding.screening.ordered import given_by
from collect.forget import erase

MakeStudy = Callable[..., Study]
SETTINGS = """\
[coders]
names = ["coder_a", "coder_b"]
adjudicator = "coder_c"
[screening]
recall = 0.8
confidence = 0.8
criteria = [{id = "usage", kind = "include", text = "Somebody fears remote code."}]
"""
RELEVANT = "I fear remote code that runs while the model is loaded, and what it does to my machine."
OTHER = "The tokenizer gives wrong words for numbers, and the training is slow."


def threads(relevant: int, others: int) -> dict[str, list[str]]:
    made = {f"r{number:03}": [f"{RELEVANT} {number}"] for number in range(relevant)}
    return made | {f"x{number:03}": [f"{OTHER} {number}"] for number in range(others)}


@pytest.fixture(autouse=True)
def _words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No sentence model is loaded here; what it adds is in test_coding_ranking_meaning."""
    monkeypatch.setattr(order, "meaning", lambda *_: None)


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    made = make_study(SETTINGS)
    put_threads(made, threads(12, 88))
    return made


class Raters:
    """Two raters who read what they are given; a thread whose id begins with r is relevant."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.both = [AtPlace(study, Place(f"coder_{name}", "screening"), n, {}) for n, name in enumerate("ab", 1)]
        self.has: set[str] = set()

    def batch(self, size: int = 10, said: list[str] | None = None, **odd: str) -> list[str]:
        """Give out what is to be read, read it, and pull; ``odd`` are verdicts of the second rater."""
        given = given_by(self.study, "coding-screen-1", size, (said if said is not None else []).append)
        new = [thread for thread in sorted(given, key=lambda thread: given[thread]) if thread not in self.has]
        self.has |= set(new)
        for at in self.both:
            at.push(*new)
            for thread in new:
                verdict = "include" if thread.startswith("r") else "exclude"
                own = odd.get(thread, verdict) if at.place.coder == "coder_b" else verdict
                at.say(thread, part("verdict", choices=[own]))
            at.pulled()
        derive.rebuild(self.study, print)
        return new

    def until_stop(self, size: int = 20) -> list[str]:
        read = []
        while new := self.batch(size):
            read += new
        return read


def rows(study: Study) -> list[Ranked]:
    return list(study.read(Ranked))


def test_the_first_batch_is_half_random_and_half_like_the_question_and_the_next_ones_learn(study: Study) -> None:
    raters = Raters(study)
    first, second = raters.batch(), raters.batch()
    found = steps.history(study)

    assert [step.number for step in found.steps] == [1, 2]
    assert [sum(one.how == "similar" for one in step.drawn) for step in found.steps] == [5, 0]
    assert [sum(one.how == "random" for one in step.drawn) for step in found.steps] == [5, 0]
    assert sum(thread.startswith("r") for thread in first) >= 5
    assert {thread for thread in (*first, *second) if thread.startswith("r")} == {f"r{n:03}" for n in range(12)}


def test_it_stops_and_what_stays_unread_has_its_place(study: Study) -> None:
    raters = Raters(study)
    read = raters.until_stop(10)
    said: list[str] = []
    again = given_by(study, "coding-screen-2", 10, said.append)
    derive.rebuild(study, print)

    (told,) = report.report(study)
    assert told["may_stop"] is True
    assert told["why"] == "a recall of 0.8 at a confidence of 0.8 is certain"
    assert told["found"] == 12
    assert len(read) == told["read"] == len(again) < 90
    assert "stop here" in said[1]
    assert len(steps.history(study).steps) * 10 == len(read), "nothing came behind the stop"
    states = [row.state for row in rows(study)]
    assert states.count("given") == len(read)
    assert states.count("unread after the stop") == 100 - len(read)
    assert sorted(row.rank for row in rows(study) if row.rank) == list(range(1, 101))
    assert len(frame(study)) == 12, "what was not read is not drawn for coders"


def test_a_second_call_without_new_verdicts_draws_nothing_and_a_half_read_batch_is_filled_up(study: Study) -> None:
    told: list[str] = []
    first = given_by(study, "coding-screen-1", 10, told.append)
    second = given_by(study, "coding-screen-1", 10, told.append)
    larger = given_by(study, "coding-screen-2", 14, told.append)

    assert first == second
    assert list(larger)[:10] == list(first)
    assert len(larger) == 14
    assert len(steps.history(study).steps) == 2


def test_a_rebuild_asks_no_model_and_gives_the_same_table(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    Raters(study).until_stop(10)
    given_by(study, "coding-screen-2", 10, print)
    derive.rebuild(study, print)
    before = study.table("ranking").read_bytes()
    study.table("ranking").unlink()
    monkeypatch.setattr(order, "_liked", None)
    derive.rebuild(study, print)

    assert study.table("ranking").read_bytes() == before
    assert ("ranking", "thread_id", "threads") in check.REFERENCES


def test_the_same_study_is_ordered_the_same_way(make_study: MakeStudy) -> None:
    drawn = []
    for name in ("one", "other"):
        study = make_study(SETTINGS, name=name)
        put_threads(study, threads(12, 88))
        Raters(study).until_stop()
        drawn.append([step.drawn for step in steps.history(study).steps])

    assert drawn[0] == drawn[1]


def test_nobody_may_stop_while_raters_disagree_or_are_unsure(study: Study) -> None:
    raters = Raters(study)
    first = raters.batch(size=100, r003="exclude", x005="unsure")
    state = _known(study)

    assert len(first) == 100
    assert sorted(state.waiting) == ["r003", "x005"]
    assert not state.may_stop
    assert raters.batch() == [], "everything is given out"
    (told,) = report.report(study)
    assert told["why"] == "2 threads that raters were given have no verdict yet"
    judge = AtPlace(study, Place("coder_c", "screening", 1, "adjudication"), 3, {})
    judge.push("r003", "x005")
    for thread in ("r003", "x005"):
        judge.say(thread, part("verdict", choices=["exclude"]))
    judge.pulled()
    derive.rebuild(study, print)
    assert _known(study).may_stop
    assert report.report(study)[0]["why"] == "everything is read"


def test_verdicts_that_are_all_the_same_and_one_candidate(make_study: MakeStudy) -> None:
    study = make_study(SETTINGS)
    put_threads(study, {"x1": [OTHER]})
    raters = Raters(study)

    assert raters.batch() == ["x1"]
    assert raters.batch() == []
    assert _known(study).may_stop
    none = make_study(SETTINGS, name="none")
    put_threads(none, threads(0, 30) | {"y": [""], "z": ["```\n1\n```"]})
    many = Raters(none)
    assert len(many.until_stop(6)) < 32
    assert {one.how for step in steps.history(none).steps for one in step.drawn} == {"similar", "random"}
    assert report.report(none)[0]["found"] == 0


def test_draws_from_before_a_candidate_came_are_read_and_are_no_evidence(study: Study) -> None:
    raters = Raters(study)
    raters.until_stop()
    given_by(study, "coding-screen-2", 10, print)
    before = _known(study)
    put_threads(study, threads(13, 120))
    after = _known(study)
    told: list[str] = []
    raters.batch(said=told)

    assert before.may_stop
    assert not after.may_stop
    assert (before.certainty.drawn > 0, after.certainty.drawn) == (True, 0)
    assert after.certainty.read == before.certainty.read
    assert "are no evidence" in told[0]
    assert steps.history(study).stop is None, "a batch lifts the stop"
    assert {row.state for row in rows(study)} == {"given", "waiting"}


def test_candidates_that_left_count_no_more_and_verdicts_from_before_count(study: Study) -> None:
    raters = Raters(study)
    for at in raters.both:
        at.push("r000", "x000")
        at.say("r000", part("verdict", choices=["include"]))
        at.say("x000", part("verdict", choices=["exclude"]))
        at.pulled()
    derive.rebuild(study, print)
    raters.batch()
    put_threads(study, {key: text for key, text in threads(12, 88).items() if key != "x000"})
    state = _known(study)

    assert [row.state for row in rows(study) if row.thread_id in ("r000", "x000")] == ["read otherwise"] * 2
    assert steps.history(study).steps[0].known == ["r000", "x000"]
    assert all(one.how == "model" for one in steps.history(study).steps[0].drawn), "there was something to learn from"
    assert (state.certainty.candidates, state.certainty.read) == (99, 11)


def test_goals_that_were_set_after_looking_are_said(make_study: MakeStudy) -> None:
    study = make_study(SETTINGS)
    put_threads(study, threads(3, 20))
    given_by(study, "coding-screen-1", 5, print)
    (study.path / "study.toml").write_text((study.path / "study.toml").read_text().replace("0.8\nconf", "0.6\nconf"))
    again = Study.open(study.path)

    assert "goals that are chosen after looking" in " ".join(report.lines(again, steps.history(again), _known(again)))


def test_evidence_is_of_what_was_taken_before_the_first_thread_that_waits(study: Study) -> None:
    """What a draw behind a waiting thread had to choose from is not known before that one has its verdict."""
    there = candidates(study)
    drawn = tuple(Drawn(thread_id=f"x{number:03}", how="random", score=0.0) for number in range(5))
    whole: dict[str, Any] = {"settings": {}, "model": {}, "gone": (), "known": (), "run_id": "r"}
    found = History([Step(number=1, joined=list(there), drawn=drawn, **whole)])
    verdicts = {f"x{number:03}": False for number in (0, 1, 3, 4)}

    state = order.known(study, found, there, verdicts)
    assert (state.certainty.drawn, state.certainty.read, list(state.waiting)) == (2, 4, ["x002"])


def test_arrays_are_made_once_per_texts_and_a_damaged_file_is_made_again(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {"a": "remote code", "b": "", "c": "code"}
    made: list[int] = []
    monkeypatch.setattr(kept_arrays, "features", lambda of: made.append(len(of)) or features(of))
    first, second = (kept_arrays.arrays(study, texts) for _ in range(2))
    (kept,) = study.private.glob("ranking-*.npz")
    kept.write_bytes(kept.read_bytes()[:50])
    third = kept_arrays.arrays(study, texts)
    kept_arrays.arrays(study, texts | {"c": "another"})

    assert made == [3, 3, 3]
    assert [(first != other).nnz for other in (second, third)] == [0, 0]
    assert len(list(study.private.glob("ranking-*"))) == 1


def test_a_forgotten_candidate_leaves_the_table_and_the_others_stay_as_they_were(study: Study) -> None:
    Raters(study).until_stop(10)
    given_by(study, "coding-screen-2", 10, print)
    derive.rebuild(study, print)
    before = {row.thread_id: row for row in rows(study)}
    gone = {row.state: row.thread_id for row in rows(study)}
    forgotten = study.forgotten
    forgotten.add(forgotten.tombstone("thread", name, "collect-forget-1") for name in gone.values())
    erase(study, forgotten, keep=True)
    again = Study.open(study.path)
    derive.rebuild(again, print)

    assert set(gone) == {"given", "unread after the stop"}
    assert {row.thread_id: row for row in rows(again)} == {k: v for k, v in before.items() if k not in gone.values()}


def test_a_report_before_the_first_batch_says_what_to_run(study: Study, run: Callable[..., Any]) -> None:
    ran = run("coding", "screen", "--order", "--report", "--study", study.path)

    assert (ran.code, ran.out) == (2, "")
    assert "nothing was ordered yet" in ran.err
    assert "coding screen --order" in ran.err


def _known(study: Study) -> order.Known:
    verdicts: Mapping[str, bool] = order.decided(study)
    return order.known(study, steps.history(study), candidates(study), verdicts)
