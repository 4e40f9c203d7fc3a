"""perceval's GitHub backend over whole repositories, in the environment that ``peer_environment`` makes.

Run: ``PYTHON peer_perceval.py BASE_URL TOKEN full|lean < repositories``. Prints what it got as JSON.
One process does all repositories, so perceval's cache of people serves them all and Python starts once; ``lean`` is
its ``--filter-classified``, which does not ask who people are.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

from perceval.backends.core.github import GitHub  # GPL-3: run as a program of its own, never imported by the project

Posts = Iterator[tuple[str, str]]


def posts_of(category: str, item: dict[str, Any], thread: str) -> Posts:
    """Thread and anchor of every post of an item; the comments of a pull request come with it as an issue."""
    if category == "issue":
        yield thread, "0"
        yield from ((thread, f"issuecomment-{c['id']}") for c in item["comments_data"])
    else:
        yield from ((thread, f"discussion_r{c['id']}") for c in item["review_comments_data"])
        yield from ((thread, f"pullrequestreview-{r['id']}") for r in item["reviews_data"] if r["body"])


def main(base_url: str, token: str, how: str) -> None:
    """Print what was got."""
    posts: list[tuple[str, str]] = []
    for name in sys.stdin.read().split():
        owner, repository = name.split("/")
        backend = GitHub(owner=owner, repository=repository, api_token=[token], base_url=base_url)
        for category in ("issue", "pull_request"):
            for item in backend.fetch(category=category, filter_classified=how == "lean"):
                posts += posts_of(category, item["data"], f"{name}#{item['data']['number']}")
    json.dump(posts, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
