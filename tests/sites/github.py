"""A GitHub that serves a corpus: the search, comments and reviews of the REST API, and GraphQL for discussions.

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
from sites.server import Asked, Reply, as_json

DOCS = "https://docs.github.com/rest"
CAP = 1000
_FIELDS = ("title", "body", "comments")
_THREAD = re.compile(r"/(?:repos/([^/]+/[^/]+)|repositories/(\d+))/(issues|pulls)/(\d+)/(comments|reviews)")


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
        renamed: Repositories whose old name redirects to their number.
        now: The clock of the rate limit, seconds since 1970.
    """

    threads: Sequence[CorpusThread]
    token: str = "a-valid-token"
    public_url: str = "https://github.example"
    cap: int = CAP
    times_out_over: timedelta | None = None
    searches: int = 10_000
    renamed: dict[str, int] = field(default_factory=dict)
    now: Callable[[], float] = time.time
    base_url: str = ""
    _left: int = 0
    _reset: int = 0

    def __post_init__(self) -> None:
        self.threads = [t for t in self.threads if t.site == "github"]

    def answer(self, asked: Asked) -> Reply:
        """Answer at the root, or as GitHub Enterprise does below ``/api/v3`` and ``/api/graphql``."""
        path = re.sub(r"^/api(/v3)?", "", asked.path)
        sent = asked.headers.get("authorization", "")
        if sent and sent.split(" ")[-1] != self.token:
            return _refusal(401, "Bad credentials")
        if path == "/graphql":
            if not sent:
                return _refusal(401, "This endpoint requires you to be authenticated.")
            return as_json(execute(asked.body, self), **self._counted("graphql", 5000, 4999))
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
        found = [t for t in self.threads if t.item in ("issue", "pull_request") and matches(t, query)]
        found.sort(key=lambda t: t.opening.at, reverse=asked.first("order") == "desc")
        start, last = window(query)
        incomplete = self.times_out_over is not None and last - start > self.times_out_over
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
        if name in self.renamed:
            moved = f"{self.base_url}{asked.path.replace(f'/repos/{name}/', f'/repositories/{self.renamed[name]}/')}"
            location = f"{moved}?{urlencode(asked.query)}"
            body = {"message": "Moved Permanently", "url": location, "documentation_url": DOCS}
            return as_json(body, 301, Location=location)
        full = name or next((n for n, i in self.renamed.items() if str(i) == repository), "")
        thread = next((t for t in self.threads if (t.repo, t.number) == (full, int(number))), None)
        if thread is None or thread.item == "discussion" or (kind == "pulls" and thread.item == "issue"):
            return _refusal(404, "Not Found")
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
            "node_id": f"I_{crc32(url.encode())}",
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
            "updated_at": stamp(max(p.at for p in thread.posts)),
            "author_association": "NONE",
            "body": thread.opening.body or None,
            "reactions": self.reactions(f"{url}/reactions", thread.opening),
            "state_reason": None,
            "score": 1.0,
        }
        if pulled:
            merged = stamp(max(p.at for p in thread.posts)) if thread.state == "merged" else None
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


def matches(thread: CorpusThread, query: str) -> bool:
    """Whether a search finds a thread: its kind, its window, and its phrase where the query wants it."""
    if thread.item != "discussion" and ("is:issue" in query) != (thread.item == "issue"):
        return False
    start, last = window(query)
    if not start <= thread.opening.at <= last:
        return False
    wanted = re.search(r"\bin:(\S+)", query)
    places = wanted[1].split(",") if wanted else _FIELDS
    comments = [p.body for p in thread.posts[1:] if p.role in ("comment", "answer", "reply")]
    texts = {"title": [thread.title], "body": [thread.opening.body], "comments": comments}
    phrases = [_words(p) for p in re.findall(r'"([^"]*)"', query)]
    return all(any(p in _words(t) for place in places for t in texts[place]) for p in phrases)


def window(query: str) -> tuple[datetime, datetime]:
    found = re.search(r"\bcreated:(\S+)\.\.(\S+)", query)
    if not found:
        return datetime.fromisoformat("2000-01-01T00:00:00Z"), datetime.fromisoformat("2100-01-01T00:00:00Z")
    return datetime.fromisoformat(found[1]), datetime.fromisoformat(found[2])


def _words(text: str) -> str:
    """Text as its search sees it: words in lower case, each between spaces."""
    return " " + " ".join(re.findall(r"\w+", text.lower())) + " "


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _refusal(status: int, message: str, detail: str = "", **headers: str) -> Reply:
    errors = [{"message": detail, "resource": "Search", "field": "q", "code": "invalid"}] if detail else []
    more = {"errors": errors} if errors else {}
    return as_json({"message": message, **more, "documentation_url": DOCS, "status": str(status)}, status, **headers)
