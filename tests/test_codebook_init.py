"""``codebook init``: whatever the title, the new study can be opened; nothing half-made is left."""

import errno
import os
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran  # type: ignore[import-not-found] # tests are not a package
from hypothesis import given
from hypothesis import strategies as st

from codebook.harmless import valid_text
from codebook.settings import toml_string
from codebook.study import Study

Run = Callable[..., Ran]


@pytest.mark.parametrize(
    "title",
    [
        "C:\\x",
        "ends in \\",
        "two\nlines",
        "a\\b",
        'say "trust"',
        "it's",
        "{title}",
        "\x7f \x1b[31m \r\n \U0001f600",
        "",
    ],
)
def test_every_title_is_kept_as_it_was_given(tmp_path: Path, run: Run, title: str) -> None:
    folder = tmp_path / "study"

    ran = run("codebook", "init", str(folder), "--title", title)

    assert (ran.code, Study.open(folder).settings.study.title) == (0, title)


@given(st.text(st.characters(codec=None)))
def test_any_text_is_the_same_after_toml(text: str) -> None:
    read = tomllib.loads(f"text = {toml_string(text)}")

    assert read == {"text": valid_text(text)}


def test_a_study_that_could_not_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, real = tmp_path / "study", Path.write_text

    def full(path: Path, *args: str, **options: str) -> int:
        if path.name == "study.toml":
            real(path, "half", encoding="utf-8")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return real(path, *args, **options)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        Study.create(folder, "A study")

    assert list(folder.iterdir()) == []
