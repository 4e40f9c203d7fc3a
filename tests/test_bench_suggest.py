"""What suggestions are measured on: labelled texts of installed packages, and threads coded by hand."""

import numpy as np
import pytest
from bench.suggest_corpora import FEWEST, LONGEST, Corpus, development, held_out
from bench.suggest_threads import BOOK, hand_coded, id_of

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
