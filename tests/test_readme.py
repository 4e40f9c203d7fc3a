"""README.md says what is true: its transcript, helps and data dictionary are what the commands print today."""

import pytest
from pydantic import BaseModel
from readme_blocks import BLOCKS, README, STAGES, updated

from codebook.people import Criterion
from codebook.settings import Section, Settings
from collect import SOURCES
from scan import HUBS


@pytest.mark.parametrize("block", sorted(BLOCKS))
def test_a_generated_block_is_current(block: str) -> None:
    """If this fails: `make docs`, and read what changed."""
    text = README.read_text(encoding="utf-8")

    assert updated(text, block) == text


@pytest.mark.parametrize("word", ["make demo", "make test", *STAGES])
def test_the_two_commands_and_every_stage_are_named(word: str) -> None:
    assert f"`{word}`" in README.read_text(encoding="utf-8")


def keys_of(model: type[BaseModel]) -> set[str]:
    """The keys of a section, and of what stands in it."""
    inner = {f.annotation for f in model.model_fields.values() if isinstance(f.annotation, type)}
    return set(model.model_fields).union(*(keys_of(each) for each in inner if issubclass(each, BaseModel)))


def test_every_key_of_study_toml_is_explained() -> None:
    text = README.read_text(encoding="utf-8")
    explained = text.partition("### The keys of study.toml")[2].partition("\n\nWith a token")[0]
    people = {"coders", "sampling", "screening", "agreement", "topics", "suggestions"}
    sections = people | {"study", "sources", "label_studio", "hubs", "scan", "platforms", "analysis"}
    keys = keys_of(Settings) | keys_of(Section) | keys_of(Criterion)
    keys |= {key for kind in (*SOURCES.values(), *HUBS.values()) for key in keys_of(kind.Options)}

    assert set(Settings.model_fields) == sections
    assert {key for key in keys - sections if f"`{key}`" not in explained} == set()
