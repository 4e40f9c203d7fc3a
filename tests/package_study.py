"""Packages of small studies, with few outputs: all of them take seconds, and tests/test_packaging.py makes them."""

from dataclasses import replace
from pathlib import Path

import hand_study
import pytest
from click.testing import CliRunner, Result

from analysis.cli import cli
from analysis.package import made
from codebook import ledger
from codebook.checks import packaged
from codebook.rows import Thread
from codebook.study import Study

FEW = ("tables/theme-by-source.csv", "tables/flow.csv", "tables/prevalence.csv")


def by_hand(study: Study) -> Study:
    """The study of ``hand_study``, decided, with the numbers of posts that there are."""
    hand_study.write(study, decided=True)
    posts = {"t1": 2, "t3": 2, "t6": 0}
    with ledger.run(study, "collect threads", {}) as run:
        run.write(Thread, [replace(each, n_posts=posts.get(each.thread_id, 1)) for each in study.read(Thread)])
    return study


def study_at(folder: Path, toml: str = "") -> Study:
    """A study with the codebook of ``hand_study``, and no tables yet."""
    folder.mkdir(parents=True)
    (folder / "study.toml").write_text(f'[study]\ntitle = "A test"\nkeywords = ["trust_remote_code"]\n{toml}')
    (folder / "codebook.yaml").write_text(hand_study.BOOK)
    return Study.open(folder)


def few_outputs(monkeypatch: pytest.MonkeyPatch, few: tuple[str, ...] = FEW) -> None:
    """Make few outputs, in this process; ``codebook check`` makes none again."""
    monkeypatch.setattr(made, "OUTPUTS", tuple(output for output in made.OUTPUTS if output.file in few))
    monkeypatch.setattr(packaged, "_made_again", lambda _study: iter(()))


def call(study: Study, *options: object) -> Result:
    """Run ``analysis package``."""
    return CliRunner().invoke(cli, ["package", *map(str, options), "--study", str(study.path)])


def packed(study: Study, folder: Path, *options: object) -> Study:
    """Pack a study into a folder, and open that."""
    done = call(study, "--output", folder, *options)
    assert (done.exit_code, done.stdout) == (0, f"{folder}\n"), done.stderr
    return Study.open(folder)
