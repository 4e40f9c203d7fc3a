"""What the codebook says about each code, as a start for topics."""

from collections.abc import Sequence
from dataclasses import dataclass

from codebook.errors import StudyError
from codebook.study import Study


@dataclass(frozen=True, slots=True)
class Seed:
    """A code as a model reads it.

    Args:
        code: Its id.
        texts: Its name with the definition, and each example.
    """

    code: str
    texts: tuple[str, ...]


def seeds(study: Study) -> list[Seed]:
    """The codes that can be assigned, in the codebook's order; one without examples has its definition alone.

    Raises:
        StudyError: The codebook cannot be read, or has no code that can be assigned.
    """
    found = [
        Seed(code.id, (f"{code.name}. {code.definition}", *code.examples))
        for code in study.codebook.leaves()
        if code.status == "active"
    ]
    if not found:
        raise StudyError(
            "no code of the codebook can be assigned, and [topics].mode takes its themes from them",
            where=str(study.path / "codebook.yaml"),
            hint='Add codes, or set mode = "free".',
        )
    return found


def without_examples(found: Sequence[Seed]) -> int:
    """How many codes have their definition alone."""
    return sum(len(seed.texts) == 1 for seed in found)
