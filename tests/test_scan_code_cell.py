"""Where batches run: a place with nothing of ours in it, bounded, and contents under names that lead nowhere else."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fake_scanners import Fake
from hypothesis import given
from hypothesis import strategies as st

from codebook.scanning import Scan
from scan.code.cell import Cell, allowance
from scan.code.work import Item, Work
from scan.code.worker import _laid_out, inside
from scan.scanner import Code, Kit, Said, Staged


@dataclass(frozen=True)
class Spy(Fake):
    """Says where it runs."""

    def scan(self, kit: Kit, folder: Path, staged: Sequence[Staged]) -> Iterator[Said]:
        """One finding of each: all that can be seen."""
        for each in staged:
            seen: Mapping[str, Any] = {
                "variables": dict(os.environ),
                "folder": str(Path.cwd()),
                "beside": sorted(path.name for path in Path.cwd().iterdir()),
                "name": each.path.name,
                "around": sorted(path.name for path in each.path.parent.iterdir()),
                "kit": (folder / "kit" / "rules.txt").read_text(encoding="utf-8"),
            }
            yield Said(sha256=each.code.sha256, status="scanned", findings=(seen,))


def item(content: bytes, path: str | None = None, suffix: str = ".py") -> Item:
    return Item(Code(sha256=sha256(content).hexdigest(), suffix=suffix, bytes=len(content)), content, path)


def work(scanner: Fake, *items: Item) -> Work:
    return Work(scanner, scanner.kit(Scan(), Path()), items)


@pytest.fixture
def cell() -> Iterator[Cell]:
    made = Cell()
    yield made
    made.close()


def test_a_tool_sees_nothing_of_ours_and_no_name_of_anybodys(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "PYTHONPATH"):
        monkeypatch.setenv(name, "a secret")
    one = item(b"x = 1\n", "../../models/evil.py")
    (said,) = cell.answer(work(Spy(), one)).said
    (seen,) = said.findings

    assert "a secret" not in seen["variables"].values()
    assert seen["variables"]["HOME"].startswith(str(Path(seen["folder"]).parent))
    assert Path(seen["folder"]) not in (Path.cwd(), *Path.cwd().parents)
    assert seen["beside"] == ["1"]
    assert seen["name"] == f"{one.code.sha256}.py"
    assert seen["around"] == [seen["name"]]
    assert seen["kit"] == "bad"


def test_a_process_answers_batch_after_batch_and_begins_anew_after_it_died(cell: Cell) -> None:
    good, bad = item(b"bad\n"), item(b"CRASH\n")
    answers = [cell.answer(work(Fake(), each)) for each in (good, good, bad, good)]

    assert [answer.problem for answer in answers] == [None, None, "its process crashed: Segmentation fault", None]
    assert [len(answer.said) for answer in answers] == [1, 1, 0, 1]


def test_what_was_said_before_a_breakdown_stays_said(cell: Cell) -> None:
    good, bad = item(b"bad\n"), item(b"FAIL\n")
    answer = cell.answer(work(Fake(), good, bad))

    assert ([each.sha256 for each in answer.said], answer.problem) == ([good.code.sha256], "the tool broke down")


def test_a_batch_may_take_longer_the_more_there_is_in_it() -> None:
    small, large = work(Fake(), item(b"x")), work(Fake(), *(item(b"x" * 50_000 + str(n).encode()) for n in range(10)))

    assert allowance(small) == pytest.approx(75.2, abs=0.01)
    assert allowance(large) == pytest.approx(60 + 15 + 10 * 0.2 + 10, abs=0.01)


HOSTILE = ("../up.py", "/etc/passwd", "a/../../b.py", ".git/config", "a/.GIT/hooks/x", "a\\b.py", "n\nl.py", "", "a//b")


@pytest.mark.parametrize("path", [*HOSTILE, "x" * 300, "/".join("a" * 60), "\u202egnp.py"])
def test_a_path_that_leads_elsewhere_or_is_a_tools_own_is_not_used(path: str) -> None:
    assert inside(path) == ""


@given(st.text(max_size=40))
def test_a_path_that_is_used_stays_in_its_folder(path: str) -> None:
    used = inside(path)

    assert used in ("", path)
    assert os.path.normpath(f"/root/{used}").startswith("/root")


def test_a_repository_is_laid_out_by_its_paths_and_what_is_in_the_way_under_our_name(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    paths = ("pkg/a.py", "pkg/a.py/b.py", "pkg", "pkg/c.py", *HOSTILE)
    items = tuple(item(f"x = {n}\n".encode(), path) for n, path in enumerate(paths))
    staged = _laid_out(items, tmp_path / "source")

    names = [str(each.path.relative_to(tmp_path / "source")) for each in staged]
    assert [names[0], names[3]] == ["pkg/a.py", "pkg/c.py"]
    others = [n for n in range(len(paths)) if n not in (0, 3)]
    assert [names[n] for n in others] == [f"{items[n].code.sha256}.py" for n in others]
    assert [each.path.read_bytes() for each in staged] == [each.content for each in items]
    assert [path.name for path in tmp_path.iterdir()] == ["source"]
