"""Discussions, which only the GraphQL API has and only with a token: the queries, and asking them.

A page of comments is asked for by owner, name and number, never by node id alone, so that it says by its own request
which thread it belongs to; GitHub follows renames of the repository.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import github

from collect.github.client import Client, refused_search
from collect.github.discussion_pages import native_id
from collect.github.queries import Window, must_be_halved, query
from collect.github.shapes import Discussion, inside, readable
from collect.source import Site

SEARCH = """
query Q($query: String!, $after: String) {
  search(query: $query, type: DISCUSSION, first: 50, after: $after) {
    discussionCount
    pageInfo { hasNextPage endCursor }
    nodes {
      __typename
      ... on Discussion {
        id number title url body createdAt closed stateReason isAnswered upvoteCount
        author { __typename login }
        category { name isAnswerable }
        repository { nameWithOwner }
        labels(first: 100) { nodes { name } }
        reactions { totalCount }
        comments { totalCount }
      }
    }
  }
}
"""

_COMMENT = """
fragment C on DiscussionComment {
  id databaseId url body createdAt isAnswer isMinimized minimizedReason upvoteCount
  author { __typename login }
  reactions { totalCount }
}
"""

COMMENTS = (
    """
query Q($owner: String!, $repo: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $repo) {
    discussion(number: $number) {
      category { isAnswerable }
      comments(first: 50, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes {
          ...C
          replies(first: 50) { totalCount pageInfo { hasNextPage endCursor } nodes { ...C } }
        }
      }
    }
  }
}
"""
    + _COMMENT
)

REPLIES = (
    """
query Q($owner: String!, $repo: String!, $number: Int!, $comment: ID!, $after: String) {
  repository(owner: $owner, name: $repo) { discussion(number: $number) { category { isAnswerable } } }
  node(id: $comment) {
    ... on DiscussionComment {
      id databaseId
      replies(first: 100, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { ...C } }
    }
  }
}
"""
    + _COMMENT
)


def fetch(client: Client, site: Site, whole: set[str]) -> Iterator[str]:
    """Ask for all discussions; yield a thread once all of it is stored.

    Args:
        client: Asks.
        site: Keywords, dates and where they must match.
        whole: Threads that are stored already; gets the new ones.

    Raises:
        StudyError: The site refuses a query.
    """
    for keyword in site.keywords:
        for hits in _windows(client, query(keyword, site.match), Window.between(site.since, site.until)):
            for thread, commented in hits:
                if thread not in whole:
                    if commented:
                        _comments(client, thread)
                    whole.add(thread)
                    yield thread


def _windows(client: Client, asked: str, window: Window) -> Iterator[list[tuple[str, bool]]]:
    """List a window, or its halves, as ``issues`` does."""
    hits: list[tuple[str, bool]] = []
    first = True
    for found in _search(client, f"{asked} {window}"):
        for each in readable(inside(found, "nodes"), Discussion, [], "discussion"):  # parse says what cannot be read
            thread = native_id(each.repository, each.number)
            if thread:
                hits.append((thread, bool(each.comments and each.comments.total)))
        count = inside(found, "discussionCount")
        reported = count if isinstance(count, int) else 0
        if must_be_halved(window, first_page=first, reported=reported, incomplete=False):
            yield hits
            for half in window.halves():
                yield from _windows(client, asked, half)
            return
        first = False
    yield hits


def _search(client: Client, asked: str) -> Iterator[Any]:
    try:
        yield from _all(client, SEARCH, {"query": asked}, "search")
    except github.GithubException as error:
        raise refused_search(asked, error.status, error.data) from error


def _comments(client: Client, thread: str) -> None:
    owner, _, rest = thread.partition("/")
    repo, _, number = rest.partition("#d")
    of: dict[str, Any] = {"owner": owner, "repo": repo, "number": int(number)}
    # Gone or locked away since it was listed: the answer is stored, and parse says so.
    with suppress(github.GithubException):
        for comments in _all(client, COMMENTS, of, "repository", "discussion", "comments"):
            for comment in inside(comments, "nodes") or []:
                if inside(comment, "replies", "pageInfo", "hasNextPage"):
                    _further_replies(client, of, comment)


def _further_replies(client: Client, of: dict[str, Any], comment: Any) -> None:
    asked = of | {"comment": inside(comment, "id")}
    after = inside(comment, "replies", "pageInfo", "endCursor")
    with suppress(github.GithubException):  # the comment is gone; the others' replies are not
        for _ in _all(client, REPLIES, asked, "node", "replies", after=after):
            pass


def _all(client: Client, text: str, variables: dict[str, Any], *path: str, after: str | None = None) -> Iterator[Any]:
    """Ask for all pages of the connection at ``path`` of the data.

    Raises:
        github.GithubException: There is nothing at that path.
    """
    passed: set[str | None] = set()
    while after not in passed:  # a cursor that comes back would lead in a circle
        passed.add(after)
        body = client.graphql(text, variables | {"after": after})
        found = inside(body, "data", *path)
        if found is None:
            raise github.GithubException(200, body)
        yield found
        if not inside(found, "pageInfo", "hasNextPage"):
            return
        after = inside(found, "pageInfo", "endCursor")
