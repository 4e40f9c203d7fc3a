"""What suggestions are made of: units, codes and decisions, as arrays and strings without a study."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codebook.themes import Code

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

EXTRA = "topics"
"""The extra that has what is imported where it is used."""

NOTHING: Vectors = np.zeros((0, 0), np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """The units that get suggestions, decided ones among them.

    Args:
        texts: The prose of each unit (n).
        groups: The thread of each unit (n); a thread is never both learnt from and scored.
        vectors: Embeddings of the whole texts, n x d, unit length; zeros where there is no text.
        sentences: Embeddings of sentences, m x d; may be empty.
        sentence_of: The unit of each sentence (m), as its place in ``texts``.
        topics: The topic of each unit (n), -1 for an outlier; None where there are no topics.
    """

    texts: Sequence[str]
    groups: Sequence[str]
    vectors: Vectors
    sentences: Vectors = field(default_factory=lambda: NOTHING)
    sentence_of: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    topics: Ints | None = None

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, slots=True)
class Wording:
    """What the codebook says of one code.

    Args:
        code: Its id.
        speaks_for: Name with definition, signs that speak for it, examples; the definition is first.
        speaks_against: Signs that speak against it.
    """

    code: str
    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...] = ()


def wording(code: Code) -> Wording:
    """The texts of a code of the codebook."""
    return Wording(code.id, (f"{code.name}. {code.definition}", *code.include, *code.examples), code.exclude)


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The codes that can be suggested.

    Args:
        wordings: Their texts (c codes).
        vectors: Embeddings of all texts, k x d: for each code those of ``speaks_for``, then of ``speaks_against``.
    """

    wordings: Sequence[Wording]
    vectors: Vectors

    @property
    def ids(self) -> list[str]:
        """The codes' ids."""
        return [one.code for one in self.wordings]

    @property
    def texts(self) -> list[str]:
        """All texts, in the order of ``vectors``."""
        return [text for one in self.wordings for text in (*one.speaks_for, *one.speaks_against)]

    @property
    def code_of(self) -> Ints:
        """The code of each text (k), as its place in ``wordings``."""
        counts = [len(one.speaks_for) + len(one.speaks_against) for one in self.wordings]
        return np.repeat(np.arange(len(counts), dtype=np.int64), counts)

    @property
    def for_it(self) -> Bools:
        """Whether each text (k) speaks for its code."""
        sides = [[True] * len(one.speaks_for) + [False] * len(one.speaks_against) for one in self.wordings]
        return np.array([side for each in sides for side in each], np.bool_)

    @classmethod
    def of(cls, codes: Sequence[Code], embed: Any) -> "Codes":
        """Codes of a codebook with their embeddings.

        Args:
            codes: The codes.
            embed: Gives the embeddings (k x d, unit length) of k texts.
        """
        bare = cls(wordings=[wording(code) for code in codes], vectors=NOTHING)
        return cls(wordings=bare.wordings, vectors=np.asarray(embed(bare.texts), np.float32))


YES, NO, UNKNOWN = 1, 0, -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What people agreed on.

    Args:
        units: The decided units, as places in the list of units (u).
        labels: u x c: 1 the code is in the agreed set, 0 it is not, -1 nobody could give it (it was no code yet).
        calibrates: Whether scores may be calibrated on each unit (u): not where a coder saw suggestions.
    """

    units: Ints
    labels: NDArray[np.int8]
    calibrates: Bools

    def __len__(self) -> int:
        return len(self.units)

    @classmethod
    def none(cls, codes: int) -> "Decided":
        """No decisions on a number of codes."""
        return cls(units=np.zeros(0, np.int64), labels=np.zeros((0, codes), np.int8), calibrates=np.zeros(0, np.bool_))
