"""What is said when Label Studio cannot be reached, refuses, or is something else."""

from collections.abc import Callable
from typing import Any

import pytest
from sites.server import Asked, LocalSite, Reply, as_json

from codebook.errors import Missing, StoppedEarly, StudyError
from coding.label_studio.studio import Address, Studio


class Answering:
    """A site that gives every request the same answer."""

    base_url = ""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    def answer(self, asked: Asked) -> Reply:
        del asked
        return self.reply


def studio(url: str) -> Studio:
    return Studio(Address(url, "secret-token", "LABEL_STUDIO_API_KEY", own=False))


CALLS: list[tuple[Callable[[Studio], Any], str]] = [
    (lambda s: s.projects(), ""),
    (lambda s: list(s.tasks(3, data=False)), "project 3"),
    (lambda s: s.export(3, [1]), "project 3"),
    (lambda s: s.users(), ""),
    (lambda s: s.import_tasks(3, [{"data": {}}]), "project 3"),
    (lambda s: s.update_project(3, "", ""), "project 3"),
    (lambda s: s.create_project("", "", ""), ""),
    (lambda s: s.invitation(), ""),
]
REFUSED = {"status_code": 401, "detail": "Invalid token."}


@pytest.mark.parametrize(("call", "_what"), CALLS)
@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_names_the_variable_and_not_the_token(
    call: Callable[[Studio], Any], _what: str, status: int
) -> None:
    with (
        LocalSite(Answering(as_json(REFUSED, status))) as site,
        pytest.raises(StudyError, match=f"refuses the token in LABEL_STUDIO_API_KEY \\(HTTP {status}\\)") as failure,
    ):
        call(studio(site.base_url))
    assert failure.value.exit_code == 2
    assert "secret-token" not in str(failure.value)


@pytest.mark.parametrize(("call", "what"), CALLS)
def test_a_project_that_is_gone_says_how_to_go_on(call: Callable[[Studio], Any], what: str) -> None:
    with (
        LocalSite(Answering(as_json({"detail": "No Project matches."}, 404))) as site,
        pytest.raises(StudyError) as failure,
    ):
        call(studio(site.base_url))
    assert failure.value.exit_code == 2
    expected = "project 3 is not on the server any more" if what else "No Project matches."
    assert expected in str(failure.value)
    assert ("coding push --anew" if what else "Is this the address") in str(failure.value)


@pytest.mark.parametrize(("call", "_what"), CALLS[:2])
def test_a_server_that_is_down_is_missing(call: Callable[[Studio], Any], _what: str) -> None:
    with LocalSite(Answering(Reply())) as site:
        url = site.base_url
    with pytest.raises(Missing, match="no Label Studio answers") as failure:
        call(studio(url))
    assert failure.value.exit_code == 4
    assert "coding serve --detach" in str(failure.value)


def test_a_server_that_fails_or_hangs_up_stops_the_command_and_nothing_is_lost() -> None:
    broken = as_json({"detail": "database is \x1b[31mlocked"}, 500)
    with (
        LocalSite(Answering(broken)) as site,
        pytest.raises(StoppedEarly, match=r"HTTP 500, database is .*locked") as failed,
    ):
        studio(site.base_url).users()
    drops = LocalSite(Answering(Reply()), fault=lambda _number, _asked: "drop")
    with drops as site, pytest.raises(StoppedEarly, match="did not answer to the end"):
        studio(site.base_url).users()
    assert "\x1b" not in str(failed.value)


def test_a_site_that_is_no_label_studio_is_named() -> None:
    page = Reply(404, b"<html>no</html>", {"Content-Type": "text/html"})
    with LocalSite(Answering(page)) as site, pytest.raises(StudyError, match="Is this the address of a Label Studio"):
        studio(site.base_url).projects()


def test_an_expired_token_is_refused_before_anything_is_sent() -> None:
    expired = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjEwMDAwMDAwMDAsInRva2VuX3R5cGUiOiJyZWZyZXNoIn0.AAAA"
    with (
        LocalSite(Answering(Reply())) as site,
        pytest.raises(StudyError, match="refuses the token in LABEL_STUDIO_API_KEY"),
    ):
        Studio(Address(site.base_url, expired, "LABEL_STUDIO_API_KEY", own=False))
    assert site.seen == []
