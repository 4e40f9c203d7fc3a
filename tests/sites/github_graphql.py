"""GitHub's GraphQL API over a corpus, executed by graphql-core: searches, threads by name, and lists inside them."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError
from graphql import execute as carry_out

from sites.corpus import CorpusPost, CorpusThread
from sites.github_schema import MOST_NODES, SCHEMA, checked, nodes_asked_for

if TYPE_CHECKING:
    from sites.github import GitHubSite


def execute(body: bytes, site: "GitHubSite") -> dict[str, Any] | None:
    """Answer a GraphQL request; errors stand in the body, as GitHub has them, with their type beside the message.

    Returns:
        None for a request that GitHub would not carry out in time.
    """
    asked = json.loads(body)
    variables = asked.get("variables") or {}
    document, errors = checked(asked["query"])
    if errors:
        return {"errors": [_formatted(error) for error in errors]}
    wanted = nodes_asked_for(document, variables)
    if wanted > MOST_NODES:
        said = f"This query requests up to {wanted:,} possible nodes which exceeds the maximum limit of {MOST_NODES:,}."
        return {"errors": [{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": said}]}
    if site.nodes_in_time is not None and wanted > site.nodes_in_time:
        return None
    result = carry_out(SCHEMA, document, root_value=_Root(site), variable_values=variables)
    answer: dict[str, Any] = {"data": getattr(result, "data", None)}
    if getattr(result, "errors", None):
        answer["errors"] = [_formatted(error) for error in result.errors]
    return answer


def _formatted(error: GraphQLError) -> dict[str, Any]:
    shown = dict(error.formatted)
    return {**(shown.pop("extensions", None) or {}), **shown}


class _Root:
    """The fields of ``Query``."""

    def __init__(self, site: "GitHubSite") -> None:
        self.site = site

    def search(self, _info: Any, query: str, type: str, **page: Any) -> dict[str, Any]:  # noqa: A002 - GitHub's name
        found = self.site.found(query, {"DISCUSSION": ("discussion",), "ISSUE": ("issue", "pull_request")}[type])
        listed = [lambda _info, t=t: self._thread(t) for t in found[: self.site.cap]]
        counts = {"discussionCount": 0, "issueCount": 0} | {f"{type.lower()}Count": len(found)}
        page_of = connection("search", listed, **page)
        return page_of | counts | {"nodes": lambda info: [make(info) for make in page_of["nodes"](info)]}

    def repository(self, _info: Any, owner: str, name: str, **_: Any) -> dict[str, Any]:
        full = self.site.moved.get(f"{owner}/{name}", f"{owner}/{name}")
        if full not in {repo for repo, _, _ in self.site.by_name}:
            raise not_found(f"Could not resolve to a Repository with the name '{full}'.")
        return self._repository(full)

    def node(self, _info: Any, id: str) -> dict[str, Any]:  # noqa: A002 - GitHub's name
        for thread in self.site.by_name.values():
            for post in thread.posts[1:]:
                if f"DC_{post.id}" == id and thread.item == "discussion":
                    return self._discussion_comment(thread, post)
                if f"PRRT_{post.id}" == id and post.role == "review_comment":
                    return self._review_thread(thread, post)
        raise not_found(f"Could not resolve to a node with the global id of '{id}'")

    def _repository(self, full: str) -> dict[str, Any]:
        def by_number(what: str, items: tuple[str, ...]) -> Callable[..., dict[str, Any]]:
            def find(_info: Any, number: int) -> dict[str, Any]:
                thread = self.site.by_name.get((full, number, items == ("discussion",)))
                if thread is None or thread.item not in items or self.site.is_deleted(thread):
                    raise not_found(f"Could not resolve to {what} with the number of {number}.")
                return self._thread(thread)

            return find

        return {
            "__typename": "Repository",
            "id": f"R_{full}",
            "name": full.partition("/")[2],
            "nameWithOwner": full,
            "issue": by_number("an Issue", ("issue",)),
            "pullRequest": by_number("a PullRequest", ("pull_request",)),
            "issueOrPullRequest": by_number("an issue or pull request", ("issue", "pull_request")),
            "discussion": by_number("a Discussion", ("discussion",)),
        }

    def _thread(self, thread: CorpusThread) -> dict[str, Any]:
        kind = {"issue": "Issue", "pull_request": "PullRequest", "discussion": "Discussion"}[thread.item]
        fields = {"issue": self._issue, "pull_request": self._pull, "discussion": self._discussion}[thread.item](thread)
        return {
            "__typename": kind,
            "id": self.site.node_id(thread),
            "number": thread.number,
            "title": thread.title,
            "url": self.site.html_url(thread),
            "updatedAt": self.site.updated(thread),
            "closed": thread.state in ("closed", "merged"),
            "repository": lambda _info: self._repository(thread.repo),
            "labels": paged("labels", lambda: [{"id": f"LA_{n}", "name": n} for n in thread.labels]),
            **self._written(thread.opening),
            **fields,
        }

    def _issue(self, thread: CorpusThread) -> dict[str, Any]:
        comments = [p for p in thread.posts[1:] if p.role == "comment"]
        state = thread.state.upper() if thread.state in ("open", "merged") else "CLOSED"
        return {"state": state, "comments": paged("comments", lambda: [self._comment(thread, p) for p in comments])}

    def _pull(self, thread: CorpusThread) -> dict[str, Any]:
        reviews = [p for p in thread.posts[1:] if p.role == "review"]
        tops = [p for p in thread.posts[1:] if p.role == "review_comment" and p.reply_to is None]
        return self._issue(thread) | {
            "mergedAt": self.site.updated(thread) if thread.state == "merged" else None,
            "reviews": paged("reviews", lambda: [self._review(thread, p) for p in reviews]),
            "reviewThreads": paged("reviewThreads", lambda: [self._review_thread(thread, p) for p in tops]),
        }

    def _discussion(self, thread: CorpusThread) -> dict[str, Any]:
        """A discussion; its category takes answers if it has one or its state is answered or unanswered."""
        tops = [p for p in thread.posts[1:] if p.role != "reply"]
        accepted = any(p.accepted for p in thread.posts)
        answerable = accepted or thread.state in ("answered", "unanswered")
        return {
            "stateReason": "RESOLVED" if thread.state == "closed" else None,
            "isAnswered": accepted if answerable else None,
            "category": {"id": "DIC_1", "name": "Q&A" if answerable else "General", "isAnswerable": answerable},
            "comments": paged("comments", lambda: [self._discussion_comment(thread, p) for p in tops]),
        }

    def _review_thread(self, thread: CorpusThread, top: CorpusPost) -> dict[str, Any]:
        said = [p for p in thread.posts[1:] if p.role == "review_comment" and top.id in (p.id, p.reply_to)]
        return {
            "__typename": "PullRequestReviewThread",
            "id": f"PRRT_{top.id}",
            "comments": paged("comments", lambda: [self._comment(thread, p) for p in said]),
        }

    def _review(self, thread: CorpusThread, post: CorpusPost) -> dict[str, Any]:
        return self._comment(thread, post) | {"state": "COMMENTED", "submittedAt": self._written(post)["createdAt"]}

    def _comment(self, thread: CorpusThread, post: CorpusPost) -> dict[str, Any]:
        return {
            "id": f"{post.role.upper()}_{post.id}",
            "fullDatabaseId": str(post.id),
            "url": f"{self.site.html_url(thread)}#{post.id}",
            "isMinimized": post.hidden,
            "minimizedReason": "off-topic" if post.hidden else None,
            "replyTo": {"fullDatabaseId": str(post.reply_to)} if post.reply_to else None,
            **self._written(post),
        }

    def _discussion_comment(self, thread: CorpusThread, post: CorpusPost) -> dict[str, Any]:
        replies = [p for p in thread.posts if p.role == "reply" and p.reply_to == post.id]
        return self._comment(thread, post) | {
            "__typename": "DiscussionComment",
            "id": f"DC_{post.id}",
            "databaseId": post.id,
            "isAnswer": post.accepted,
            "discussion": lambda _info: self._thread(thread),
            "replies": paged("replies", lambda: [self._discussion_comment(thread, p) for p in replies]),
        }

    def _written(self, post: CorpusPost) -> dict[str, Any]:
        kind, url = ("Bot" if post.bot else "User"), f"{self.site.public_url}/{post.author}"
        login = (post.author or "").removesuffix("[bot]")
        author = {"__typename": kind, "id": f"U_{login}", "login": login, "url": url, "name": post.name}
        return {
            "body": post.body,
            "createdAt": post.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "author": author if post.author else None,
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
