"""A GitHub that serves a corpus: the search, issues, comments and reviews of the REST API, and the GraphQL API.

Shapes and refusals follow docs.github.com/rest and recorded traffic; what a test never looks at is left out.
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from urllib.parse import urlencode
from zlib import crc32

from sites.corpus import CorpusPost, CorpusThread
from sites.github_graphql import execute
from sites.github_search import Wanted
from sites.server import Asked, Reply, as_json

DOCS = "https://docs.github.com/rest"
CAP = 1000
_THREAD = re.compile(r"/(?:repos/([^/]+/[^/]+)|repositories/(\d+))/(issues|pulls)/(\d+)(?:/(comments|reviews))?")


@dataclass
class GitHubSite:
    """A fake GitHub.

    Args:
        threads: The corpus; only threads of the site ``github`` are served.
        token: The token that is accepted; without one in the request there is REST only.
        public_url: Where the web pages are, in ``html_url``.
        cap: Results that a search lists.
        times_out_over: Searches over longer windows call themselves incomplete.
        searches: Searches that are allowed in a minute of ``now``.
        renamed: Repositories whose name redirects to their number, although the search still shows it.
        moved: New names of repositories by their old ones, under which they can still be asked for.
        deleted: Native ids of threads that were deleted; what is not in the corpus, GitHub just does not find.
        nodes_in_time: GraphQL requests for more nodes are not carried out in time.
        scopes: Of the token.
        now: The clock of the rate limit, seconds since 1970.
    """

    threads: Sequence[CorpusThread]
    token: str = "a-valid-token"
    public_url: str = "https://github.example"
    cap: int = CAP
    times_out_over: timedelta | None = None
    searches: int = 10_000
    renamed: dict[str, int] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()
    nodes_in_time: int | None = None
    scopes: str = "public_repo"
    now: Callable[[], float] = time.time
    base_url: str = ""
    _left: int = 0
    _reset: int = 0

    def __post_init__(self) -> None:
        self.serve(self.threads)

    def serve(self, threads: Sequence[CorpusThread]) -> None:
        """Serve another corpus from now on."""
        self.threads = [t for t in threads if t.site == "github"]
        self.by_name = {(t.repo, t.number, t.item == "discussion"): t for t in self.threads}
        self.by_age = sorted(self.threads, key=lambda t: t.opening.at)

    def found(self, query: str, items: tuple[str, ...]) -> list[CorpusThread]:
        """The threads that a search finds, oldest first."""
        wanted = Wanted.of(query)
        return [t for t in self.by_age if t.item in items and wanted.finds(t) and not self.is_deleted(t)]

    def is_deleted(self, thread: CorpusThread) -> bool:
        return f"{thread.repo}#{'d' if thread.item == 'discussion' else ''}{thread.number}" in self.deleted

    def updated(self, thread: CorpusThread) -> str:
        return stamp(max(p.touched for p in thread.posts))

    @staticmethod
    def node_id(thread: CorpusThread) -> str:
        """An id that stays when the repository is renamed."""
        prefix = {"issue": "I", "pull_request": "PR", "discussion": "D"}[thread.item]
        return f"{prefix}_{thread.number}_{thread.opening.id}_{int(thread.opening.at.timestamp())}"

    def answer(self, asked: Asked) -> Reply:
        """Answer at the root, or as GitHub Enterprise does below ``/api/v3`` and ``/api/graphql``."""
        reply = self._answer(asked)
        scopes = {"X-OAuth-Scopes": self.scopes} if "authorization" in asked.headers else {}
        return Reply(reply.status, reply.body, reply.headers | scopes)

    def _answer(self, asked: Asked) -> Reply:
        path = re.sub(r"^/api(/v3)?", "", asked.path)
        sent = asked.headers.get("authorization", "")
        if sent and sent.split(" ")[-1] != self.token:
            return _refusal(401, "Bad credentials")
        if path == "/graphql":
            if not sent:
                return _refusal(401, "This endpoint requires you to be authenticated.")
            done = execute(asked.body, self)
            if done is None:
                return Reply(502, b"<html><title>502 Bad Gateway</title></html>", {"Content-Type": "text/html"})
            return as_json(done, **self._counted("graphql", 5000, 4999))
        if path == "/search/issues":
            return self._search(asked)
        return self._thread(path, asked)

    def _search(self, asked: Asked) -> Reply:
        if self.now() >= self._reset:
            self._left, self._reset = self.searches, ceil(self.now()) + 60
        if self._left == 0:
            headers = self._counted("search", self.searches, 0)
            return _refusal(403, "API rate limit exceeded for user ID 1.", **headers)
        self._left -= 1
        query = asked.first("q")
        if len(re.sub(r"\S+:\S+", "", query)) > 256:
            return _refusal(422, "Validation Failed", "The search is longer than 256 characters.")
        if not re.search(r"\bis:(issue|pr|pull-request)\b", query):
            return _refusal(422, "Validation Failed", "Query must include 'is:issue' or 'is:pull-request'")
        per_page, page = min(int(asked.first("per_page", "30")), 100), int(asked.first("page", "1"))
        if (page - 1) * per_page >= CAP:
            return _refusal(422, "Only the first 1000 search results are available")
        found = self.found(query, ("issue", "pull_request"))
        if asked.first("sort") == "updated":
            found.sort(key=lambda t: max(p.touched for p in t.posts))
        if asked.first("order", "desc") == "desc":
            found.reverse()
        wanted = Wanted.of(query)
        incomplete = self.times_out_over is not None and wanted.last - wanted.start > self.times_out_over
        listed = found[: self.cap]
        body = {
            "total_count": len(found),
            "incomplete_results": incomplete,
            "items": [self.item(t) for t in listed[(page - 1) * per_page : page * per_page]],
        }
        return as_json(body, **self._links(asked, len(listed)), **self._counted("search", self.searches, self._left))

    def _thread(self, path: str, asked: Asked) -> Reply:
        found = _THREAD.fullmatch(path)
        if not found:
            return _refusal(404, "Not Found")
        name, repository, kind, number, part = found.groups()
        numbers = self.renamed | {old: crc32(new.encode()) for old, new in self.moved.items()}
        if name in numbers:
            moved = f"{self.base_url}{asked.path.replace(f'/repos/{name}/', f'/repositories/{numbers[name]}/')}"
            location = moved + (f"?{urlencode(asked.query)}" if asked.query else "")
            body = {"message": "Moved Permanently", "url": location, "documentation_url": DOCS}
            return as_json(body, 301, Location=location)
        old = next((n for n, i in numbers.items() if str(i) == repository), "")
        thread = self.by_name.get((name or self.moved.get(old, old), int(number), False))
        if thread is None or (kind == "pulls" and thread.item == "issue"):
            return _refusal(404, "Not Found")
        if self.is_deleted(thread):
            return _refusal(410, "This issue was deleted")
        if part is None:
            return as_json(self.item(thread), **self._counted("core", 5000, 4999))
        role = "review" if part == "reviews" else "review_comment" if kind == "pulls" else "comment"
        posts = [p for p in thread.posts[1:] if p.role == role]
        per_page, page = min(int(asked.first("per_page", "30")), 100), int(asked.first("page", "1"))
        shown = [self.post(thread, p) for p in posts[(page - 1) * per_page : page * per_page]]
        return as_json(shown, **self._links(asked, len(posts)), **self._counted("core", 5000, 4999))

    def item(self, thread: CorpusThread) -> dict:
        api, pulled = f"{self.base_url}/repos/{thread.repo}", thread.item == "pull_request"
        url = f"{api}/issues/{thread.number}"
        comments = sum(p.role == "comment" for p in thread.posts)
        body = {
            "url": url,
            "repository_url": api,
            "comments_url": f"{url}/comments",
            "html_url": self.html_url(thread),
            "id": crc32(url.encode()),
            "node_id": self.node_id(thread),
            "number": thread.number,
            "title": thread.title,
            "user": self.user(thread.opening),
            "labels": [
                {"id": crc32(n.encode()), "name": n, "color": "ededed", "default": False} for n in thread.labels
            ],
            "state": "open" if thread.state == "open" else "closed",
            "locked": False,
            "comments": comments,
            "created_at": stamp(thread.opening.at),
            "updated_at": self.updated(thread),
            "author_association": "NONE",
            "body": thread.opening.body or None,
            "reactions": self.reactions(f"{url}/reactions", thread.opening),
            "state_reason": None,
            "score": 1.0,
        }
        if pulled:
            merged = self.updated(thread) if thread.state == "merged" else None
            pull = f"{api}/pulls/{thread.number}"
            body["pull_request"] = {"url": pull, "html_url": self.html_url(thread), "merged_at": merged}
        return body

    def post(self, thread: CorpusThread, post: CorpusPost) -> dict:
        api = f"{self.base_url}/repos/{thread.repo}"
        body = {"id": post.id, "user": self.user(post), "body": post.body, "author_association": "NONE"}
        if post.role == "review":
            anchor, pull = f"pullrequestreview-{post.id}", f"{api}/pulls/{thread.number}"
            more = {"state": "COMMENTED", "submitted_at": stamp(post.at), "pull_request_url": pull}
            return body | more | {"html_url": f"{self.html_url(thread)}#{anchor}"}
        body |= {"created_at": stamp(post.at), "updated_at": stamp(post.at)}
        if post.role == "review_comment":
            url = f"{api}/pulls/comments/{post.id}"
            body |= {
                "diff_hunk": "@@ -1 +1 @@",
                "path": "a.py",
                "html_url": f"{self.html_url(thread)}#discussion_r{post.id}",
            }
            body |= {"in_reply_to_id": post.reply_to} if post.reply_to else {}
        else:
            url = f"{api}/issues/comments/{post.id}"
            anchor = f"{self.html_url(thread)}#issuecomment-{post.id}"
            body |= {"issue_url": f"{api}/issues/{thread.number}", "html_url": anchor}
        return body | {"url": url, "reactions": self.reactions(f"{url}/reactions", post)}

    def html_url(self, thread: CorpusThread) -> str:
        part = {"issue": "issues", "pull_request": "pull", "discussion": "discussions"}[thread.item]
        return f"{self.public_url}/{thread.repo}/{part}/{thread.number}"

    def user(self, post: CorpusPost) -> dict | None:
        if post.author is None:
            return None
        login = f"{post.author.removesuffix('[bot]')}[bot]" if post.bot else post.author
        kind = "Bot" if post.bot else "User"
        return {"login": login, "id": crc32(login.encode()), "html_url": f"{self.public_url}/{login}", "type": kind}

    @staticmethod
    def reactions(url: str, post: CorpusPost) -> dict:
        return {"url": url, "total_count": post.score, "+1": post.score, "-1": 0, "heart": 0}

    def _counted(self, resource: str, limit: int, remaining: int) -> dict[str, str]:
        reset = self._reset if resource == "search" else ceil(self.now()) + 3600
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Used": str(limit - remaining),
            "X-RateLimit-Reset": str(reset),
            "X-RateLimit-Resource": resource,
        }

    def _links(self, asked: Asked, total: int) -> dict[str, str]:
        per_page, page = min(int(asked.first("per_page", "30")), 100), int(asked.first("page", "1"))
        pages = -(-total // per_page)
        rels = {"prev": page - 1, "next": page + 1, "last": pages, "first": 1}
        shown = {r: n for r, n in rels.items() if 0 < n <= pages and (n < page if r in ("prev", "first") else n > page)}
        others = [(k, v) for k, v in asked.query if k != "page"]
        links = [
            f'<{self.base_url}{asked.path}?{urlencode([*others, ("page", n)])}>; rel="{r}"' for r, n in shown.items()
        ]
        return {"Link": ", ".join(links)} if links else {}


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _refusal(status: int, message: str, detail: str = "", **headers: str) -> Reply:
    errors = [{"message": detail, "resource": "Search", "field": "q", "code": "invalid"}] if detail else []
    more = {"errors": errors} if errors else {}
    return as_json({"message": message, **more, "documentation_url": DOCS, "status": str(status)}, status, **headers)
