"""The part of GitHub's REST API that collectors of whole repositories use: lists of issues, single pulls, people.

Mount it in place of :class:`~sites.github.GitHubSite`, which answers everything else. Shapes follow
docs.github.com/rest; what no collector reads is left out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zlib import crc32

from sites.corpus import CorpusPost, CorpusThread
from sites.github import GitHubSite
from sites.server import Asked, Reply, as_json

_REPO = r"/repos/([^/]+/[^/]+)"


@dataclass
class GitHubLists(GitHubSite):
    """A fake GitHub that can also be asked for what a repository holds. For requests with its token only."""

    _in_repo: dict[str, list[CorpusThread]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        for thread in self.threads:
            if thread.item != "discussion":
                self._in_repo.setdefault(thread.repo, []).append(thread)
        for threads in self._in_repo.values():
            threads.sort(key=lambda t: max(p.at for p in t.posts))

    def answer(self, asked: Asked) -> Reply:
        """Answer what is a list, a pull request or a person; the rest as the base does."""
        ways: dict[str, Callable[..., Reply | None]] = {
            r"/rate_limit": self._rate,
            rf"{_REPO}/issues": self._issues,
            rf"{_REPO}/pulls/(\d+)(|/commits|/requested_reviewers)": self._pull,
            r"/users/([^/]+)(|/orgs)": self._user,
        }
        path = re.sub(r"^/api(/v3)?", "", asked.path)
        authorised = asked.headers.get("authorization", "").endswith(f" {self.token}")
        for pattern, way in ways.items():
            found = re.fullmatch(pattern, path)
            reply = way(asked, *found.groups()) if found and authorised else None
            if reply:
                return reply
        return super().answer(asked)

    def _rate(self, _asked: Asked) -> Reply:
        left = {"limit": 5000, "used": 1, "remaining": 4999, "reset": int(self.now()) + 3600}
        return as_json({"resources": {"core": left}, "rate": left}, **self._counted("core", 5000, 4999))

    def _issues(self, asked: Asked, repo: str) -> Reply | None:
        """Issues and pull requests in one list, the way GitHub has it, by time of last update."""
        if repo not in self._in_repo:
            return None
        since = datetime.fromisoformat(asked.first("since", "2000-01-01T00:00:00+00:00"))
        found = [t for t in self._in_repo[repo] if max(p.at for p in t.posts) >= since]
        if asked.first("direction", "desc") == "desc":
            found.reverse()
        per_page, page = min(int(asked.first("per_page", "30")), 100), int(asked.first("page", "1"))
        shown = [self.item(t) for t in found[(page - 1) * per_page : page * per_page]]
        return as_json(shown, **self._links(asked, len(found)), **self._counted("core", 5000, 4999))

    def item(self, thread: CorpusThread) -> dict:
        """An issue with its assignees, which nobody has."""
        return super().item(thread) | {"assignee": None, "assignees": [], "milestone": None}

    def _pull(self, _asked: Asked, repo: str, number: str, part: str) -> Reply | None:
        pulls = (t for t in self._in_repo.get(repo, ()) if t.item == "pull_request")
        thread = next((t for t in pulls if t.number == int(number)), None)
        if thread is None:
            return None
        shown = {"": self.pull, "/commits": self.commits, "/requested_reviewers": _no_reviewers}[part](thread)
        return as_json(shown, **self._counted("core", 5000, 4999))

    def pull(self, thread: CorpusThread) -> dict:
        """A pull request: the issue, with counts of reviews' comments and commits, branches and who merged it."""
        issue = self.item(thread)
        api = f"{self.base_url}/repos/{thread.repo}/pulls/{thread.number}"
        merged = thread.state == "merged"
        known = {k: v for k, v in issue.items() if k not in ("pull_request", "score", "repository_url", "reactions")}
        ref = {"ref": "main", "sha": _sha(thread, 0), "user": issue["user"], "label": "acme:main"}
        return known | {
            "url": api,
            "issue_url": f"{self.base_url}/repos/{thread.repo}/issues/{thread.number}",
            "merged": merged,
            "merged_at": issue["pull_request"]["merged_at"],
            "merged_by": self.user(thread.opening) if merged else None,
            "requested_reviewers": [],
            "requested_teams": [],
            "review_comments": sum(p.role == "review_comment" for p in thread.posts),
            "commits": 1,
            "additions": 3,
            "deletions": 1,
            "changed_files": 1,
            "base": ref,
            "head": ref,
        }

    def commits(self, thread: CorpusThread) -> list[dict]:
        """The one commit of a pull request."""
        author = {"name": thread.opening.author, "email": "nobody@mail.example", "date": "2023-01-01T00:00:00Z"}
        sha = _sha(thread, 1)
        return [{"sha": sha, "commit": {"author": author, "committer": author, "message": "Load it"}, "parents": []}]

    def _user(self, _asked: Asked, login: str, part: str) -> Reply:
        """Anybody who is asked for exists, and is in no organisation."""
        someone = CorpusPost(0, login, datetime.fromisoformat("2020-01-01T00:00:00Z"), "")
        person = self.user(someone) or {}
        more = {"name": login.title(), "company": None, "location": None, "email": None, "followers": 0}
        return as_json([] if part else person | more, **self._counted("core", 5000, 4999))


def _no_reviewers(_thread: CorpusThread) -> dict:
    return {"users": [], "teams": []}


def _sha(thread: CorpusThread, which: int) -> str:
    return f"{crc32(f'{thread.repo} {thread.number} {which}'.encode()):040x}"
