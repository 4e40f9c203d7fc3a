"""What people, and a model, read in it: units, codings, decisions, topics, suggestions."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from codebook.rows.column import Row, RunId, Time, Unit

Confidence = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitOfCoding(Row):
    """What a coder is given to read, and who was given it."""

    KEY: ClassVar[tuple[str, ...]] = ("unit_id", "coder", "round", "arm")

    unit_id: Annotated[str, "The thread's or the post's id"]
    thread_id: Annotated[str, "The thread that the unit is or belongs to"]
    kind: Annotated[Literal["thread", "post"], "What the unit is"]
    coder: Annotated[str, "Who is to code it (a name of `[coders]`)"]
    round: Annotated[int, "Coding round, from 1"]
    arm: Annotated[str, "`plain`, or the arm that sees suggestions"]
    content_sha256: Annotated[str, "Hash of the text that was shown"]
    changed: Annotated[bool, "Whether the last push found another text; the coder keeps what was shown"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding(Row):
    """One coder gives one unit, or a passage of it, one code."""

    KEY: ClassVar[tuple[str, ...]] = ("unit_id", "coder", "round", "arm", "code", "start", "end", "annotation_id")

    unit_id: Annotated[str, "The unit that was read"]
    thread_id: Annotated[str, "The thread that the unit belongs to"]
    coder: Annotated[str, "Who coded (a name of `[coders]`)"]
    code: Annotated[
        str, "Code id of `codebook.yaml`; empty where the coder read the unit and gave no code, or only retired ones"
    ]
    code_as_given: Annotated[
        str | None,
        "What the coder gave, where a later codebook calls it otherwise, or retired all of it; several with commas",
    ] = None
    start: Annotated[
        int | None, "First character of the passage in the shown text; null for the whole unit", Unit("characters")
    ]
    end: Annotated[int | None, "First character behind the passage", Unit("characters")]
    quote: Annotated[str | None, "The passage itself"]
    confidence: Annotated[Confidence | None, "How sure the coder is; null where not stated"]
    memo: Annotated[str | None, "The coder's note on the unit"]
    round: Annotated[int, "Coding round, from 1"]
    arm: Annotated[str, "`plain`, or the arm that sees suggestions"]
    annotation_id: Annotated[str, "Label Studio's id: `<project>/<task>/<annotation>`"]
    coded_at: Annotated[Time | None, "When the annotation was last saved"]
    lead_time: Annotated[float | None, "Time spent on the page, as Label Studio measures it", Unit("seconds")]
    codebook_version: Annotated[str, "Version of the codebook that was on the page"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined(Row):
    """Something that came back from Label Studio and cannot stand as a coding, with the reason."""

    KEY: ClassVar[tuple[str, ...]] = ("annotation_id", "reason", "value")

    annotation_id: Annotated[str, "Label Studio's id: `<project>/<task>/<annotation>`"]
    unit_id: Annotated[str | None, "The unit, where the task says which"]
    coder: Annotated[str | None, "The coder whose project it came from"]
    reason: Annotated[str, "Why it is kept apart"]
    value: Annotated[str, "What came, as JSON"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Row):
    """One code of the agreed set of a unit."""

    KEY: ClassVar[tuple[str, ...]] = ("unit_id", "code")

    unit_id: Annotated[str, "The unit that was decided"]
    thread_id: Annotated[str, "The thread that the unit belongs to"]
    code: Annotated[str, "Code id of `codebook.yaml`; empty where the agreed set is empty"]
    by: Annotated[str, "`agreement` where all coders agree, else the adjudicator; the coder where there is only one"]
    reason: Annotated[str | None, "The adjudicator's reason"]
    codebook_unclear: Annotated[bool | None, "The adjudicator blames the codebook"]
    codings_changed: Annotated[
        bool, "A coder edited or deleted a coding of the unit after the adjudicator was given it; the decision stands"
    ]
    codebook_version: Annotated[str, "Version of the codebook that the decision is in"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(Row):
    """The topic of one unit, as the last `coding topics` found it; never a coding."""

    KEY: ClassVar[tuple[str, ...]] = ("unit_id", "topic")

    unit_id: Annotated[str, "The unit"]
    thread_id: Annotated[str, "The thread that the unit is or belongs to"]
    topic: Annotated[int, "Topic number, from 0 by size; -1 for an outlier, and where there is no prose to read"]
    words: Annotated[tuple[str, ...], "The topic's most typical words, best first; none for an outlier"]
    code: Annotated[str | None, "Code id that the topic was made from (mode `zero-shot`)"]
    probability: Annotated[
        float | None,
        "Membership probability of HDBSCAN; of a topic made from a code, the similarity to it; null without prose",
        Unit("0 to 1"),
    ]
    representative: Annotated[
        int | None, "Place among the five units nearest to the topic's middle, from 1; null for others"
    ]
    x: Annotated[float | None, "Place on the map of the corpus; null without prose"]
    y: Annotated[float | None, "The same, upwards"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion(Row):
    """A model's candidate code for a unit; never a coding."""

    KEY: ClassVar[tuple[str, ...]] = ("unit_id", "code", "method")

    unit_id: Annotated[str, "The unit"]
    thread_id: Annotated[str, "The thread that the unit is or belongs to"]
    code: Annotated[str, "Code id of `codebook.yaml`"]
    method: Annotated[
        Literal["combined", "similarity", "topics", "learnt"], "How it was found; coders are shown `combined` only"
    ]
    score: Annotated[
        float | None, "Calibrated probability that the code would be decided; null before calibration", Unit("0 to 1")
    ]
    raw_score: Annotated[float, "What the method gave before calibration; comparable within method and code only"]
    said: Annotated[
        bool,
        "Whether the score is at or above the one from which the code's error bound holds, and one of the best of its "
        "unit (`[suggestions].at_most`); `combined` only",
    ]
    evidence: Annotated[str | None, "The sentence that speaks best for it, as it stands in the unit's shown text"]
    start: Annotated[int | None, "First character of the evidence in that text", Unit("characters")]
    end: Annotated[int | None, "First character behind it", Unit("characters")]
    arm: Annotated[str, "The arm that may see it"]
    codebook_version: Annotated[str, "Version of the codebook that it is in"]
    run_id: RunId
