"""The sections of ``study.toml`` about models that help people read: topics, and suggestions of codes."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from codebook.people import Strict


class Topics(Strict):
    """``[topics]``: how embeddings and topics are made.

    ``model`` is a sentence-transformers model by name or folder; empty is the packaged one. ``smallest`` is the number
    of units that a topic has at least. ``guided`` and ``zero-shot`` take their themes from the codebook.
    """

    model: str = ""
    mode: Literal["free", "guided", "zero-shot"] = "free"
    smallest: int = Field(default=15, ge=2)


def _is_not_plain(arm: str) -> str:
    if arm == "plain":
        raise ValueError("`plain` is the arm in which nobody sees suggestions; call the other one otherwise")
    return arm


class Suggestions(Strict):
    """``[suggestions]``: who may see a model's suggestions, and when the model has to be silent.

    ``share`` is the share of units that are read with suggestions; for each unit the coders who see them are drawn, so
    that each coder reads some units with and others without. ``error`` bounds, per code, the share of suggestions that
    are wrong; ``at_most`` the number of suggestions per unit.
    """

    arm: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$"), AfterValidator(_is_not_plain)] = "suggested"
    share: float = Field(default=0.0, ge=0, le=1)
    error: float = Field(default=0.2, gt=0, lt=1)
    at_most: int = Field(default=3, ge=1)
