"""Make a topic model of the study's units, unless the last one was made of the same with the same."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from codebook import ledger
from codebook.errors import StudyError
from codebook.extras import require
from codebook.ledger import Run
from codebook.rows import Topic
from codebook.study import Study
from coding.embeddings.embed import embed, text_key
from coding.embeddings.found_model import find_model
from coding.embeddings.texts import UnitText, unit_texts
from coding.kept import Kept
from coding.topics import record
from coding.topics.limits import OUTLIERS, fewest
from coding.topics.model import Fitted, Seeds, Setting, fit
from coding.topics.record import Made, Model, TopicOf
from coding.topics.seeds import Seed, seeds, without_examples
from coding.topics.words import words

Tell = Callable[[str], None]

_PACKAGES = ("bertopic", "hdbscan", "numba", "scikit-learn", "sentence-transformers", "torch", "umap-learn")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    """Of what a model is made: all units, those with prose, the codes, how, and what tells all that from others."""

    units: Sequence[UnitText]
    read: Sequence[UnitText]
    seeds: Sequence[Seed]
    setting: Setting
    made_with: Mapping[str, Any]


def make(study: Study, tell: Tell, *, similarity: float) -> None:
    """Find the topics of all units, record them, and write the table.

    Args:
        study: The study; ``[topics]`` says how.
        tell: Gets a line about what was done, or was not necessary.
        similarity: From which similarity on a unit is a code's, in mode ``zero-shot``.

    Raises:
        StudyError: There are too few units with prose, or the codebook is needed and cannot be used.
        Missing: A package or the model cannot be had.
    """
    inputs = _inputs(study, tell, similarity)
    last = record.last(study)
    is_made = last is not None and last.made_with["inputs_sha256"] == inputs.made_with["inputs_sha256"]
    if last is not None and is_made:
        tell(f"the topics of {last.run_id} were made of the same texts in the same way; they stay")
        if list(study.read(Topic)) == _rows(study):
            return
    with ledger.run(study, "coding topics", {"mode": inputs.setting.mode, "similarity": similarity}) as run:
        _note_inputs(study, run)
        model = last if last is not None and is_made else _recorded(study, run, inputs)
        run.notes |= {name: value for name, value in model.made_with.items() if name.endswith("_sha256") and value}
        run.write(Topic, _rows(study))
    tell(_said(study, len(inputs.units) - len(inputs.read)))


def _inputs(study: Study, tell: Tell, similarity: float) -> _Inputs:
    for module in ("bertopic", "umap", "hdbscan"):  # before minutes are spent on the texts
        _must_be_installed(module)
    setting = Setting(
        mode=study.settings.topics.mode,
        smallest=study.settings.topics.smallest,
        seed=study.settings.study.seed,
        similarity=similarity,
    )
    found = seeds(study) if setting.mode != "free" else []
    if alone := without_examples(found):
        tell(f"{alone} of {len(found)} codes have no example; their definitions alone speak for them")
    units = list(unit_texts(study))
    read = [unit for unit in units if words(unit.prose)]
    _must_be_enough(study, units, read)
    made_with = _made_with(study, setting, found, read)
    return _Inputs(units=units, read=read, seeds=found, setting=setting, made_with=made_with)


def _rows(study: Study) -> list[Topic]:
    """The table as the raw records give it."""
    made = (rows for _, rows in record.tables(study, (), Kept(study)))
    return [row for rows in made for row in rows if isinstance(row, Topic)]


def _must_be_installed(module: str) -> None:
    from importlib.util import find_spec

    if find_spec(module) is None:
        require(module, "topics")  # says which extra


def _must_be_enough(study: Study, units: Sequence[UnitText], read: Sequence[UnitText]) -> None:
    needed = fewest(study.settings.topics.smallest)
    if len(read) < needed:
        without = (
            f"; {len(units) - len(read)} more have no prose, only code or nothing" if len(read) < len(units) else ""
        )
        raise StudyError(
            f"topics need at least {needed} units with prose, and there are {len(read)}{without}",
            where=f"{study.path / 'study.toml'}, [topics].smallest = {study.settings.topics.smallest}",
            hint="Lower smallest (10 units are needed at least), or collect more threads.",
        )
    if _one_word(read):
        raise StudyError(
            "all units with prose say one and the same word, so there are no topics",
            where=str(study.table("posts")),
            hint="Collect other threads.",
        )


def _one_word(read: Sequence[UnitText]) -> bool:
    found: set[str] = set()
    for unit in read:
        found.update(words(unit.prose))
        if len(found) > 1:
            return False
    return True


def _made_with(study: Study, setting: Setting, found: Sequence[Seed], read: Sequence[UnitText]) -> dict[str, Any]:
    """With what a model is made; equal hashes of the inputs mean the same model on the same machine."""
    texts = hashlib.sha256(b"".join(text_key(unit.unit_id) + text_key(unit.prose) for unit in read))
    made: dict[str, Any] = {
        "mode": setting.mode,
        "smallest": setting.smallest,
        "seed": setting.seed,
        "similarity": setting.similarity if setting.mode == "zero-shot" else None,
        "texts_sha256": texts.hexdigest(),
        "model_sha256": find_model(study, study.settings.topics.model).sha256,
        "codebook_sha256": study.codebook.sha256 if found else None,
        "versions": {name: version(name) for name in _PACKAGES},
    }
    return made | {"inputs_sha256": hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()}


def _seeds(study: Study, found: Sequence[Seed]) -> Seeds:
    """The codes' vectors: of each the middle of its definition and examples."""
    if not found:
        return Seeds()
    texts = [text for seed in found for text in seed.texts]
    vectors = embed(study, texts).vectors
    owners = np.repeat(np.arange(len(found)), [len(seed.texts) for seed in found])
    middles = np.stack([vectors[owners == number].mean(axis=0) for number in range(len(found))])
    lengths = np.linalg.norm(middles, axis=1, keepdims=True)
    spoken = [sorted({word for text in seed.texts for word in words(text)}) for seed in found]
    return Seeds(codes=[seed.code for seed in found], words=spoken, vectors=middles / np.maximum(lengths, 1e-12))


def _note_inputs(study: Study, run: Run) -> None:
    for path in (study.table("threads"), study.table("posts"), study.table("screened"), study.path / "codebook.yaml"):
        if path.exists():
            run.used(path)


def _recorded(study: Study, run: Run, inputs: _Inputs) -> Model:
    """Find the topics, and put them into the raw records."""
    texts = [unit.prose for unit in inputs.read]
    vectors = embed(study, texts).vectors
    fitted = fit(texts, vectors, inputs.setting, _seeds(study, inputs.seeds))
    topics = [
        Made(
            topic=topic.topic,
            size=topic.size,
            code=topic.code,
            words=topic.words,
            units=[inputs.read[at].unit_id for at in topic.representative],
        )
        for topic in fitted.topics
    ]
    made_with = {**inputs.made_with, "vectors_sha256": hashlib.sha256(vectors.tobytes()).hexdigest()}
    units = _assigned(inputs.units, inputs.read, fitted)
    model = Model(made_with=made_with, topics=topics, units=units, run_id=run.id)
    record.append(study, model)
    return model


def _assigned(units: Sequence[UnitText], read: Sequence[UnitText], fitted: Fitted) -> list[TopicOf]:
    given = {
        unit.unit_id: (topic, probability, float(place[0]), float(place[1]))
        for unit, topic, probability, place in zip(
            read, fitted.assigned, fitted.probabilities, fitted.places, strict=True
        )
    }
    made = []
    for unit in units:
        topic, probability, x, y = given.get(unit.unit_id, (OUTLIERS, None, None, None))
        made.append(
            TopicOf(unit_id=unit.unit_id, thread_id=unit.thread_id, topic=topic, probability=probability, x=x, y=y)
        )
    return made


def _said(study: Study, without_prose: int) -> str:
    rows = list(study.read(Topic))
    topics, outliers = {row.topic for row in rows} - {OUTLIERS}, sum(row.topic == OUTLIERS for row in rows)
    line = f"{len(topics)} topics in {len(rows)} units; {outliers} outliers ({outliers / len(rows):.0%})"
    if without_prose:
        line += f", of which {without_prose} have no prose, only code or nothing"
    return line if topics else f"{line}: no group is dense enough; lower [topics].smallest"
