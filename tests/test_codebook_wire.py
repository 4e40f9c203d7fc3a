"""The wire: raw first, no request twice, one waiting policy, no secrets in the raw store."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
import requests
from sites.server import Asked, LocalSite, Reply, as_json

from codebook.errors import StoppedEarly
from codebook.raw import RawStore
from codebook.transports import WireAdapter, WireTransport
from codebook.wire import Answer, Dialect, Verdict, Wire, asked_to_wait


class Echo:
    """Answers every request with its path and query."""

    base_url = ""

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/missing":
            return as_json({"message": "Not Found"}, 404)
        return as_json({"path": asked.path, "query": asked.query}, **{"Set-Cookie": "session=s3cret", "X-Page": "1"})


class Waits(list[float]):
    """A sleep that only remembers."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def wire_to(local: LocalSite, folder: Path, **changes: object) -> Wire:
    values: dict[str, object] = {"base_url": local.base_url, "sleep": Waits()}
    return Wire(RawStore(folder), "run-1", **(values | changes))  # type: ignore[arg-type] # values of many types


def over_requests(wire: Wire) -> Callable[[str], tuple[int, object]]:
    session = requests.Session()
    session.mount("http://", WireAdapter(wire))

    def get(path: str) -> tuple[int, object]:
        response = session.get(wire.base_url + path, headers={"Authorization": "Bearer t0ken"})
        return response.status_code, response.json()

    return get


def over_httpx2(wire: Wire) -> Callable[[str], tuple[int, object]]:
    client = httpx2.Client(transport=WireTransport(wire))

    def get(path: str) -> tuple[int, object]:
        response = client.get(wire.base_url + path, headers={"Authorization": "Bearer t0ken"})
        return response.status_code, response.json()

    return get


CLIENTS = {"requests": over_requests, "httpx2": over_httpx2}


@pytest.fixture(params=sorted(CLIENTS))
def client(request: pytest.FixtureRequest) -> Callable[[Wire], Callable[[str], tuple[int, object]]]:
    return CLIENTS[request.param]


def test_an_answer_is_stored_and_asked_for_once(tmp_path: Path, client: Callable[..., Callable[..., object]]) -> None:
    with LocalSite(Echo()) as local:
        first = client(wire_to(local, tmp_path))("/a?b=1")
        second = client(wire_to(local, tmp_path))("/a?b=1")

        assert first == second == (200, {"path": "/a", "query": [["b", "1"]]})
        assert len(local.seen) == 1
    (page,) = RawStore(tmp_path).pages()
    assert (page.request, page.status, page.run_id) == ("GET /a?b=1", 200, "run-1")


def test_another_run_asks_again(tmp_path: Path) -> None:
    with LocalSite(Echo()) as local:
        over_requests(wire_to(local, tmp_path))("/a")
        other = Wire(RawStore(tmp_path), "run-2", local.base_url)
        over_requests(other)("/a")

        assert (len(local.seen), other.sent, other.replayed) == (2, 1, 0)


def test_secrets_never_reach_the_raw_store(tmp_path: Path, client: Callable[..., Callable[..., object]]) -> None:
    dialect = Dialect(secret_parameters=frozenset({"key"}))
    with LocalSite(Echo()) as local:
        status, body = client(wire_to(local, tmp_path, dialect=dialect))("/a?key=k3y&b=1")  # type: ignore[misc]

        assert (status, body["query"]) == (200, [["key", "k3y"], ["b", "1"]])
    (page,) = RawStore(tmp_path).pages()
    assert page.request == "GET /a?b=1"
    assert "set-cookie" not in page.headers
    assert page.headers["x-page"] == "1"
    assert "t0ken" not in repr(page)


def test_a_definite_no_is_stored_like_any_answer(tmp_path: Path, client: Callable[..., Callable[..., object]]) -> None:
    with LocalSite(Echo()) as local:
        assert client(wire_to(local, tmp_path))("/missing") == (404, {"message": "Not Found"})
    assert [p.status for p in RawStore(tmp_path).pages()] == [404]


HTML = Reply(200, b"<html>sorry</html>", {"Content-Type": "text/html"})

FAULTS: dict[str, tuple[Reply | str, float | None]] = {
    "429 with Retry-After": (Reply(429, b"{}", {"Retry-After": "7"}), 7.0),
    "429 without a word": (Reply(429, b"{}"), None),
    "503 with HTML": (Reply(503, b"<html>"), None),
    "HTML where JSON was due": (HTML, None),
    "dropped connection": ("drop", None),
    "truncated JSON": (Reply(200, b'{"a": '), None),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_is_waited_out_and_not_stored(
    tmp_path: Path, client: Callable[..., Callable[..., object]], fault: str
) -> None:
    reply, wait = FAULTS[fault]
    waits = Waits()
    with LocalSite(Echo(), fault=lambda number, _: reply if number <= 2 else None) as local:
        wire = wire_to(local, tmp_path, sleep=waits)

        assert client(wire)("/a") == (200, {"path": "/a", "query": []})
        assert len(local.seen) == 3
    assert len(waits) == 2
    assert all(w == wait if wait else 0 < w <= 60 for w in waits)
    assert [p.status for p in RawStore(tmp_path).pages()] == [200]


def test_nonsense_for_ever_is_a_clean_stop(tmp_path: Path) -> None:
    with LocalSite(Echo(), fault=lambda *_: HTML) as local:
        with pytest.raises(StoppedEarly) as caught:
            over_requests(wire_to(local, tmp_path))("/a?x=1")

        assert caught.value.exit_code == 3
        assert "the answer is not JSON" in str(caught.value)
        assert f"{local.base_url}/a?x=1" in str(caught.value)
        assert len(local.seen) <= 12


def test_a_wait_beyond_the_ceiling_is_a_clean_stop_without_waiting(tmp_path: Path) -> None:
    waits = Waits()
    with LocalSite(Echo(), fault=lambda *_: Reply(429, b"{}", {"Retry-After": "45500"})) as local:
        with pytest.raises(StoppedEarly, match="--max-wait"):
            over_requests(wire_to(local, tmp_path, sleep=waits))("/a")

        assert (len(local.seen), waits) == (1, [])


def test_a_dialect_judges_first(tmp_path: Path) -> None:
    def verdict(answer: Answer) -> Verdict | None:
        return Verdict(again=True, wait=3.0, reason="slow down") if b"throttle" in answer.body else None

    waits = Waits()
    with LocalSite(Echo(), fault=lambda n, _: as_json({"error": "throttle"}) if n == 1 else None) as local:
        wire = wire_to(local, tmp_path, dialect=Dialect(verdict), sleep=waits)
        over_requests(wire)("/a")

        assert len(local.seen) == 2
    assert (waits, wire.waits) == ([3.0], {"slow down": 3})


def test_a_pause_that_the_answer_asks_for_comes_before_the_next_request(tmp_path: Path) -> None:
    waits = Waits()
    with LocalSite(Echo()) as local:
        wire = wire_to(local, tmp_path, dialect=Dialect(lambda _: Verdict(wait=10.0)), sleep=waits)
        get = over_requests(wire)
        get("/a")
        assert waits == []
        get("/b")

    assert len(waits) == 1
    assert 9 < waits[0] <= 10


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "5"}, 5.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "0"}, 1.0),
        ({"x-ratelimit-remaining": "5", "x-ratelimit-reset": "9999999999"}, None),
        ({}, None),
    ],
)
def test_what_headers_ask_for(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_to_wait(headers) == seconds


def test_a_pause_beyond_the_ceiling_is_a_clean_stop(tmp_path: Path) -> None:
    with LocalSite(Echo()) as local:
        get = over_requests(wire_to(local, tmp_path, dialect=Dialect(lambda _: Verdict(wait=1e6))))
        get("/a")
        with pytest.raises(StoppedEarly, match="asks for a pause of"):
            get("/b")

        assert len(local.seen) == 1


def test_a_refusal_is_asked_again_by_the_next_process_of_a_run(tmp_path: Path) -> None:
    refusing = {"yes": True}
    with LocalSite(Echo(), fault=lambda *_: as_json({"no": 1}, 403) if refusing["yes"] else None) as local:
        first = over_requests(wire_to(local, tmp_path))
        assert [first("/a"), first("/a")] == [(403, {"no": 1})] * 2
        refusing["yes"] = False

        assert over_requests(wire_to(local, tmp_path))("/a") == (200, {"path": "/a", "query": []})
        assert len(local.seen) == 2


def test_a_cut_raw_record_is_asked_for_again(tmp_path: Path) -> None:
    told: list[str] = []
    with LocalSite(Echo()) as local:
        get = over_requests(wire_to(local, tmp_path))
        get("/a")
        get("/b")
        segment = tmp_path / "000001.jsonl.gz"
        segment.write_bytes(segment.read_bytes()[:-5])
        again = over_requests(wire_to(local, tmp_path, tell=told.append))
        again("/a")
        again("/b")

        assert [a.path for a in local.seen] == ["/a", "/b", "/b"]
    assert len(told) == 1
    assert "cut at byte" in told[0]
