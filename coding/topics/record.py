"""What a topic model gave: raw records that are only ever added to, and the table ``topics`` of the last one.

``raw/coding/topics/`` has a record ``TOPICS /run/<run id>`` per model: with what it was made, the topics with their
words, and the topic of every unit. So the table is rebuilt without the model, on any machine and in any year.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from codebook.raw import Page, RawStore
from codebook.rows import Row, Topic
from codebook.study import Study
from coding import records
from coding.kept import Kept, Tables
from coding.records import Records
from coding.topics.limits import OUTLIERS


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicOf:
    """The topic of one unit; without probability and place where it has no prose."""

    unit_id: str
    thread_id: str
    topic: int
    probability: float | None
    x: float | None
    y: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One topic of a record: its words with their weights, its code, and the units that represent it, by id."""

    topic: int
    size: int
    code: str | None
    words: Sequence[tuple[str, float]]
    units: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A topic model as it is kept.

    Args:
        made_with: Settings, versions, and hashes of the texts, the embedding model and the vectors.
        topics: By number.
        units: All units, in the order in which they were read.
        run_id: The run that made it.
    """

    made_with: Mapping[str, Any]
    topics: Sequence[Made]
    units: Sequence[TopicOf]
    run_id: str


def store(study: Study) -> RawStore:
    """Where topic models are kept."""
    return records.store(study, "topics")


def last(study: Study) -> Model | None:
    """The last topic model, if there is one."""
    found = None
    for page in store(study).pages():
        if page.request.startswith("TOPICS "):  # a coder may be called "topics"
            found = page
    return None if found is None else _model(found)


def append(study: Study, model: Model) -> None:
    """Store a topic model."""
    body = {
        "made_with": dict(model.made_with),
        "topics": [asdict(topic) for topic in model.topics],
        "units": [_as_task(unit) for unit in model.units],
    }
    content = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
    kept = store(study)
    kept.append(Page(f"TOPICS /run/{model.run_id}", 200, {"content-type": "application/json"}, content, model.run_id))
    kept.close()


def _as_task(unit: TopicOf) -> dict[str, Any]:
    """In the shape of a task, in which the eraser of forgotten threads finds its thread."""
    given = asdict(unit)
    return {"data": {name: given.pop(name) for name in ("unit_id", "thread_id")}, **given}


def _model(page: Page) -> Model:
    body = page.json()
    topics = [
        Made(**{**topic, "words": [(word, weight) for word, weight in topic["words"]]}) for topic in body["topics"]
    ]
    units = [TopicOf(**unit.pop("data"), **unit) for unit in body["units"]]
    return Model(made_with=body["made_with"], topics=topics, units=units, run_id=page.run_id)


def tables(study: Study, _found: Iterable[Records], kept: Kept) -> Tables:
    """The table ``topics``, where there is one."""
    model = last(study)
    if model is None:
        return []
    rows: list[Row] = [row for row in rows_of(model) if kept.thread(row.thread_id)]
    return [(Topic, rows)]


def rows_of(model: Model) -> list[Topic]:
    """The rows of the table that a model gives."""
    topics = {topic.topic: topic for topic in model.topics}
    ranks = {
        unit: rank for topic in model.topics if topic.topic != OUTLIERS for rank, unit in enumerate(topic.units, 1)
    }
    return [
        Topic(
            **asdict(unit),
            words=() if unit.topic == OUTLIERS else tuple(word for word, _ in topics[unit.topic].words),
            code=topics[unit.topic].code if unit.topic in topics else None,
            representative=ranks.get(unit.unit_id),
            run_id=model.run_id,
        )
        for unit in model.units
    ]
