"""Vectors of texts by a sentence-transformers model, each computed once per study.

Reimers and Gurevych, "Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks", EMNLP 2019.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from codebook.command import say
from codebook.errors import StudyError
from codebook.extras import require
from codebook.progress import Progress
from codebook.study import Study, file_sha256
from coding.embeddings.found_model import FoundModel, find_model
from coding.embeddings.vectors import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Array = npt.NDArray[np.float32]

_BATCH = 32
_BLOCK = 2048
"""Texts that are embedded before their vectors are put on the disk."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """Texts as vectors.

    Args:
        vectors: One row per text in the order asked, n x d, each of length 1.
        model_sha256: Hash of the model's files.
        computed: Distinct texts that were computed now.
        cached: Distinct texts that had been computed before.
    """

    vectors: Array
    model_sha256: str
    computed: int
    cached: int


def embed(study: Study, texts: Sequence[str], *, model: str | None = None) -> Embedded:
    """Embed texts; what the study has embedded with the same model before is taken from ``raw/coding/embeddings``.

    Long texts count up to the model's limit (256 word pieces for the packaged one). Texts are computed by length, so
    that a batch has little padding, and stored block by block: a process that is killed goes on where it was. If all
    texts are there, the model is not loaded. After ``collect forget``, all are computed anew.

    Args:
        study: The study.
        texts: The texts.
        model: Name or folder of a sentence-transformers model; None for ``[topics].model``, empty for the packaged one.

    Raises:
        Missing: The model cannot be had, or the extra ``topics`` is not installed; one line says what to do.
        StudyError: The model cannot be read.
        StoppedEarly: The disk is full.
    """
    found = find_model(study, study.settings.topics.model if model is None else model)
    folder = study.path / "raw" / "coding" / "embeddings"
    _forget(study, folder)
    kept = Vectors(folder / found.sha256[:16])
    keys = [text_key(text) for text in texts]
    rows = kept.read()
    for damage in kept.damage:
        say(f"embeddings: {damage}")
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in rows}
    distinct = len(set(keys))
    if missing:
        _compute(found, kept, missing)
        rows = kept.read()
    return Embedded(rows.of(keys), found.sha256, len(missing), distinct - len(missing))


def text_key(text: str) -> bytes:
    """What a text is stored under: SHA-256 of its UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _forget(study: Study, folder: Path) -> None:
    """Drop all vectors if the study has forgotten anything since they were made: words can be guessed from them."""
    path, note = study.forgotten.path, folder / "forgotten"
    asked = file_sha256(path) if path.exists() else ""
    if asked == (note.read_text(encoding="ascii") if note.exists() else ""):
        return
    for segment in sorted(folder.glob("*/*.vectors")):
        segment.unlink()
    say("embeddings: the study has forgotten something, so all vectors are made anew")
    folder.mkdir(parents=True, exist_ok=True)
    note.write_text(asked, encoding="ascii")


def _compute(found: FoundModel, kept: Vectors, missing: dict[bytes, str]) -> None:
    model = _load(found)
    ordered = sorted(missing, key=lambda key: (-len(missing[key]), key))
    with Progress("embed", "texts", len(ordered)) as progress:
        try:
            for block in _blocks(ordered):
                kept.append(block, _vectors(model, [missing[key] for key in block]))
                progress.add(len(block))
        finally:
            kept.close()


def _blocks(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(keys), _BLOCK):
        yield keys[start : start + _BLOCK]


def _vectors(model: "SentenceTransformer", texts: list[str]) -> Array:
    readable = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    made: Any = model.encode(
        readable, batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True, normalize_embeddings=True
    )
    return np.ascontiguousarray(made, dtype="<f4")


def _load(found: FoundModel) -> "SentenceTransformer":
    package = require("sentence_transformers", "topics")
    unreadable = require("safetensors", "topics").SafetensorError
    require("transformers", "topics").utils.logging.disable_progress_bar()  # ours is the one that people see
    try:
        loaded: SentenceTransformer = package.SentenceTransformer(
            str(found.folder), device="cpu", local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, unreadable) as error:
        raise StudyError(
            f"the model cannot be loaded: {str(error).splitlines()[0] if str(error) else type(error).__name__}",
            where=str(found.folder),
            hint="Name another: [topics].model in study.toml; empty is the packaged one.",
        ) from error
    return loaded
