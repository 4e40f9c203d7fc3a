"""The part of GitHub's GraphQL API that discussions need, executed by graphql-core over a corpus."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, build_schema, graphql_sync

from sites.corpus import CorpusPost, CorpusThread

if TYPE_CHECKING:
    from sites.github import GitHubSite

PAGING = "(first: Int, last: Int, after: String, before: String)"

SCHEMA = build_schema(
    """
type Query {
  search(query: String!, type: SearchType!, first: Int, last: Int, after: String, before: String):
    SearchResultItemConnection!
  repository(owner: String!, name: String!, followRenames: Boolean = true): Repository
  node(id: ID!): Node
}
enum SearchType { ISSUE REPOSITORY USER DISCUSSION ISSUE_ADVANCED }
enum DiscussionStateReason { RESOLVED OUTDATED DUPLICATE REOPENED }
scalar DateTime
scalar URI
interface Node { id: ID! }
interface Actor { login: String! url: URI! }
type User implements Actor & Node { id: ID! login: String! url: URI! }
type Bot implements Actor & Node { id: ID! login: String! url: URI! }
union SearchResultItem = Discussion | Repository
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type SearchResultItemConnection { discussionCount: Int! pageInfo: PageInfo! nodes: [SearchResultItem] }
type Repository implements Node { id: ID! name: String! nameWithOwner: String! discussion(number: Int!): Discussion }
type DiscussionCategory implements Node { id: ID! name: String! isAnswerable: Boolean! }
type Label implements Node { id: ID! name: String! }
type LabelConnection { totalCount: Int! pageInfo: PageInfo! nodes: [Label] }
type ReactionConnection { totalCount: Int! }
type DiscussionCommentConnection { totalCount: Int! pageInfo: PageInfo! nodes: [DiscussionComment] }
type Discussion implements Node {
  id: ID! number: Int! title: String! url: URI! body: String! createdAt: DateTime! closed: Boolean!
  stateReason: DiscussionStateReason isAnswered: Boolean upvoteCount: Int! author: Actor
  category: DiscussionCategory! repository: Repository! labels PAGING: LabelConnection
  reactions PAGING: ReactionConnection! comments PAGING: DiscussionCommentConnection!
}
type DiscussionComment implements Node {
  id: ID! databaseId: Int url: URI! body: String! createdAt: DateTime! isAnswer: Boolean! isMinimized: Boolean!
  minimizedReason: String upvoteCount: Int! author: Actor replyTo: DiscussionComment discussion: Discussion
  reactions PAGING: ReactionConnection! replies PAGING: DiscussionCommentConnection!
}
""".replace("PAGING", PAGING)
)


def execute(body: bytes, site: "GitHubSite") -> dict[str, Any]:
    """Answer a GraphQL request; errors stand in the body, as GitHub has them, with their type beside the message."""
    asked = json.loads(body)
    result = graphql_sync(SCHEMA, asked["query"], root_value=_Root(site), variable_values=asked.get("variables"))
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [_formatted(error) for error in result.errors]
    return answer


def _formatted(error: GraphQLError) -> dict[str, Any]:
    shown = dict(error.formatted)
    return {**(shown.pop("extensions", None) or {}), **shown}


class _Root:
    """The fields of ``Query``."""

    def __init__(self, site: "GitHubSite") -> None:
        self.site = site
        self.threads = [t for t in site.threads if t.item == "discussion"]

    def search(self, _info: Any, query: str, type: str, **page: Any) -> dict[str, Any]:  # noqa: A002 - GitHub's name
        from sites.github import matches

        assert type == "DISCUSSION"
        found = sorted((t for t in self.threads if matches(t, query)), key=lambda t: t.opening.at)
        listed = [self._discussion(t) for t in found[: self.site.cap]]
        return connection("search", listed, **page) | {"discussionCount": len(found)}

    def repository(self, _info: Any, owner: str, name: str, **_: Any) -> dict[str, Any]:
        full = f"{owner}/{name}"
        if full not in {t.repo for t in self.threads}:
            raise not_found(f"Could not resolve to a Repository with the name '{full}'.")
        return self._repository(full)

    def node(self, _info: Any, id: str) -> dict[str, Any]:  # noqa: A002 - GitHub's name
        for thread in self.threads:
            for post in thread.posts[1:]:
                if _comment_id(post) == id:
                    return self._comment(thread, post)
        raise not_found(f"Could not resolve to a node with the global id of '{id}'")

    def _repository(self, full: str) -> dict[str, Any]:
        def discussion(_info: Any, number: int) -> dict[str, Any]:
            found = next((t for t in self.threads if (t.repo, t.number) == (full, number)), None)
            if found is None:
                raise not_found(f"Could not resolve to a Discussion with the number of {number}.")
            return self._discussion(found)

        name = full.partition("/")[2]
        return {"__typename": "Repository", "id": f"R_{full}", "name": name, "nameWithOwner": full} | {
            "discussion": discussion
        }

    def _discussion(self, thread: CorpusThread) -> dict[str, Any]:
        """A discussion; its category takes answers if it has one or its state is answered or unanswered."""
        tops = [p for p in thread.posts[1:] if p.role != "reply"]
        accepted = any(p.accepted for p in thread.posts)
        answerable = accepted or thread.state in ("answered", "unanswered")
        return {
            "__typename": "Discussion",
            "id": f"D_{thread.repo}_{thread.number}",
            "number": thread.number,
            "title": thread.title,
            "url": self.site.html_url(thread),
            "closed": thread.state == "closed",
            "stateReason": "RESOLVED" if thread.state == "closed" else None,
            "isAnswered": accepted if answerable else None,
            "category": {"id": "DIC_1", "name": "Q&A" if answerable else "General", "isAnswerable": answerable},
            "repository": lambda _info: self._repository(thread.repo),
            "labels": paged("labels", lambda: [{"id": f"LA_{n}", "name": n} for n in thread.labels]),
            "comments": paged("comments", lambda: [self._comment(thread, p) for p in tops]),
            **self._written(thread.opening),
        }

    def _comment(self, thread: CorpusThread, post: CorpusPost) -> dict[str, Any]:
        replies = [p for p in thread.posts if p.role == "reply" and p.reply_to == post.id]
        return {
            "__typename": "DiscussionComment",
            "id": _comment_id(post),
            "databaseId": post.id,
            "url": f"{self.site.html_url(thread)}#discussioncomment-{post.id}",
            "isAnswer": post.accepted,
            "isMinimized": post.hidden,
            "minimizedReason": "off-topic" if post.hidden else None,
            "discussion": lambda _info: self._discussion(thread),
            "replies": paged("replies", lambda: [self._comment(thread, p) for p in replies]),
            **self._written(post),
        }

    def _written(self, post: CorpusPost) -> dict[str, Any]:
        kind, url = ("Bot" if post.bot else "User"), f"{self.site.public_url}/{post.author}"
        login = (post.author or "").removesuffix("[bot]")
        return {
            "body": post.body,
            "createdAt": post.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "author": {"__typename": kind, "id": f"U_{login}", "login": login, "url": url} if post.author else None,
            "upvoteCount": 1 + post.score,
            "reactions": {"totalCount": post.score},
        }


def paged(name: str, values: Callable[[], list[Any]]) -> Callable[..., dict[str, Any]]:
    return lambda _info, **page: connection(name, values(), **page)


def connection(
    name: str, values: Sequence[Any], first: int | None = None, after: str | None = None, **_: Any
) -> dict[str, Any]:
    """One page of a connection; without ``first`` only the count may be asked for, as GitHub has it."""
    if first is not None and not 1 <= first <= 100:
        message = f"Requesting {first} records on the `{name}` connection exceeds the `first` limit of 100 records."
        raise GraphQLError(message, extensions={"type": "EXCESSIVE_PAGINATION"})
    start = int(base64.b64decode(after).decode().removeprefix("cursor:")) if after else 0
    stop = start + (first or 0)

    def nodes(_info: Any) -> list[Any]:
        if first is None:
            message = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
            raise GraphQLError(message, extensions={"type": "MISSING_PAGINATION_BOUNDARIES"})
        return list(values[start:stop])

    end = base64.b64encode(f"cursor:{min(stop, len(values))}".encode()).decode() if values else None
    info = {"hasNextPage": stop < len(values), "hasPreviousPage": start > 0, "startCursor": None, "endCursor": end}
    return {"totalCount": len(values), "pageInfo": info, "nodes": nodes}


def not_found(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"type": "NOT_FOUND"})


def _comment_id(post: CorpusPost) -> str:
    return f"DC_{post.id}"
