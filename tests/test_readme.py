"""README.md says what is true: its transcript, helps and data dictionary are what the commands print today."""

import pytest
from readme_blocks import BLOCKS, README, STAGES, updated


@pytest.mark.parametrize("block", sorted(BLOCKS))
def test_a_generated_block_is_current(block: str) -> None:
    """If this fails: `make docs`, and read what changed."""
    text = README.read_text(encoding="utf-8")

    assert updated(text, block) == text


@pytest.mark.parametrize("word", ["make demo", "make test", *STAGES])
def test_the_two_commands_and_every_stage_are_named(word: str) -> None:
    assert f"`{word}`" in README.read_text(encoding="utf-8")
