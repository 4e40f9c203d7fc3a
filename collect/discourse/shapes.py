"""The values on the pages of a Discourse forum that are read, by the names that the forum gives them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from codebook.harmless import one_line, valid_text


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("is not a moment of our calendar") from None


Text = Annotated[str, BeforeValidator(lambda value: valid_text(value) if isinstance(value, str) else value)]
Moment = Annotated[datetime, AfterValidator(_utc)]
Number = Annotated[int, Field(ge=-(2**53), le=2**53)]


class Shape(BaseModel):
    """What every value of a forum is read as: only the fields that are asked for."""

    model_config = ConfigDict(frozen=True)


class Hit(Shape):
    """A post on a result page."""

    topic_id: Number
    created_at: Moment | None = None


class Action(Shape):
    """How often something was done with a post."""

    id: Number
    count: Number | None = None


class Post(Shape):
    """A post of a topic."""

    post_number: Number
    cooked: Text
    name: Text | None = None
    topic_id: Number | None = None
    post_type: Number = 1
    username: Text | None = None
    user_id: Number | None = None
    created_at: Moment | None = None
    actions_summary: tuple[Action, ...] | None = None
    accepted_answer: bool | None = None
    hidden: bool | None = None
    reply_to_post_number: Number | None = None


class Tag(Shape):
    """A tag, where it is more than its name."""

    name: Text


class User(Shape):
    """Who opened a topic."""

    username: Text | None = None
    name: Text | None = None


class Details(Shape):
    """What a topic page adds to a topic."""

    created_by: User | None = None


class Topic(Shape):
    """A topic, as its own page and a result page show it."""

    id: Number
    title: Text
    slug: Text | None = None
    posts_count: Number | None = None
    reply_count: Number | None = None
    last_posted_at: Moment | None = None
    bumped_at: Moment | None = None
    created_at: Moment | None = None
    closed: bool | None = None
    archived: bool | None = None
    accepted_answer: Any = None
    tags: tuple[Tag | Text, ...] | None = None
    details: Details | None = None


M = TypeVar("M", bound=Shape)


def readable(values: list[Any], shape: type[M], problems: list[str], name: str) -> Iterator[M]:
    """The values that have a shape; of any other, ``problems`` gets a sentence that calls it ``name``."""
    for value in values:
        try:
            yield shape.model_validate(value)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"])) or "it"
            problems.append(f"a {name} cannot be read: {one_line(field, 40)}: {one_line(first['msg'], 80)}")
