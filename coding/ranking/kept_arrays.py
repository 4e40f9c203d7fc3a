"""The arrays of a study's candidates, kept from one batch to the next: making them takes longer than all the rest."""

import hashlib
import os
import zipfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from codebook.extras import require
from codebook.study import Study
from coding.ranking.features import EXTRA, Matrix, features

_DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
"""What a file that was cut, or is none of ours, raises."""


def texts_sha256(texts: Mapping[str, str]) -> str:
    """Hash of the candidates and their texts, hexadecimal."""
    read = hashlib.sha256()
    for thread_id, text in texts.items():
        read.update(f"{len(thread_id)}/{len(text)}/{thread_id}{text}".encode("utf-8", "replace"))
    return read.hexdigest()


def arrays(study: Study, texts: Mapping[str, str]) -> Matrix:
    """The arrays of the candidates, as :func:`features` gives them; kept in ``.private`` until a text changes.

    They hold numbers only, no words. May be deleted at any time.

    Raises:
        Missing: The extra that brings scikit-learn is not installed.
    """
    sparse = require("scipy.sparse", EXTRA)
    known_by = hashlib.sha256(f"{texts_sha256(texts)} {version('scikit-learn')}".encode()).hexdigest()[:16]
    place = study.private / f"ranking-{known_by}.npz"
    try:
        return sparse.load_npz(place)
    except _DAMAGED:
        made = features(list(texts.values()))
    _keep(sparse, made, place)
    return made


def _keep(sparse: Matrix, made: Matrix, place: Path) -> None:
    for old in place.parent.glob("ranking-*.npz"):
        old.unlink()
    part = place.with_name(f"ranking-{os.getpid()}.part.npz")
    sparse.save_npz(part, made, compressed=False)
    part.replace(place)
