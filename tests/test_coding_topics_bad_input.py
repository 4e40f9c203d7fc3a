"""What topics say where they cannot be made, and what they make of odd text; modes with a codebook."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from hand_study import BOOK
from hypothesis import given
from hypothesis import strategies as st
from topics_world import fill

from codebook.rows import Post, Thread
from codebook.study import Study
from coding.cli import cli
from coding.topics.limits import fewest
from coding.topics.model import Mode, Seeds, Setting, fit
from coding.topics.seeds import seeds, without_examples
from coding.topics.words import words


def refused(study: Study) -> str:
    done = CliRunner().invoke(cli, ["topics", "--study", str(study.path)])
    assert done.exit_code in (2, 4)
    assert "Traceback" not in done.stderr
    assert not (study.path / "raw" / "coding").exists()
    return done.stderr


@pytest.mark.parametrize(("number", "smallest", "needed"), [(1, 15, 30), (9, 2, 10), (29, 15, 30)])
def test_fewer_units_than_topics_need(
    tmp_path_factory: pytest.TempPathFactory, number: int, smallest: int, needed: int
) -> None:
    study = fill(tmp_path_factory.mktemp("few") / "study", number, topics=f"smallest = {smallest}")

    assert f"topics need at least {needed} units with prose, and there are {number}\n" in refused(study)


@pytest.mark.parametrize("body", ["", "```\nx = 1\n```", "   ", "> quoted", "https://example.org/a", "!!! ??? 123"])
def test_units_without_prose_are_counted(tmp_path_factory: pytest.TempPathFactory, body: str) -> None:
    study = fill(tmp_path_factory.mktemp("empty") / "study", 40)
    study.write(Post, [replace(post, body=body) for post in study.read(Post)])
    study.write(Thread, [replace(thread, title="") for thread in study.read(Thread)])

    assert "and there are 0; 40 more have no prose, only code or nothing\n" in refused(study)


def test_all_units_say_one_word(tmp_path_factory: pytest.TempPathFactory) -> None:
    study = fill(tmp_path_factory.mktemp("one") / "study", 40)
    study.write(Post, [replace(post, body="Thanks!") for post in study.read(Post)])
    study.write(Thread, [replace(thread, title="") for thread in study.read(Thread)])

    assert "all units with prose say one and the same word" in refused(study)


def test_no_threads_at_all(make_study: Callable[..., Study]) -> None:
    assert "there are no included threads" in refused(make_study())


def test_a_model_that_cannot_be_had_is_one_line(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    study = fill(tmp_path_factory.mktemp("model") / "study", 40, topics='model = "nobody/none"')

    assert refused(study).count("\n") == 1


def test_a_mode_with_codes_needs_a_codebook(tmp_path_factory: pytest.TempPathFactory) -> None:
    study = fill(tmp_path_factory.mktemp("book") / "study", 40, topics='mode = "guided"')

    assert "codebook.yaml" in refused(study)


def test_codes_without_examples_have_their_definitions(make_study: Callable[..., Study]) -> None:
    study = make_study(codebook=BOOK)
    found = seeds(study)

    assert [seed.code for seed in found] == ["USE.err", "USE.place", "SEC.mal", "SEC.trust"]
    assert found[0].texts == ("Error handling. Messages mislead.",)
    assert without_examples(found) == 4


THREE = [
    ("the gpu memory is full", [1.0, 0.0, 0.0]),
    ("代码是否安全", [0.0, 1.0, 0.0]),
    ("هل الترخيص مفتوح", [0.0, 0.0, 1.0]),
]


def vectors_of(number: int, spread: float) -> tuple[list[str], np.ndarray]:
    """Texts in three scripts, and vectors around three directions; no model is asked."""
    draw = np.random.default_rng(1)
    made = np.array([THREE[n % 3][1] + [0.0] * 5 for n in range(number)]) + draw.normal(0, spread, (number, 8))
    unit = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    return [THREE[n % 3][0] for n in range(number)], unit


def setting(mode: Mode, smallest: int = 5) -> Setting:
    return Setting(mode=mode, smallest=smallest, seed=7, similarity=0.5)


def two_codes() -> Seeds:
    directions = np.eye(8, dtype=np.float32)[:2]
    return Seeds(codes=["MEM", "SAFE"], words=[["gpu", "memory"], ["代码", "安全"]], vectors=directions)


def test_free_topics_of_texts_in_three_scripts() -> None:
    texts, vectors = vectors_of(60, 0.05)
    made = fit(texts, vectors, setting("free"), Seeds())
    words_of = {topic.topic: [word for word, _ in topic.words] for topic in made.topics}

    assert len({tuple(made.assigned[n::3]) for n in range(3)}) == 3
    assert sorted(words_of) == [0, 1, 2]
    assert words_of[made.assigned[0]][:1] != words_of[made.assigned[1]][:1]
    assert "代码" in words_of[made.assigned[1]]
    assert "الترخيص" in words_of[made.assigned[2]]


def test_guided_topics_take_up_the_codes_words() -> None:
    texts, vectors = vectors_of(60, 0.05)
    before = vectors.copy()
    made = fit(texts, vectors, setting("guided"), two_codes())

    assert len({tuple(made.assigned[n::3]) for n in range(3)}) == 3
    assert {topic.code for topic in made.topics} == {None}
    np.testing.assert_array_equal(vectors, before)


def test_zero_shot_topics_are_the_codes_and_the_rest_is_found() -> None:
    texts, vectors = vectors_of(60, 0.05)
    made = fit(texts, vectors, setting("zero-shot"), two_codes())
    codes = {topic.topic: topic.code for topic in made.topics}

    assert [codes[topic] for topic in made.assigned[:3]] == ["MEM", "SAFE", None]
    assert {codes[topic] for topic in made.assigned[0::3]} == {"MEM"}
    assert {codes[topic] for topic in made.assigned[1::3]} == {"SAFE"}
    assert all(p > 0.9 for p in made.probabilities[0::3])


def test_zero_shot_with_all_units_in_codes_and_with_none() -> None:
    texts, vectors = vectors_of(60, 0.05)
    two = [n for n in range(60) if n % 3 < 2]
    every = fit([texts[n] for n in two], vectors[two], setting("zero-shot"), two_codes())
    none = fit(
        texts,
        vectors,
        setting("zero-shot"),
        Seeds(codes=["X"], words=[["x"]], vectors=np.eye(8, dtype=np.float32)[5:6]),
    )

    assert {topic.code for topic in every.topics} == {"MEM", "SAFE"}
    assert {topic.code for topic in none.topics} == {None}


def test_nothing_is_dense_enough_in_noise_or_all_is_one() -> None:
    """Stated results: every unit has a topic or is an outlier, whatever the vectors are."""
    draw = np.random.default_rng(3)
    noise = draw.normal(size=(fewest(5), 8)).astype(np.float32)
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    same = np.tile(noise[:1], (fewest(5), 1))
    for vectors in (noise, same):
        made = fit(["blue words"] * len(vectors), vectors, setting("free"), Seeds())

        assert len(made.assigned) == len(vectors)
        assert sum(topic.size for topic in made.topics) == len(vectors)
        assert np.isfinite(made.places).all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "I don't load the model's code, trust_remote_code=True!",
            ["load", "model", "code", "trust_remote_code", "true"],
        ),
        ("l'erreur n'est pas là", ["erreur", "est", "pas", "là"]),
        ("加载model很慢", ["加载", "model", "很慢"]),
        ("代码是", ["代码", "码是"]),
        ("a b 12 3x", []),
        ("Ошибка при загрузке", ["ошибка", "при", "загрузке"]),
        ("मॉडल लोड नहीं होता", ["मॉडल", "लोड", "नहीं", "होता"]),
        ("모델을 로드할 때 오류", ["모델을", "로드할", "오류"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert expected == words(text)


@given(st.text())
def test_words_of_any_text_are_small_letters_of_it(text: str) -> None:
    lower = text.lower()

    assert all(word and word in lower for word in words(text))
