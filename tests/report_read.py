"""The report of a study, made and read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from click.testing import CliRunner

from analysis.cli import cli
from analysis.report import contents
from codebook.study import Study


@contextmanager
def without_figures() -> Iterator[None]:
    """Drawing takes most of the time, and has tests of its own; the page with figures is read in a browser."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contents, "figures", lambda _: {})
        yield


@pytest.fixture
def no_figures() -> Iterator[None]:
    """:func:`without_figures`, for the whole test."""
    with without_figures():
        yield


def written(study: Study) -> BeautifulSoup:
    """The report; a study whose tables a test wrote by hand gets the ledger that goes with tables."""
    (study.path / "runs.jsonl").touch()
    done = CliRunner().invoke(cli, ["report", "--study", str(study.path)])
    assert done.exit_code == 0, done.stderr
    return BeautifulSoup(Path(done.stdout.strip()).read_text(encoding="utf-8"), "html.parser")


def words(tag: Tag | None) -> str:
    assert tag is not None
    return " ".join(tag.get_text(" ").split())


def table(page: BeautifulSoup, caption: str) -> list[list[str]]:
    found = next(t for t in page.find_all("table") if words(t.caption).startswith(caption))
    return [[words(c) for c in line.find_all(["th", "td"])] for line in found.find_all("tr")]
