"""Redirects below the wire."""

from pathlib import Path

import pytest
import requests
from sites.server import Asked, LocalSite, Reply, as_json

from codebook.raw import RawStore
from codebook.transports import WireAdapter
from codebook.wire import Wire


class Moved:
    """``/old`` redirects to where it is told, ``/new`` answers with what it was asked."""

    base_url = ""

    def __init__(self, location: str, status: int = 301) -> None:
        self.location = location
        self.status = status

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/old":
            return Reply(self.status, b"{}", {"Location": self.location.format(base=self.base_url)})
        return as_json({"path": asked.path, "q": asked.first("q"), "body": asked.body.decode(), "method": asked.method})


def ask(local: LocalSite, folder: Path, *, follow: bool, method: str = "GET") -> tuple[requests.Response, Wire]:
    wire = Wire(RawStore(folder), "r", local.base_url)
    with requests.Session() as session:
        session.mount("http://", WireAdapter(wire, follow=follow))
        body = "asked" if method == "POST" else None
        return session.request(method, f"{local.base_url}/old?q=1", data=body, allow_redirects=False), wire


@pytest.mark.parametrize("location", ["{base}/new?q=1", "/new?q=1", "new?q=1"])
def test_a_redirect_within_the_host_is_stored_under_what_was_asked(tmp_path: Path, location: str) -> None:
    with LocalSite(Moved(location)) as local:
        response, wire = ask(local, tmp_path, follow=True)

    assert response.json()["q"] == "1"
    assert [(p.request, p.status) for p in wire.store.pages()] == [("GET /old?q=1", 200)]
    assert [a.path for a in local.seen] == ["/old", "/new"]


def test_a_redirected_post_stays_a_post(tmp_path: Path) -> None:
    with LocalSite(Moved("/new", status=307)) as local:
        response, _ = ask(local, tmp_path, follow=True, method="POST")

    assert (response.json()["method"], response.json()["body"]) == ("POST", "asked")


@pytest.mark.parametrize("location", ["http://localhost:9/new", "https://127.0.0.1/new", "ftp://x/y"])
def test_a_redirect_to_another_host_is_not_followed(tmp_path: Path, location: str) -> None:
    with LocalSite(Moved(location)) as local:
        response, _ = ask(local, tmp_path, follow=True)

    assert response.status_code == 301
    assert len(local.seen) == 1


def test_a_redirect_in_a_circle_ends(tmp_path: Path) -> None:
    with LocalSite(Moved("/old?q=1")) as local:
        response, _ = ask(local, tmp_path, follow=True)

    assert response.status_code == 301
    assert len(local.seen) == 6


def test_redirects_are_the_clients_business_unless_asked_for(tmp_path: Path) -> None:
    with LocalSite(Moved("/new")) as local:
        response, wire = ask(local, tmp_path, follow=False)

    assert response.status_code == 301
    assert [(p.request, p.status) for p in wire.store.pages()] == [("GET /old?q=1", 301)]


@pytest.mark.parametrize(
    ("base_url", "url", "expected"),
    [
        ("https://api.github.com", "https://api.github.com:443/search/issues?q=a", "GET /search/issues?q=a"),
        ("http://h:8/api/v3", "http://h:8/api/v3/repos/a/b", "GET /repos/a/b"),
        ("http://h:8/api/v3", "http://h:8/api/graphql", "GET /api/graphql"),
        ("", "https://api.github.com:443/x", "GET /x"),
    ],
)
def test_a_request_is_stored_without_its_host_however_it_is_spelled(base_url: str, url: str, expected: str) -> None:
    assert Wire(RawStore(Path()), "r", base_url).stored_form("GET", url) == expected
