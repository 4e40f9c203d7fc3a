"""A small world of threads that the local sites serve, in a form that belongs to none of them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ruamel.yaml import YAML


@dataclass(frozen=True)
class CorpusPost:
    """One post. ``role`` is opening, comment, answer, review, review_comment or reply; body is Markdown.

    ``edited`` is when it was last edited, ``name`` the author's display name where the site has one beside the account.
    """

    id: int
    author: str | None
    at: datetime
    body: str
    role: str = "comment"
    score: int = 0
    accepted: bool = False
    reply_to: int | None = None
    hidden: bool = False
    bot: bool = False
    edited: datetime | None = None
    name: str | None = None

    @property
    def touched(self) -> datetime:
        """When it was written or last edited."""
        return max(self.at, self.edited or self.at)


@dataclass(frozen=True)
class CorpusThread:
    """One thread of one site (github, huggingface, pytorch_forum or stackoverflow); posts[0] opens it.

    ``item`` is issue, pull_request, discussion, question or topic; ``repo`` is owner/name where the site has
    repositories, else empty.
    """

    site: str
    item: str
    repo: str
    number: int
    title: str
    state: str
    posts: tuple[CorpusPost, ...]
    labels: tuple[str, ...] = field(default=())

    @property
    def opening(self) -> CorpusPost:
        return self.posts[0]


def load(path: Path) -> list[CorpusThread]:
    """Read ``threads: [...]`` from YAML; dates are ISO texts, posts inherit nothing."""
    tree = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return [_thread(entry) for entry in tree["threads"]]


def _thread(entry: dict) -> CorpusThread:
    posts = tuple(_post(p, i) for i, p in enumerate(entry["posts"]))
    return CorpusThread(
        site=entry["site"],
        item=entry["item"],
        repo=entry.get("repo", ""),
        number=entry["number"],
        title=entry["title"],
        state=entry.get("state", "open"),
        labels=tuple(entry.get("labels", ())),
        posts=posts,
    )


def _post(entry: dict, index: int) -> CorpusPost:
    at = datetime.fromisoformat(str(entry["at"])).replace(tzinfo=UTC)
    role = entry.get("role", "comment" if index else "opening")
    known = {k: v for k, v in entry.items() if k not in ("at", "role")}
    return CorpusPost(at=at, role=role, **known)
