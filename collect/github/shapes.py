"""The fields of GitHub's answers that are read, REST and GraphQL.

Everything that GitHub documents as nullable, or that older answers and other servers leave out, may be missing. What
must be there for a thing to be told from others, its number or id, makes an item unreadable when it is not.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from codebook.harmless import one_line, valid_text

M = TypeVar("M", bound=BaseModel)

Kind = Literal["person", "bot"]


def _valid(value: object) -> object:
    return valid_text(value) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_valid)]
"""A string in which lone surrogates, which JSON can hold, do not make the item unreadable."""


class Shape(BaseModel):
    """An object of an answer; fields that are not named are passed over."""

    model_config = ConfigDict(frozen=True)


class User(Shape):
    """An account in a REST answer."""

    login: Text
    type: Text | None = None

    def person(self) -> tuple[str, Kind | None]:
        """Name and kind of account."""
        return self.login, None if self.type is None else "bot" if self.type == "Bot" else "person"


class Actor(Shape):
    """An account in a GraphQL answer. A bot's name lacks the ``[bot]`` that REST gives it; it is put back."""

    login: Text
    type: Text | None = Field(None, alias="__typename")
    name: Text | None = None

    def person(self) -> tuple[str, Kind | None]:
        """Name and kind of account."""
        if self.type == "Bot":
            return f"{self.login.removesuffix('[bot]')}[bot]", "bot"
        return self.login, None if self.type is None else "person"


class Reactions(Shape):
    """The summary of reactions in a REST answer."""

    total: int = Field(alias="total_count")


class Label(Shape):
    """A label, REST or GraphQL."""

    name: Text


class PullReference(Shape):
    """What makes an item of the issues API a pull request; old answers have it on issues, with nulls."""

    url: Text | None = None
    html_url: Text | None = None
    merged_at: datetime | None = None


class Item(Shape):
    """An issue or pull request as search and lists show it."""

    number: int
    url: Text = ""
    repository_url: Text = ""
    html_url: Text = ""
    title: Text | None = None
    body: Text | None = None
    user: User | None = None
    state: Text | None = None
    labels: tuple[Label | Text, ...] = ()
    comments: int = 0
    created_at: datetime | None = None
    updated_at: Text | None = None
    node_id: Text | None = None
    reactions: Reactions | None = None
    pull_request: PullReference | None = None


class Comment(Shape):
    """A comment, review comment or review of the REST API."""

    id: int
    user: User | None = None
    body: Text | None = None
    created_at: datetime | None = None
    submitted_at: datetime | None = None
    reactions: Reactions | None = None
    in_reply_to_id: int | None = None
    issue_url: Text = ""


class Total(Shape):
    """A GraphQL connection of which only the count was asked."""

    total: int = Field(alias="totalCount")


class Labels(Shape):
    """The labels of a thread."""

    nodes: tuple[Label, ...] = ()


class Owner(Shape):
    """The owner of a repository in a GraphQL answer."""

    login: Text


class Repository(Shape):
    """A repository in a GraphQL answer, named whole or in two parts."""

    full: Text | None = Field(None, alias="nameWithOwner")
    owner: Owner | None = None
    name: Text | None = None


class Node(Shape):
    """The header and opening text of an issue, pull request or discussion in a GraphQL answer."""

    number: int
    title: Text
    type: Text = Field("Discussion", alias="__typename")
    id: Text | None = None
    url: Text = ""
    body: Text | None = None
    author: Actor | None = None
    created_at: datetime | None = Field(None, alias="createdAt")
    updated_at: Text | None = Field(None, alias="updatedAt")
    state: Text | None = None
    closed: bool = False
    answered: bool | None = Field(None, alias="isAnswered")
    labels: Labels | None = None
    reactions: Total | None = None
    repository: Repository | None = None
    category: Any = None
    comments: Any = None
    reviews: Any = None
    review_threads: Any = Field(None, alias="reviewThreads")


class Reference(Shape):
    """The post that another one answers."""

    number: int | None = Field(None, alias="fullDatabaseId")


class Said(Shape):
    """A comment, reply, review or review comment in a GraphQL answer; a big number may come as text."""

    id: Text
    full_number: int | None = Field(None, alias="fullDatabaseId")
    short_number: int | None = Field(None, alias="databaseId")
    body: Text
    author: Actor | None = None
    created_at: datetime | None = Field(None, alias="createdAt")
    submitted_at: datetime | None = Field(None, alias="submittedAt")
    answer: bool | None = Field(None, alias="isAnswer")
    minimized: bool = Field(default=False, alias="isMinimized")
    reactions: Total | None = None
    reply_to: Reference | None = Field(None, alias="replyTo")

    @property
    def number(self) -> int | str:
        """What its anchor on the web page is made of."""
        return self.full_number or self.short_number or self.id


def readable(values: object, shape: type[M], problems: list[str], what: str) -> Iterator[M]:
    """Read a list of objects; what cannot be read is noted in ``problems`` and the others are kept.

    Args:
        values: The list as it stands in the answer.
        shape: What its objects are.
        problems: Gets a sentence per object that cannot be read.
        what: What they are called in those sentences.
    """
    if not isinstance(values, list):
        problems.append(f"there is no list of {what}s")
        return
    for position, value in enumerate(values, 1):
        try:
            yield shape.model_validate(value)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or what
            problems.append(f"{what} {position} cannot be read: {field}: {first['msg']}")


def person(account: User | Actor | None) -> tuple[str | None, Kind | None]:
    """Name and kind of an account; nobody where it was deleted (null, or the stand-in ``ghost``)."""
    name, kind = account.person() if account else (None, None)
    return (None, None) if name in (None, "ghost") else (name, kind)


def other_names(account: Actor | None) -> tuple[str, ...]:
    """The name that an account shows beside its login, if it has one; only GraphQL gives it along."""
    return (account.name,) if account and account.name and account.name != account.login else ()


def nodes(value: object, *path: str) -> list[Any]:
    """The nodes of the GraphQL connection at ``path``, without those that a token may not see."""
    found = inside(value, *path, "nodes")
    return [node for node in found if node is not None] if isinstance(found, list) else []


def inside(value: object, *path: str) -> Any:
    """What stands in nested objects at ``path``; None where it does not."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def what_it_says(body: object, limit: int = 200) -> str:
    """The site's own words in an error answer, on one line; empty if there are none."""
    errors = inside(body, "errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    said = (inside(body, "message"), inside(first, "message"))
    return one_line(": ".join(words for words in said if isinstance(words, str)), limit)
