"""The units that can be drawn, each with its stratum."""

from bisect import bisect_right
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from codebook.errors import StudyError
from codebook.people import Sampling
from codebook.rows import Post, Screened, Thread, Topic
from codebook.study import Study
from coding.projects.desk import included

EVERYTHING = "all"
"""The only stratum where `[sampling]` names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A unit that can be drawn."""

    unit_id: str
    thread_id: str
    kind: Literal["thread", "post"]
    stratum: str


def frame(study: Study, before: Container[str] = ()) -> list[Candidate]:
    """The units of the included threads that no screening left out, in the order of their ids.

    Once something is decided, only what is screened in can be drawn. But where the plan came before the screening,
    raters get what is planned and nothing else: what nobody drew is not decided, and can still be drawn.

    Args:
        study: The study.
        before: Ids of the units that could be drawn so far.

    Raises:
        StudyError: There are no included threads, or topics are wanted and there are none.
    """
    units = list(_units(study))
    decided = {row.thread_id: row.included for row in study.read(Screened)}
    if not decided:
        return units
    plan_first = any(unit.unit_id in before and not decided.get(unit.thread_id) for unit in units)
    return [unit for unit in units if decided.get(unit.thread_id, plan_first)]


def _units(study: Study) -> Iterator[Candidate]:
    sampling = study.settings.sampling
    topics = _topics(study) if "topic" in sampling.strata else {}
    for thread, posts in included(study):
        if sampling.unit == "thread":
            stratum = _stratum(sampling, thread, posts, topics.get(thread.thread_id))
            yield Candidate(unit_id=thread.thread_id, thread_id=thread.thread_id, kind="thread", stratum=stratum)
            continue
        for post in posts:
            stratum = _stratum(sampling, thread, [post], topics.get(post.post_id))
            yield Candidate(unit_id=post.post_id, thread_id=thread.thread_id, kind="post", stratum=stratum)


def _stratum(sampling: Sampling, thread: Thread, posts: Sequence[Post], topic: int | None) -> str:
    opened = posts[0].created_at if sampling.unit == "post" else thread.created_at
    values = {
        "source": thread.source,
        "item": thread.item,
        "topic": "no topic" if topic is None else f"topic {topic}",
        "length": _length(sum(len(post.body) for post in posts), sorted(set(sampling.lengths))),
        "year": str(opened.year) if opened else "no year",
    }
    return " / ".join(values[name] for name in sampling.strata) or EVERYTHING


def _length(characters: int, bounds: Sequence[int]) -> str:
    """The group of a length: `under 1000`, `1000 to 4999`, `5000 and more`."""
    if not bounds:
        return "any length"
    group = bisect_right(bounds, characters)
    if group == 0:
        return f"under {bounds[0]}"
    if group == len(bounds):
        return f"{bounds[-1]} and more"
    return f"{bounds[group - 1]} to {bounds[group] - 1}"


def _topics(study: Study) -> Mapping[str, int]:
    """The likeliest topic of each unit; of equally likely ones, the first."""
    best: dict[str, Topic] = {}
    for row in study.read(Topic):
        other = best.setdefault(row.unit_id, row)
        if (row.probability or 0) > (other.probability or 0):
            best[row.unit_id] = row
    if not best:
        raise StudyError(
            "[sampling].strata names topic, and no unit has a topic",
            where=str(study.table("topics")),
            hint="Leave topic out of strata, or fill the table topics first.",
        )
    return {unit_id: row.topic for unit_id, row in best.items()}
