"""The map of the corpus: one HTML file with a script of its own, that needs no network and sends nothing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from markupsafe import Markup

from codebook.errors import StudyError
from codebook.harmless import on_terminal, one_line
from codebook.html_page import style, templates
from codebook.study import Study
from coding.topics.limits import OUTLIERS

_UNITS = """
SELECT x, y, topic, title, threads.source, year(coalesce(posts.created_at, threads.created_at)), threads.url, unit_id,
    topics.words, code, representative
FROM topics LEFT JOIN threads USING (thread_id) LEFT JOIN posts ON posts.post_id = unit_id ORDER BY unit_id
"""


@dataclass(frozen=True, slots=True)
class Point:
    """One unit on the map; no place where it has no prose."""

    x: float | None
    y: float | None
    topic: int
    title: str
    about: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """One topic on the map.

    Args:
        topic: Its number.
        words: Its words, best first.
        code: The code that it comes from, if it does.
        units: How many it has.
        middle: The unit that represents it best, by its place among the points.
    """

    topic: int
    words: tuple[str, ...]
    code: str | None
    units: int
    middle: int | None


@dataclass(frozen=True, slots=True)
class Corpus:
    """What maps show."""

    points: Sequence[Point]
    groups: Sequence[Group]


def corpus(study: Study) -> Corpus:
    """The units with their topics, from the tables.

    Raises:
        StudyError: There are no topics.
    """
    with study.connect() as con:
        found = con.execute(_UNITS).fetchall()
    if not found:
        raise StudyError("there are no topics yet", where=str(study.table("topics")), hint="Run: coding topics")
    points: list[Point] = []
    groups: dict[int, Group] = {}
    for at, (x, y, topic, title, source, year, url, unit_id, words, code, rank) in enumerate(found):
        about = " · ".join(_plain(part) for part in (source, year) if part is not None)
        points.append(Point(x, y, topic, _plain(title) or _plain(unit_id), about, _web(url)))
        known = groups.get(topic) or Group(topic, tuple(map(_plain, words)), code, 0, None)
        groups[topic] = Group(topic, known.words, known.code, known.units + 1, at if rank == 1 else known.middle)
    return Corpus(points, sorted(groups.values(), key=lambda group: (group.topic == OUTLIERS, group.topic)))


def _plain(value: object) -> str:
    return on_terminal(one_line(str(value or ""), 300))


def _web(url: str | None) -> str:
    return url if url and url.startswith(("https://", "http://")) and not any(c.isspace() for c in url) else ""


def page(study: Study, shown: Corpus) -> str:
    """The map as HTML."""
    here = Path(__file__).parent
    script = style(here / "map.js")
    return (
        templates("coding.topics")
        .get_template("map.html")
        .render(
            title=study.settings.study.title,
            units=len(shown.points),
            topics=sum(group.topic != OUTLIERS for group in shown.groups),
            outliers=sum(point.topic == OUTLIERS for point in shown.points),
            mode=study.settings.topics.mode,
            seed=study.settings.study.seed,
            data=_data(shown),
            script=script["style"],
            script_hash=script["style_hash"],
            made_by=f"qualdev {version('qualdev')}",
            **style(here / "map.css"),
        )
    )


def _data(shown: Corpus) -> Markup:
    """The data as JSON that can stand in a page: without a character that HTML reads as its own."""
    units = [(p.x, p.y, p.topic, p.title, p.about, p.url) for p in shown.points]
    topics = [
        {"topic": g.topic, "words": g.words, "code": g.code, "units": g.units, "middle": g.middle} for g in shown.groups
    ]
    text = json.dumps({"units": units, "topics": topics}, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - no tag can begin or end in it
