"""A Hugging Face Hub on this machine: lists of models and of discussions, and discussions with their events.

Shapes after the Hub's own answers. A corpus thread whose ``repo`` starts with ``datasets/`` or ``spaces/`` belongs to
one of those.
"""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sites.corpus import CorpusPost, CorpusThread
from sites.server import Asked, Reply, as_json

WEB_URL = "https://huggingface.example"

_PATH = re.compile(r"/api/(model|dataset|space)s/([^/]+(?:/[^/]+)?)/discussions(?:/(\d+))?$")


@dataclass
class HuggingFaceSite:
    """Serves the threads whose site is ``huggingface``.

    Args:
        threads: The world.
        tagged: Model ids that ``/api/models`` lists, most downloaded first; all models of the world if None.
        per_page: Discussions on one page of a list.
        models_per_page: Models on one page of their list.
        refusals: Status and message for repositories that are not served, by path (``datasets/owner/name``).
        renamed: New path by old path.
        empty: Repositories without discussions, by path; others that have none are not there.
        hides: Answer 401 where nothing is, as the Hub does to those without a token, and not 404.
        token: The only token that is accepted, if not empty; requests without one are always served.
        left: Requests that are left in the window, as the ``RateLimit`` header says; None for no header.
    """

    threads: list[CorpusThread]
    tagged: list[str] | None = None
    per_page: int = 50
    models_per_page: int = 1000
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()
    hides: bool = False
    token: str = ""
    left: int | None = None
    base_url: str = ""

    def answer(self, asked: Asked) -> Reply:
        reply = self._answer(asked)
        if self.left is not None:
            self.left -= 1
            policy = {"RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
            reply.headers.update(policy | {"RateLimit": f'"api";r={max(0, self.left)};t=41'})
        return reply

    def _answer(self, asked: Asked) -> Reply:
        sent = asked.headers.get("authorization")
        if sent and sent != f"Bearer {self.token}":
            return _error(401, "Invalid credentials in Authorization header")
        if asked.path == "/api/models":
            return self._models(asked)
        found = _PATH.match(asked.path)
        return self._discussions(asked, found) if found else _error(404, "Sorry, we can't find the page you want.")

    def _discussions(self, asked: Asked, found: re.Match[str]) -> Reply:
        kind, name, number = found.groups()
        repo = name if kind == "model" else f"{kind}s/{name}"
        if repo in self.renamed:
            return self._moved(asked, repo)
        if repo in self.refusals:
            return _error(*self.refusals[repo])
        mine = [t for t in self.threads if t.site == "huggingface" and t.repo == repo]
        if not mine and repo not in self.empty:
            return _error(401, "Invalid username or password.") if self.hides else _error(404, "Repository not found")
        if number is None:
            return as_json(self.list_page(mine, int(asked.first("p", "0")), kind, name))
        thread = next((t for t in mine if t.number == int(number)), None)
        if thread is None:
            return _error(404, f"No discussion found matching num #{number}")
        return as_json(self.details(thread, kind, name))

    def _moved(self, asked: Asked, repo: str) -> Reply:
        old, new = (r if r.startswith(("datasets/", "spaces/")) else f"models/{r}" for r in (repo, self.renamed[repo]))
        where = asked.path.replace(f"/api/{old}/", f"/api/{new}/") + ("?" + urlencode(asked.query))
        return Reply(307, f"Temporary Redirect. Redirecting to {where}".encode(), {"Location": where})

    def _models(self, asked: Asked) -> Reply:
        models = self.tagged
        if models is None:
            mine = (thread.repo for thread in self.threads if thread.site == "huggingface")
            models = list(dict.fromkeys(repo for repo in mine if not repo.startswith(("datasets/", "spaces/"))))
        start = int(asked.first("cursor", "0"))
        end = start + min(int(asked.first("limit", "1000")), self.models_per_page)
        reply = as_json([_model(name, start + n, asked.first("filter")) for n, name in enumerate(models[start:end])])
        if end < len(models):
            query = [(k, v) for k, v in asked.query if k != "cursor"] + [("cursor", str(end))]
            reply.headers["Link"] = f'<https://huggingface.co/api/models?{urlencode(query)}>; rel="next"'
        return reply

    def list_page(self, mine: list[CorpusThread], p: int, kind: str, name: str) -> dict[str, Any]:
        newest_first = sorted(mine, key=lambda t: -t.number)
        start = p * self.per_page
        return {
            "discussions": [_header(t, kind, name) for t in newest_first[start : start + self.per_page]],
            "count": len(mine),
            "start": start,
            "numClosedDiscussions": sum(t.state != "open" for t in mine),
        }

    def details(self, thread: CorpusThread, kind: str, name: str) -> dict[str, Any]:
        events = [_comment(post) for post in thread.posts]
        last = thread.posts[-1]
        if thread.state != "open":
            events.append(_event(last, "status-change", {"status": thread.state}, f"{last.id:023x}f"))
        body = _header(thread, kind, name) | {"locked": False, "collection": "discussions", "events": events}
        del body["numComments"]
        if thread.item == "pull_request":
            commit = {"subject": thread.title, "oid": "81fd1d6e7847c99f5862c9fb81387956d99ec7aa", "parents": []}
            events.insert(1, _event(thread.opening, "commit", commit, f"{thread.opening.id:023x}e"))
            body |= {"changes": {"base": "refs/heads/main"}, "filesWithConflicts": [], "diff": "diff --git a/m b/m\n"}
        return body


def _error(status: int, message: str) -> Reply:
    return as_json({"error": message}, status, **{"X-Error-Message": message})


def _model(name: str, rank: int, tag: str) -> dict[str, Any]:
    return {
        "_id": f"{rank:024x}",
        "id": name,
        "modelId": name,
        "likes": 3,
        "private": False,
        "downloads": 100_000 - rank,
        "tags": ["transformers", *([tag] if tag else [])],
        "pipeline_tag": "text-generation",
        "library_name": "transformers",
        "createdAt": "2023-10-01T00:00:00.000Z",
    }


def _header(thread: CorpusThread, kind: str, name: str) -> dict[str, Any]:
    return {
        "num": thread.number,
        "author": _author(thread.opening),
        "repo": {"name": name, "type": kind},
        "title": thread.title,
        "status": thread.state,
        "createdAt": _stamp(thread.opening),
        "isPullRequest": thread.item == "pull_request",
        "numComments": len(thread.posts),
        "topReactions": [],
        "numReactionUsers": 0,
        "pinned": False,
    }


def _comment(post: CorpusPost) -> dict[str, Any]:
    text = "This comment has been hidden" if post.hidden else post.body
    data = {
        "edited": post.hidden,
        "hidden": post.hidden,
        "latest": {"raw": text, "html": "<p>…</p>", "updatedAt": _stamp(post), "author": _author(post)},
        "numEdits": 0,
        "editors": [post.author] if post.author else [],
        "reactions": [{"reaction": "👍", "users": ["someone"], "count": post.score}] if post.score else [],
        "isReport": False,
    }
    return _event(post, "comment", data, f"{post.id:024x}")


def _event(post: CorpusPost, kind: str, data: dict[str, Any], number: str) -> dict[str, Any]:
    return {"id": number, "author": _author(post), "createdAt": _stamp(post), "type": kind, "data": data}


def _author(post: CorpusPost) -> dict[str, Any] | None:
    if post.author is None:
        return None
    return {"_id": f"{post.id:024x}", "name": post.author, "fullname": post.author.title(), "type": "user"}


def _stamp(post: CorpusPost) -> str:
    return post.at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
