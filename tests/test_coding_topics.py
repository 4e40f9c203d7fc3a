"""Topics: the same in every process, recorded, and rebuilt without the model."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import Ran
from topics_world import fill, threads

from codebook.check import check
from codebook.rows import Post, Thread, Topic
from codebook.study import Study
from coding import derive
from coding.cli import cli
from coding.embeddings.texts import unit_texts
from coding.sampling.frame import frame
from coding.topics import record

NUMBER = 120


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study with its vectors, without topics; the last thread has only code."""
    from coding.embeddings.embed import embed

    study = fill(
        tmp_path_factory.mktemp("topics") / "study", NUMBER, topics="smallest = 8", sampling='strata = ["topic"]'
    )
    only_code = [replace(p, body="```\nx = 1\n```") if p.thread_id.endswith("#00119") else p for p in study.read(Post)]
    study.write(Post, only_code)
    study.write(Thread, [replace(t, title="") if t.thread_id.endswith("#00119") else t for t in study.read(Thread)])
    embed(study, [unit.prose for unit in unit_texts(study) if unit.prose])
    return study


@pytest.fixture(scope="module")
def made(embedded: Study) -> Study:
    """A copy of it in which topics have been made, in this process."""
    study = Study.open(Path(shutil.copytree(embedded.path, embedded.path.with_name("made"))))
    done = show(study, "--format", "json")
    assert done.code == 0, done.err
    return study


def show(study: Study, *arguments: str) -> Ran:
    done = CliRunner().invoke(cli, ["topics", "--study", str(study.path), *arguments])
    return Ran(done.exit_code, done.stdout, done.stderr)


def test_topics_are_what_the_threads_are_about(made: Study) -> None:
    """Each subject of the made-up study has a topic that holds four of five of its threads, and nearly nothing else."""
    subject = {thread.thread_id: name for name, thread, _ in threads(NUMBER)}
    rows = [row for row in made.read(Topic) if row.topic >= 0]
    pairs = Counter((subject[row.unit_id], row.topic) for row in rows)
    best = {name: max(n for (s, _), n in pairs.items() if s == name) for name in set(subject.values())}

    assert sum(best.values()) >= 0.8 * NUMBER
    assert len({row.topic for row in rows}) == 6
    assert all(row.probability is not None and 0 <= row.probability <= 1 for row in rows)


def test_two_processes_give_the_same_topics_words_assignments_and_hashes(
    embedded: Study, made: Study, run: Callable[..., Ran]
) -> None:
    other = Study.open(Path(shutil.copytree(embedded.path, embedded.path.with_name("other"))))
    done = run("coding", "topics", "--study", other.path)
    assert done.code == 0, done.err
    bodies = [next(record.store(study).pages()).body for study in (made, other)]

    assert bodies[0] == bodies[1]
    assert made.table("topics").read_bytes() == other.table("topics").read_bytes()
    lines = [json.loads((study.path / "runs.jsonl").read_text().splitlines()[-1]) for study in (made, other)]
    assert lines[0]["notes"] == lines[1]["notes"]
    assert set(lines[0]["notes"]) == {"texts_sha256", "model_sha256", "inputs_sha256", "vectors_sha256"}
    recorded = {"bertopic", "umap-learn", "hdbscan", "sentence-transformers", "torch", "numba"}
    assert recorded <= set(lines[0]["versions"])


def test_a_unit_without_prose_is_no_topics(made: Study) -> None:
    (row,) = [row for row in made.read(Topic) if row.unit_id.endswith("#00119")]

    assert (row.topic, row.words, row.probability, row.x, row.y) == (-1, (), None, None, None)


def test_the_table_is_rebuilt_from_the_records_without_a_model(made: Study, tmp_path: Path) -> None:
    said: list[str] = []
    derive.rebuild(made, said.append, folder=tmp_path)

    assert (tmp_path / "topics.parquet").read_bytes() == made.table("topics").read_bytes()
    assert said == []
    wrong = [each for each in check(made) if each.where == "tables/topics.parquet" and each.result == "failed"]
    assert wrong == []


def test_what_was_made_of_the_same_texts_is_not_made_again(made: Study, tmp_path: Path) -> None:
    study = Study.open(Path(shutil.copytree(made.path, tmp_path / "again")))
    before = (study.path / "runs.jsonl").read_bytes()
    done = show(study, "--format", "json")

    assert done.code == 0
    assert "the topics of coding-topics-1 were made of the same texts in the same way; they stay" in done.err
    assert (study.path / "runs.jsonl").read_bytes() == before


def test_a_process_killed_before_the_table_was_written_is_finished_by_the_next(made: Study, tmp_path: Path) -> None:
    study = Study.open(Path(shutil.copytree(made.path, tmp_path / "killed")))
    expected = study.table("topics").read_bytes()
    study.table("topics").unlink()
    (study.path / "runs.jsonl").write_text((study.path / "runs.jsonl").read_text().splitlines(keepends=True)[0])
    done = show(study, "--format", "json")

    assert done.code == 0
    assert study.table("topics").read_bytes() == expected


def test_topics_are_printed_with_words_size_and_representative_units(made: Study) -> None:
    rows = json.loads(show(made, "--stored", "--format", "json").out)
    by_unit = {row.unit_id: row.topic for row in made.read(Topic)}
    sizes = Counter(by_unit.values())

    assert [row["topic"] for row in rows] == [*range(6), -1]
    assert all(row["units"] == sizes[row["topic"]] for row in rows)
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    assert all(len(row["words"]) == 10 and len(row["representative"]) == 5 for row in rows[:-1])
    assert all(by_unit[unit] == row["topic"] for row in rows[:-1] for unit in row["representative"])
    assert (rows[-1]["words"], rows[-1]["representative"]) == ([], None)


@pytest.mark.parametrize("by", ["source", "year"])
def test_units_by_source_and_year_add_up(made: Study, by: str) -> None:
    rows = json.loads(show(made, "--stored", "--by", by, "--format", "json").out)
    values = [name for name in rows[0] if name not in ("topic", "words")]
    when = [t.source if by == "source" else str(t.created_at.year) for t in made.read(Thread) if t.created_at]

    assert rows[-1]["topic"] == "all"
    assert {name: rows[-1][name] for name in values} == Counter(when)
    assert all(sum(row[name] for row in rows[:-1]) == rows[-1][name] for name in values)


def test_units_can_be_drawn_within_topics(made: Study) -> None:
    topics = {row.unit_id: row.topic for row in made.read(Topic)}

    assert {unit.unit_id: unit.stratum for unit in frame(made)} == {u: f"topic {t}" for u, t in topics.items()}


def test_there_are_none_yet(make_study: Callable[..., Study]) -> None:
    done = show(make_study(), "--stored")

    assert (done.code, "there are no topics yet" in done.err) == (2, True)
