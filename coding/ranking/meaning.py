"""Sentence embeddings of the candidates, where these can be had: the same said in other words is near, too."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codebook.command import say
from codebook.errors import Missing
from codebook.study import Study
from coding.embeddings.embed import embed
from coding.embeddings.found_model import find_model
from coding.embeddings.texts import unit_texts
from coding.ranking.kept_arrays import texts_sha256

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Meaning:
    """The embeddings of n candidates.

    Args:
        vectors: n by d, rows of length 1, or of zeros for candidates without prose.
        model_sha256: Hash of the model's files.
    """

    vectors: Vectors
    model_sha256: str

    @property
    def sha256(self) -> str:
        """Hash of the numbers, hexadecimal."""
        return hashlib.sha256(np.ascontiguousarray(self.vectors, "<f4").tobytes()).hexdigest()


def meaning(study: Study, texts: Mapping[str, str]) -> Meaning | None:
    """The embeddings of candidates' prose, in their order; None, and a line that says why, where they cannot be had.

    They are kept in ``raw/coding/embeddings``, where `coding topics` and `coding suggest` find those of threads again,
    and in the order of the candidates in ``.private``, until a text changes, as pages need not be read again then.

    Raises:
        StudyError: ``[topics].model`` is a folder without a model, or a model that cannot be read.
        StoppedEarly: The disk is full.
    """
    try:
        model = find_model(study, study.settings.topics.model).sha256
        known_by = hashlib.sha256(f"{texts_sha256(texts)} {model}".encode()).hexdigest()[:16]
        place = study.private / f"meaning-{known_by}.npy"
        vectors = _load(place)
        if vectors is None:
            vectors = _made(study, texts)
            _keep(vectors, place)
    except Missing as why:
        say(f"candidates are put in order by their words alone, without sentence embeddings: {why}")
        return None
    return Meaning(vectors, model)


def _made(study: Study, texts: Mapping[str, str]) -> Vectors:
    prose = {unit.thread_id: unit.prose for unit in unit_texts(study, every=True) if unit.thread_id in texts}
    wanted = [prose.get(thread_id, "") for thread_id in texts]
    some = np.array([bool(text) for text in wanted], dtype=np.float32)
    return embed(study, wanted).vectors * some[:, None]


def _load(place: Path) -> Vectors | None:
    try:
        kept: Vectors = np.load(place, allow_pickle=False)
    except (OSError, ValueError, EOFError):  # it was cut, or is none of ours
        return None
    return kept


def _keep(vectors: Vectors, place: Path) -> None:
    for old in place.parent.glob("meaning-*.npy"):
        old.unlink()
    part = place.with_name(f"meaning-{os.getpid()}.part.npy")
    np.save(part, vectors)
    part.replace(place)
