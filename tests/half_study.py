"""Studies that have only a part of what a study can have."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import hand_study
import joint_study
from hand_study import CODINGS, POSTS, THREADS

from codebook import ledger
from codebook.rows import Coding, Post, Thread
from codebook.study import Study

HEAD = '[study]\ntitle = "A test"\nkeywords = ["trust_remote_code", "trust_repo"]\n'


def study_at(folder: Path, toml: str = "", book: str | None = joint_study.BOOK) -> Study:
    folder.mkdir()
    (folder / "study.toml").write_text(f"{HEAD}since = 2019-01-01\nuntil = 2026-01-01\n{toml}", encoding="utf-8")
    if book is not None:
        (folder / "codebook.yaml").write_text(book, encoding="utf-8")
    return Study.open(folder)


def only_threads(folder: Path, book: str | None = hand_study.BOOK) -> Study:
    study = study_at(folder, book=book)
    with ledger.run(study, "collect threads", {}) as run:
        run.write(Thread, THREADS)
        run.write(Post, POSTS)
    return study


def one_coder(folder: Path) -> Study:
    study = only_threads(folder)
    with ledger.run(study, "coding pull", {}) as run:
        run.write(Coding, [each for each in CODINGS if each.coder == "coder_a"])
    return study


def nothing_included(folder: Path) -> Study:
    study = one_coder(folder)
    study.write(Thread, [replace(each, included=False) for each in THREADS])
    return study


MADE: dict[str, Callable[[Path], Study]] = {
    "empty": lambda folder: Study.create(folder, "Empty"),
    "only threads": lambda folder: only_threads(folder, None),
    "one coder": one_coder,
    "nothing included": nothing_included,
    "only scans": lambda folder: joint_study.models(study_at(folder, book=None)),
    "only claims": lambda folder: joint_study.mechanisms(study_at(folder, joint_study.TOML)),
    "not set": lambda folder: joint_study.mechanisms(joint_study.discussions(study_at(folder))),
}
"""Each part by what it is called, made in a new folder."""
