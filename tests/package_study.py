"""Packages of small studies, with few outputs: all of them take seconds, and tests/test_packaging.py makes them."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hand_study
import pytest
from click.testing import CliRunner, Result
from hand_study import row

from analysis.cli import cli
from analysis.package import made
from codebook import ledger
from codebook.checks import packaged
from codebook.rows import Claim, Content, Finding, InForce, Model, ModelFile, Outcome, Thread
from codebook.study import Study

AA, BB = "a" * 64, "b" * 64
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


def with_models_and_gates(study: Study) -> Study:
    """The same, with models of two platforms, what a tool found in them, and a gate that changed: all can be drawn."""
    with ledger.run(study, "scan code", {}) as run:
        named = [("a:o/m@1", "a", "o", "m"), ("b:o/n@1", "b", "o", "n"), ("b:o/p@1", "b", "o", "p")]
        common: dict[str, Any] = {"needs_custom_code": True, "criteria": ("tag",), "run_id": run.id}
        run.write(Model, [row(Model, model_id=i, platform=p, owner=o, name=n, **common) for i, p, o, n in named])
        held = [("a:o/m@1", AA), ("b:o/n@1", BB), ("b:o/p@1", AA)]
        files = {"path": "modeling.py", "relevant": True, "distance": 0, "run_id": run.id}
        run.write(ModelFile, [row(ModelFile, model_id=model, sha256=sha256, **files) for model, sha256 in held])
        lines = {"suffix": ".py", "lines": 90, "code_lines": 60, "parses": True, "run_id": run.id}
        run.write(Content, [row(Content, sha256=sha256, **lines) for sha256 in (AA, BB)])
        looked = {"tool": "bandit", "status": "scanned", "applies": True, "current": True, "run_id": run.id}
        run.write(Outcome, [row(Outcome, sha256=sha256, **looked) for sha256 in (AA, BB)])
        found = {"tool": "bandit", "rule": "B301", "cwe": "CWE-502", "cwes": ("CWE-502",), "severity": "high"}
        found |= {"line": 3, "current": True, "run_id": run.id, "sha256": AA, "message": "pickle"}
        run.write(Finding, [row(Finding, finding_id="f1", **found)])
    with ledger.run(study, "platforms fetch", {}) as run:
        gate = {"platform": "a", "package": "client", "mechanism": "execution gate", "parameter": "trust_remote_code"}
        times = [("c1", "none", (2023, 1)), ("c2", "opt-in", (2024, 3))]
        moments = [datetime(*at, 1, tzinfo=UTC) for _, _, at in times]
        claims = zip(times, moments, strict=True)
        run.write(
            Claim, [row(Claim, claim_id=c, level=v, released=t, **gate, run_id=run.id) for (c, v, _), t in claims]
        )
        held_from = zip(times, moments, (moments[1], None), strict=True)
        levels = [{"claim_id": c, "level": v, "since": t, "until": u} for (c, v, _), t, u in held_from]
        run.write(InForce, [row(InForce, **each, **gate, run_id=run.id) for each in levels])
    return study


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
