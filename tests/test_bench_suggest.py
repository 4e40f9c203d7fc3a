"""What suggestions are measured on: labelled texts of installed packages, and threads coded by hand."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bench.suggest_corpora import FEWEST, LONGEST, Corpus, development, held_out
from bench.suggest_threads import BOOK, hand_coded, id_of, real_threads

from codebook.themes import Codebook


@pytest.fixture(scope="module")
def corpora() -> list[Corpus]:
    return [development(), *held_out()]


def test_no_unit_that_may_be_tuned_on_is_in_what_is_printed(corpora: list[Corpus]) -> None:
    tuned, half, functions = (set(corpus.ids) for corpus in corpora)

    assert not tuned & (half | functions)
    assert len(tuned) > 300
    assert len(half) > 300
    assert len(functions) > 500


def test_every_code_can_be_measured_and_texts_are_of_some_length(corpora: list[Corpus]) -> None:
    for corpus in corpora:
        assert corpus.truth.shape == (len(corpus.texts), len(corpus.book.leaves()))
        assert corpus.truth.any(axis=1).all()
        assert corpus.truth.sum(axis=0).min() >= 3
        assert all(FEWEST <= len(text) <= LONGEST for text in corpus.texts)
    assert np.mean(corpora[0].truth.sum(axis=1) > 1) > 0.3


def test_the_codes_given_by_hand_are_of_the_example_codebook() -> None:
    coded, leaves = hand_coded(), {leaf.id for leaf in Codebook.load(BOOK).leaves()}

    assert len(coded) == 50
    assert {code for codes in coded.values() for code in codes} <= leaves
    assert all(len(set(codes)) == len(codes) <= 4 for codes in coded.values())
    assert [id_of("https://github.com/o/r.x/pull/7"), id_of("https://huggingface.co/o/m/discussions/62")] == [
        "github:o/r.x#7",
        "huggingface:o/m#62",
    ]


def test_without_the_threads_the_benchmark_says_so_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "threads.jsonl"
    real_threads(tmp_path / "study", missing)

    said = f"\nthreads coded by hand: their texts are not here ({missing}); name them with --threads\n"
    assert capsys.readouterr().out == said


def test_no_example_of_the_codebook_is_from_the_threads_coded_by_hand(shared: Callable[[str], Path]) -> None:
    lines = shared("threads/real_threads.jsonl").read_text(encoding="utf-8").splitlines()
    threads = [json.loads(line) for line in lines]
    texts = " ".join(" ".join(thread["text"].split()) for thread in threads)
    examples = [example for code in Codebook.load(BOOK).leaves() for example in code.examples]

    assert {id_of(thread["url"]) for thread in threads} == set(hand_coded())
    assert len(examples) > 20
    assert [example for example in examples if " ".join(example.split()) in texts] == []
