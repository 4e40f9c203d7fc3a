"""A truth list of people and secrets over four sites: nothing of it is shared, and no secret of ours is stored."""

import base64
import gzip
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from conftest import Ran
from four_sites import FourSites, four_sites
from sites.corpus import CorpusPost, CorpusThread
from sites.server import Asked, LocalSite, Reply

from codebook.ledger import Run as LedgerRun
from codebook.raw import RawStore
from codebook.rows import TABLES, Post, Thread
from codebook.study import Study
from coding.label_studio.studio import Project, Studio
from coding.page.thread import thread_page
from coding.projects.desk import Desk, included, task_data
from coding.projects.label import Label, Place
from coding.records import PushedUnit

Run = Callable[..., Ran]
SITES = {
    "github": ("issue", "orga/repo"),
    "huggingface": ("discussion", "orga/model"),
    "pytorch_forum": ("topic", ""),
    "stackoverflow": ("question", ""),
}
PEOPLE = {
    "ada-l": "Ada Lovelace",
    "grace_h77": "Grace Hopper",
    "zkovacs": "Zoltán Kovács",
    "python": "Max Power",
    "mkbhd22": "Wei Zhang",
}
"""Account and display name; ``python`` and ``Max Power`` are words, too."""

EMAILS = ("ada@lovelace.example.org", "g.hopper+x@navy.example.com")
TOKENS = (
    "ghp_" + "a1B2" * 9,
    "hf_" + "aBcDeFgHiJ" * 3 + "abcd",
    "sk-proj-" + "a1B2c3" * 7,
    "AKIA" + "ABCDEFGH23456722",
    "xoxb-" + "123456789012-abcdef",
    "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0" + ".c2lnbmF0dXJl",
    "s3cr3t-pass",
)
OURS = "0urT0ken-4_all.sites"


def telling() -> str:
    """A body that names everybody in every way, and leaks every token."""
    lines = ["It fails with trust_remote_code=True in python, the max power of it."]
    for login, name in PEOPLE.items():
        lines += [
            f"@{login} said so; thanks {name}!",
            f"> {name} wrote:\n> what {name} means",
            f"https://github.com/{login} and https://discuss.pytorch.org/u/{login}/summary",
            f"https://stackoverflow.com/users/1234/{login}, https://huggingface.co/{login}-x1",
            f'[quote="{login}, post:1, topic:2"]x[/quote]',
            f"Hi {login}, hello {name.upper()}.",
        ]
        if login != "python":
            lines.append(f"As {login} has it in https://github.com/{login}/some-repo, ask {name} or /home/{login}/x")
    lines += [f"write to {address}" for address in EMAILS]
    lines += [f"my key is {token}, really" for token in TOKENS[:-1]]
    lines.append(f"git clone https://me:{TOKENS[-1]}@git.example.org/x.git\nAuthorization: Bearer {TOKENS[0]}")
    return "\n\n".join(lines)


def world() -> list[CorpusThread]:
    """One thread a site in which everybody says everything."""
    threads = []
    for number, (site, (item, repo)) in enumerate(SITES.items(), 1):
        posts = []
        for position, (login, name) in enumerate(PEOPLE.items()):
            role = ("answer" if site == "stackoverflow" else "comment") if position else "opening"
            at = datetime(2024, 1, number, position, tzinfo=UTC)
            posts.append(CorpusPost(number * 1000 + position, login, at, telling(), role, name=name))
        title = f"trust_remote_code fails for Grace Hopper and ada-l ({EMAILS[0]})"
        labels = ("bug", "waits-for: ada-l") if site != "huggingface" else ()
        threads.append(CorpusThread(site, item, repo, number, title, "open", tuple(posts), labels))
    return threads


def collected(folder: Path, sites: FourSites, run: Run, key: str = "ab") -> Study:
    (folder / ".private").mkdir(parents=True)
    (folder / ".private" / "pseudonyms.key").write_text(key * 32)
    head = '[study]\ntitle = "t"\nkeywords = ["trust_remote_code"]\nsince = 2024-01-01\nuntil = 2024-02-01\n'
    (folder / "study.toml").write_text(head + sites.toml() + '\n[coders]\nnames = ["coder_a"]\n', encoding="utf-8")
    ran = run("collect", "threads", "--study", folder, GITHUB_TOKEN="gh-t0ken")
    assert ran.code == 0, ran.err
    return Study.open(folder)


def shared(study: Study, run: Run) -> dict[str, str]:
    """All that leaves the machine: every table, the report, what is pushed to Label Studio."""
    said = {
        name: "\n".join(repr(row) for row in study.read(row_type))
        for name, row_type in TABLES.items()
        if study.table(name).exists()
    }
    done = run("analysis", "report", "--study", study.path)
    assert done.code == 0, done.err
    said["report"] = (study.path / "out" / "report.html").read_text(encoding="utf-8")
    said["push"] = json.dumps(pushed(study), ensure_ascii=False)
    return said


def pushed(study: Study) -> list[dict[str, Any]]:
    """The tasks of a push, as they go to the server."""
    sent: list[dict[str, Any]] = []
    server = SimpleNamespace(
        import_tasks=lambda _project, tasks: sent.extend(tasks), address=SimpleNamespace(url="http://ls.example")
    )
    desk = Desk(
        Label.new(study, Place("coder_a")),
        Project(1, "t", ""),
        LedgerRun(study, "r", "coding push", {}),
        cast(Studio, server),
        RawStore(study.path.parent / "desk"),
        {},
    )
    for thread, posts in included(study):
        page = thread_page(thread, posts)
        unit = PushedUnit(
            unit_id=thread.thread_id, thread_id=thread.thread_id, kind="thread", content_sha256=page.sha256
        )
        desk.offer(unit, task_data(unit, thread, page))
    desk.send()
    return sent


def test_nothing_of_the_truth_list_is_in_anything_shared(tmp_path: Path, run: Run) -> None:
    with four_sites(world()) as sites:
        study = collected(tmp_path / "study", sites, run)
    said = shared(study, run)
    names = [n for pair in PEOPLE.items() for n in pair if n not in ("python", "Max Power")]
    found = {
        (where, secret)
        for where, text in said.items()
        for secret in (*names, *(n.replace(" ", "") for n in names), *EMAILS, *TOKENS)
        if secret.lower() in text.lower()
    }
    as_people = re.compile(
        r"@python|@max|hi python|thanks max power|max power wrote|hello max|/u/python|quote=.?python|users/1234/python",
        re.IGNORECASE,
    )

    assert {"threads", "posts", "slices", "report", "push"} <= said.keys()
    assert len(list(study.read(Thread))) == len(SITES)
    assert len(list(study.read(Post))) == len(SITES) * len(PEOPLE)
    assert found == set()
    assert [(where, m[0]) for where, text in said.items() for m in as_people.finditer(text)] == []
    assert "in python, the max power of it" in said["posts"], "words stay words"
    assert said["push"].count("trust_remote_code=True") >= len(SITES)


def test_one_person_has_one_pseudonym_on_all_sites_and_another_in_another_study(tmp_path: Path, run: Run) -> None:
    with four_sites(world()) as sites:
        one = collected(tmp_path / "one", sites, run)
        other = collected(tmp_path / "other", sites, run, "cd")
    by_site: dict[str, set[str | None]] = {}
    for post in one.read(Post):
        by_site.setdefault(post.thread_id.partition(":")[0], set()).add(post.author)
    theirs = {post.author for post in other.read(Post)}

    assert set(by_site) == set(SITES)
    assert len(set(map(frozenset, by_site.values()))) == 1
    assert all(len(authors) == len(PEOPLE) for authors in by_site.values())
    assert not theirs & by_site["github"]
    assert len(theirs) == len(PEOPLE)


def echoing(faults: bool) -> Callable[[int, Asked], Reply | None]:
    """A site that says what it was sent, in the header of every fault and in its body."""

    def fault(number: int, asked: Asked) -> Reply | None:
        if not faults or number % 3:
            return None
        sent = json.dumps({"message": "you sent", "error": repr(asked.headers), "query": asked.query})
        kinds = (500, 503, 502)
        echo = {"X-Echo": asked.headers.get("authorization", "") + asked.headers.get("api-key", ""), "Retry-After": "0"}
        return Reply(kinds[number % 3], sent.encode(), echo)

    return fault


def point(folder: Path, sites: FourSites) -> None:
    text = sites.toml()
    for name in ("huggingface", "pytorch_forum", "stackoverflow"):
        text = text.replace(f"[sources.{name}]", f'[sources.{name}]\ntoken_env = "OUR_TOKEN"')
    text = text.replace('token_env = "GITHUB_TOKEN"', 'token_env = "OUR_TOKEN"')
    head = '[study]\ntitle = "t"\nkeywords = ["trust_remote_code"]\nsince = 2024-01-01\nuntil = 2024-02-01\n'
    folder.mkdir(exist_ok=True)
    (folder / "study.toml").write_text(head + text, encoding="utf-8")


def secrets_in(folder: Path, said: str) -> list[str]:
    """Where our token stands, in any of the ways it can be written."""
    forms = [OURS.encode(), base64.b64encode(OURS.encode()).rstrip(b"=")[:-2]]
    places = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "study.toml"]
    found = []
    for path in places:
        content = path.read_bytes()
        if path.name.endswith(".gz"):
            content = gzip.decompress(content)
        found += [str(path) for form in forms if form in content]
    return found + ["the terminal" for form in forms if form.decode() in said]


@pytest.mark.parametrize("accepted", [True, False])
def test_our_token_is_stored_and_said_nowhere_though_sites_echo_it(tmp_path: Path, run: Run, accepted: bool) -> None:
    with four_sites(world()) as sites:
        for local in sites.local.values():
            local.fault = echoing(faults=True)
            site: Any = local.site
            for name in ("token", "key"):
                if accepted and hasattr(site, name):
                    setattr(site, name, OURS)
        point(tmp_path / "study", sites)
        ran = run("collect", "--debug", "threads", "--max-wait", "20", "--study", tmp_path / "study", OUR_TOKEN=OURS)
        asked = [a for local in sites.local.values() for a in local.seen]

    assert "Traceback" not in ran.err or not accepted
    assert ran.code == (0 if accepted else 2), ran.err
    assert any(OURS in repr(a.headers) or OURS in repr(a.query) for a in asked), "it was sent"
    assert secrets_in(tmp_path / "study", ran.out + ran.err) == []


class Echo:
    """Answers everything with what it was sent, and no error."""

    base_url = ""

    def answer(self, asked: Asked) -> Reply:
        body = json.dumps({"headers": asked.headers, "query": asked.query, "items": [], "total_count": 0})
        return Reply(200, body.encode(), {"Content-Type": "application/json", "X-Echo": repr(asked.headers)})


@pytest.mark.parametrize("kind", ["github", "huggingface", "discourse", "stackexchange"])
def test_an_answer_that_echoes_the_request_is_stored_without_the_token(tmp_path: Path, run: Run, kind: str) -> None:
    more = {"huggingface": 'repos = ["a/b"]\n', "stackexchange": 'site = "stackoverflow"\n'}.get(kind, "")
    with LocalSite(Echo()) as local:
        section = f'[sources.x]\nkind = "{kind}"\nbase_url = "{local.base_url}"\ntoken_env = "OUR_TOKEN"\n{more}'
        head = '[study]\ntitle = "t"\nkeywords = ["k"]\nsince = 2024-01-01\nuntil = 2024-02-01\n'
        (tmp_path / "study.toml").write_text(head + section)
        ran = run("collect", "--debug", "threads", "--max-wait", "1", "--study", tmp_path, OUR_TOKEN=OURS)

    assert local.seen, ran.err
    assert secrets_in(tmp_path, ran.out + ran.err) == []
