"""Embeddings beside words in an ordered screening: where they can be had, and where not."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import numpy as np
import pytest
from live_studio import put_threads

from codebook.errors import Missing
from codebook.study import Study
from coding.ranking import meaning, order, steps
from coding.ranking.candidates import candidates
from coding.ranking.features import features
from coding.ranking.learning import NAMES, scores
from coding.ranking.steps import History

MakeStudy = Callable[..., Study]
VERDICTS = np.array([True, False]), np.array([0, 1], dtype=np.intp)
"""The first is relevant, the second is not."""

NOT_HERE = "the packaged model is not installed"
THREADS = {
    "a": ["Remote code of strangers is executed."],
    "b": ["The tokenizer is slow."],
    "c": ["It runs somebody's script on my laptop."],
    "d": ["Numbers are split wrongly."],
    "e": ["```\nimport os\n```"],
}


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    made = make_study()
    put_threads(made, THREADS)
    return made


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """No model: texts that speak of somebody's code are near each other; what was to be embedded is noted."""
    asked: list[Sequence[str]] = []

    def embed(_study: Study, texts: Sequence[str]) -> SimpleNamespace:
        asked.append(list(texts))
        rows = [[1.0, 0.0] if "stranger" in text or "somebody" in text else [0.0, 1.0] for text in texts]
        return SimpleNamespace(vectors=np.array(rows, dtype=np.float32), model_sha256="5a" * 32)

    monkeypatch.setattr(meaning, "embed", embed)
    monkeypatch.setattr(meaning, "find_model", lambda *_: SimpleNamespace(sha256="5a" * 32))
    return asked


def step_of(study: Study, verdicts: dict[str, bool], monkeypatch: pytest.MonkeyPatch) -> steps.Step:
    """The next batch where these verdicts are known."""
    monkeypatch.setattr(order, "decided", lambda _: verdicts)
    return order.next_step(study, History(), candidates(study), 3, "run")


def test_embeddings_find_what_says_the_same_in_other_words() -> None:
    texts = ["remote code", "tokenizer", "somebody's script", "numbers"]
    vectors = np.array([[1, 0], [0, 1], [1, 0], [0, 1]], dtype=np.float32)
    wanted = np.array([2, 3], dtype=np.intp)
    alone = scores(features(texts), *VERDICTS, wanted)
    both = scores(features(texts), *VERDICTS, wanted, vectors)

    assert alone is not None
    assert both is not None
    assert alone[0] == alone[1], "no word is known"
    assert both[0] > both[1]
    one = scores(features(texts), *VERDICTS, wanted[:1], vectors)
    assert one is not None
    assert one.tolist() == [0.0], "one candidate is as good as itself"
    none = scores(features(texts), *VERDICTS, wanted[:0], vectors)
    assert none is not None
    assert none.tolist() == []


def test_the_step_says_which_embeddings_it_had_and_they_are_of_the_prose(
    study: Study, made_up: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    step = step_of(study, {"a": True, "b": False}, monkeypatch)

    assert step.model["name"] == NAMES[1]
    assert step.model["embedding_model_sha256"] == "5a" * 32
    made = meaning.meaning(study, candidates(study))
    assert made is not None
    assert step.model["embeddings_sha256"] == made.sha256
    found = scores(features(list(candidates(study).values())), *VERDICTS, np.arange(2, 5), made.vectors)
    assert found is not None
    assert {one.thread_id: one.score for one in step.drawn} == dict(zip("cde", found.tolist(), strict=True))
    assert len(made_up) == 1, "they are kept"
    assert "import os" not in "".join(made_up[0])
    assert [("stranger" in text, "tokenizer" in text) for text in made_up[0]][:2] == [(True, False), (False, True)]


def test_without_a_model_words_alone_decide_and_one_line_says_so(
    study: Study, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none(*_: object) -> None:
        raise Missing(NOT_HERE)

    monkeypatch.setattr(meaning, "find_model", none)
    step = step_of(study, {"a": True, "b": False}, monkeypatch)

    assert (step.model["name"], step.model["embedding_model_sha256"]) == (NAMES[0], "")
    assert capsys.readouterr().err.splitlines() == [
        f"candidates are put in order by their words alone, without sentence embeddings: {NOT_HERE}"
    ]


def test_before_there_are_verdicts_nothing_is_embedded(
    study: Study, made_up: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    step = step_of(study, {}, monkeypatch)

    assert (step.model["name"], step.model["embeddings_sha256"]) == ("similarity to the question", "")
    assert made_up == []


def test_embeddings_are_made_once_per_texts_and_a_damaged_file_is_made_again(
    study: Study, made_up: list[Sequence[str]]
) -> None:
    texts = candidates(study)
    first, second = (meaning.meaning(study, texts) for _ in range(2))
    (kept,) = study.private.glob("meaning-*")
    kept.write_bytes(kept.read_bytes()[:90])
    third = meaning.meaning(study, texts)
    meaning.meaning(study, texts | {"x": "another"})

    assert first is not None
    assert [first.sha256 == (other and other.sha256) for other in (second, third)] == [True, True]
    assert [len(asked) for asked in made_up] == [5, 5, 6]
    assert len(list(study.private.glob("meaning-*"))) == 1


def test_candidates_without_prose_have_no_embedding(study: Study, made_up: list[Sequence[str]]) -> None:
    made = meaning.meaning(study, candidates(study) | {"x": "", "y": "1"})

    assert made is not None
    assert made_up[0][-2:] == ["", ""]
    assert [bool(row.any()) for row in made.vectors] == [True] * 5 + [False] * 2


_TWICE = """
import hashlib, json, sys
from pathlib import Path
from codebook.study import Study
from coding.ranking import order
from coding.ranking.candidates import candidates
from coding.ranking.steps import History
study = Study.open(Path(sys.argv[1]))
order.decided = lambda _: {"a": True, "b": False}
step = order.next_step(study, History(), candidates(study), 3, "run")
print(json.dumps([step.model, [(one.thread_id, one.how, one.score) for one in step.drawn]]))
"""


def test_two_processes_with_the_packaged_model_give_the_same_step(make_study: MakeStudy) -> None:
    told = []
    for name, seed in (("one", "1"), ("other", "2")):
        study = make_study(name=name)
        put_threads(study, THREADS)
        program = [sys.executable, "-c", _TWICE, str(study.path)]
        ran = subprocess.run(program, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed})
        told.append(json.loads(ran.stdout))

    assert told[0] == told[1]
    model, drawn = told[0]
    assert model["name"] == NAMES[1]
    assert len(model["embedding_model_sha256"]) == len(hashlib.sha256().hexdigest())
    assert len(drawn) == 3
