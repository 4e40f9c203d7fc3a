"""One real Label Studio for all live tests of a session, and coders who work in it over its API.

It is started as a user starts it, by ``coding serve --detach``; its environment is shared between sessions in the
user's cache folder. If it does not start, the tests that need it fail with its log.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from hand_study import row

from codebook.rows import Post, Thread
from codebook.study import Study
from coding.projects.label import Place, in_description, marker

_TIMEOUT = 300


def put_threads(study: Study, threads: dict[str, list[str]]) -> None:
    """Write threads (id: bodies of the posts) straight into the tables."""
    assert study.key, "as any collection makes it, before there are tables"
    headers, posts = [], []
    for number, (thread_id, bodies) in enumerate(sorted(threads.items())):
        about = {
            "title": f"Title of {thread_id}",
            "source": "github",
            "site": "github",
            "item": "issue",
            "included": True,
        }
        url = f"https://github.com/o/r/issues/{number}"
        headers.append(row(Thread, thread_id=thread_id, url=url, n_posts=len(bodies), **about))
        for position, body in enumerate(bodies):
            role = "comment" if position else "opening"
            common = {"post_id": f"{thread_id}/{position}", "native_id": str(position), "role": role, "body": body}
            author, created = f"user-{position:010d}", datetime(2024, 1, 1 + position, tzinfo=UTC)
            posts.append(row(Post, thread_id=thread_id, position=position, author=author, created_at=created, **common))
    study.write(Thread, headers)
    study.write(Post, posts)


@dataclass(frozen=True)
class LiveStudio:
    """The server: where it is, and its administrator's token."""

    url: str
    token: str

    @property
    def env(self) -> dict[str, str]:
        """What makes a command of another study use it."""
        return {"LABEL_STUDIO_URL": self.url, "LABEL_STUDIO_API_KEY": self.token}

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API as administrator."""
        return _ask(self.url, self.token, method, path, body)

    def export(self, project: int) -> list[dict[str, Any]]:
        """All tasks of a project by Label Studio's own export."""
        exported: list[dict[str, Any]] = self.ask(
            "GET", f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=true"
        )
        return exported


@dataclass
class LiveCoder:
    """A coder who is logged in with the account that the toolkit made."""

    url: str
    token: str
    project: int
    _tasks: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, study: Study, live: LiveStudio, place: Place) -> "LiveCoder":
        accounts = json.loads((study.private / "coders.json").read_text())
        account = accounts.get(live.url, accounts.get("own"))[place.coder]
        token = _log_in(live.url, account["email"], account["password"])
        projects = live.ask("GET", "/api/projects?page_size=1000")["results"]
        labels = {p["id"]: in_description(p["description"]) for p in projects}
        mine = [i for i, label in labels.items() if label and (label.study, label.place) == (marker(study), place)]
        return cls(live.url, token, mine[0])

    def task(self, unit_id: str) -> int:
        """The task that shows a unit."""
        if unit_id not in self._tasks:
            listed = self.ask("GET", f"/api/tasks?project={self.project}&include=id,data&page_size=1000")["tasks"]
            self._tasks = {task["data"].get("unit_id"): task["id"] for task in listed}
        return self._tasks[unit_id]

    def annotate(self, unit_id: str, *paths: list[str], confidence: str = "", memo: str = "", **values: Any) -> Any:
        """Submit what the labelling page would submit; ``paths`` are ids of codes from the theme down."""
        given = [
            ("codes", "taxonomy", list(paths)),
            ("confidence", "choices", [confidence] if confidence else []),
            ("memo", "text", [memo] if memo else []),
        ]
        result = [
            {
                "from_name": name,
                "to_name": "thread",
                "type": "textarea" if kind == "text" else kind,
                "value": {kind: value},
            }
            for name, kind, value in given
            if value
        ]
        return self.submit(unit_id, result, **values)

    def submit(self, unit_id: str, result: list[dict[str, Any]], **values: Any) -> Any:
        """Submit an annotation's result as it is."""
        task = self.task(unit_id)
        return self.ask("POST", f"/api/tasks/{task}/annotations/", {"result": result, "lead_time": 5.0} | values)

    def submit_all(self, results: dict[str, list[dict[str, Any]]]) -> None:
        """Submit one annotation per unit, all at once: as predictions, which are then taken over as one's own."""
        given = [{"task": self.task(unit), "result": result} for unit, result in results.items()]
        self.ask("POST", f"/api/projects/{self.project}/import/predictions", given)
        taken = {"selectedItems": {"all": True, "excluded": []}, "ordering": []}
        self.ask("POST", f"/api/dm/actions?id=predictions_to_annotations&project={self.project}", taken)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API as this coder."""
        return _ask(self.url, self.token, method, path, body)


def _ask(url: str, token: str, method: str, path: str, body: Any) -> Any:
    headers = {"Authorization": f"Token {token}"}
    answer = requests.request(method, url + path, json=body, headers=headers, timeout=_TIMEOUT)
    assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
    return answer.json() if answer.content else None


def _log_in(url: str, email: str, password: str) -> str:
    with requests.Session() as browser:
        page = f"{url}/user/login/"
        browser.get(page, timeout=_TIMEOUT)
        form = {"email": email, "password": password, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        browser.post(page, data=form, headers={"Referer": page}, timeout=_TIMEOUT)
        token: str = browser.get(f"{url}/api/current-user/token", timeout=_TIMEOUT).json()["token"]
        return token


def _coding(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("LABEL_STUDIO")}
    return subprocess.run(
        [sys.executable, "-m", "coding.cli", *arguments, "--study", str(folder)],
        capture_output=True,
        text=True,
        timeout=900,
        env=env,
        check=False,
    )


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Study, LiveStudio]]:
    """The study whose server it is, and the server."""
    folder = tmp_path_factory.mktemp("live") / "study"
    study = Study.create(folder, "The study with the server")
    started = _coding(folder, "serve", "--detach")
    log = folder / ".private" / "label-studio" / "server.log"
    if started.returncode:
        said = log.read_text(errors="replace")[-3000:] if log.exists() else "(it wrote no log)"
        pytest.fail(f"coding serve --detach: exit status {started.returncode}\n{started.stderr}\n{said}")
    token = json.loads((log.parent / "admin.json").read_text())["token"]
    yield study, LiveStudio(started.stdout.strip(), token)
    stopped = _coding(folder, "serve", "--stop")
    assert stopped.returncode == 0, stopped.stderr


@pytest.fixture
def live(live_server: tuple[Study, LiveStudio]) -> LiveStudio:
    return live_server[1]


@pytest.fixture
def coder_of(live: LiveStudio) -> Callable[..., LiveCoder]:
    """Log a coder of a study in: ``coder_of(study, coder)``, and what tells another place than that of coding."""

    def log_in(study: Study, coder: str, *place: Any) -> LiveCoder:
        return LiveCoder.of(study, live, Place(coder, *place))

    return log_in
