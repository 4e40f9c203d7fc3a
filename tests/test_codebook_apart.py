"""A process apart: it answers, it is stopped when it takes too long, and it comes back after it died."""

import json

import pytest

from codebook.apart import Apart, NoAnswer

MODULE, FUNCTION = "platforms.extract.skeleton", "answer"
QUESTION = json.dumps(["load"]).encode() + b"\ndef load(trust=True): ...\n"


def test_it_answers_as_the_function_would() -> None:
    with Apart(MODULE, FUNCTION) as apart:
        made = [apart.answer(QUESTION) for _ in range(3)]

    assert list(made[0]["functions"]) == ["load"]
    assert made[0] == made[1] == made[2]


def test_what_takes_too_long_is_stopped() -> None:
    with Apart(MODULE, FUNCTION, seconds=0.0) as apart, pytest.raises(NoAnswer, match="took longer than 0 seconds"):
        apart.answer(QUESTION)


def test_it_comes_back_after_it_died() -> None:
    """A question that is no JSON makes an error of ours; the process ends, and the next question starts another."""
    with Apart(MODULE, FUNCTION) as apart:
        with pytest.raises(NoAnswer, match=r"died on it \(exit status 1\)"):
            apart.answer(b"no JSON")
        made = apart.answer(QUESTION)

    assert list(made["functions"]) == ["load"]
