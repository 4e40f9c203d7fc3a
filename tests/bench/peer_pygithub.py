"""The loop that a researcher writes with PyGithub: search, then ask for what was said in each hit.

Run: ``python peer_pygithub.py BASE_URL TOKEN KEYWORD``. Prints which threads and posts it got, as JSON. PyGithub's own
pause of 0.25 s between requests is off and its pages are of 100, so that neither holds it back.
"""

import json
import sys
from collections.abc import Iterator

import github
from github.Issue import Issue

Posts = Iterator[tuple[str, str]]


def posts_of(issue: Issue, thread: str, *, pulled: bool) -> Posts:
    """Thread and anchor of every post; lists that are known to be empty are not asked for.

    Whether it is a pull request is known from the search: ``issue.pull_request`` would cost a request for each issue.
    """
    yield thread, "0"
    if issue.comments:
        for comment in issue.get_comments():
            yield thread, f"issuecomment-{comment.id}"
    if not pulled:
        return
    pull = issue.as_pull_request()
    for note in pull.get_review_comments():
        yield thread, f"discussion_r{note.id}"
    for review in pull.get_reviews():
        if review.body:
            yield thread, f"pullrequestreview-{review.id}"


def main(base_url: str, token: str, keyword: str) -> None:
    """Print what was got."""
    auth = github.Auth.Token(token)
    client = github.Github(base_url=base_url, auth=auth, per_page=100, seconds_between_requests=0)
    posts: list[tuple[str, str]] = []
    for kind in ("is:issue", "is:pr"):
        for issue in client.search_issues(f'"{keyword}" {kind}', created="2019-01-01T00:00:00Z..2025-12-31T23:59:59Z"):
            repository = issue.repository_url.partition("/repos/")[2]
            posts += posts_of(issue, f"{repository}#{issue.number}", pulled=kind == "is:pr")
    json.dump(posts, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
