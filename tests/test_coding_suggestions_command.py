"""``coding suggest`` on studies: what is stored, what the table says, and kills."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace

import pytest
from conftest import Ran
from hand_study import decision
from suggesting import BOOK, CODES, embed, filled, rows, suggest

from codebook import ledger
from codebook.raw import RawStore
from codebook.rows import Decision
from codebook.study import Study
from codebook.versions import recorded
from coding import derive
from coding.suggestions import gathered, record

Make = Callable[..., Study]


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "embed", embed)


@pytest.mark.usefixtures("words")
def test_codes_are_said_with_the_sentence_that_speaks_for_them(make_study: Make) -> None:
    study = filled(make_study(codebook=BOOK), 60, 30)
    done = suggest(study)

    said = [row for row in rows(study) if row.said]
    assert done.exit_code == 0
    assert json.loads(done.stdout) == [
        {"code": code, "decided": 30, "positives": 10, "threshold": low, "said": 10, "silent": ""}
        for code, low in zip(CODES, [code["threshold"] for code in json.loads(done.stdout)], strict=True)
    ]
    assert {(row.unit_id, row.code) for row in said} >= {(f"s:{at:03}", CODES[at % 3]) for at in range(30, 60)}
    assert {row.method for row in said} == {"combined"}
    assert {(row.evidence, row.codebook_version, row.arm) for row in said if row.code == "SLOW"} == {
        ("I say that slow loading takes long here.", "1.0.0", "suggested")
    }
    texts = {text.unit_id: text.shown for text in gathered.gather(study).texts}
    assert all(texts[row.unit_id][row.start : row.end] == row.evidence for row in rows(study))
    assert {row.code for row in rows(study)} == set(CODES)  # what is retired is never suggested
    assert all(row.score is not None and 0 < row.score < 1 for row in rows(study))


@pytest.mark.usefixtures("words")
def test_without_decisions_there_are_no_scores_and_it_is_said_why(make_study: Make) -> None:
    study = filled(make_study(codebook=BOOK), 6, 0)
    done = suggest(study)

    assert done.exit_code == 0
    assert {(row.method, row.score, row.said) for row in rows(study)} == {
        ("combined", None, False),
        ("similarity", None, False),
    }
    assert {code["silent"] for code in json.loads(done.stdout)} == {"no decisions"}
    assert "without topics: run coding topics first" in done.stderr
    assert "without learnt: no decisions on two threads yet" in done.stderr
    assert "2 codes have no examples" in done.stderr
    assert "scores are empty and nothing is said" in done.stderr


@pytest.mark.usefixtures("words")
def test_the_run_record_has_the_hashes_of_what_suggestions_were_made_of(make_study: Make) -> None:
    study = filled(make_study(codebook=BOOK), 12, 6)
    suggest(study)

    line = next(line for line in ledger.runs(study) if line["command"] == "coding suggest")
    made_of = line["notes"]["made_of"]
    assert sorted(made_of["inputs"]) == ["codebook", "decisions", "embedding model", "embeddings", "texts", "topics"]
    assert made_of["inputs"]["codebook"] == study.codebook.sha256
    assert made_of["versions"]["scikit-learn"] == line["versions"]["scikit-learn"]
    assert set(line["inputs"]) >= {"codebook.yaml", "tables/decisions.parquet", "tables/posts.parquet"}
    assert "tables/suggestions.parquet" in line["outputs"]


@pytest.mark.usefixtures("words")
def test_a_second_run_over_the_same_stores_nothing_and_a_new_decision_does(make_study: Make) -> None:
    study = filled(make_study(codebook=BOOK), 30, 15)
    suggest(study)
    before = (study.table("suggestions").read_bytes(), len(record.store(study).segments()))
    again = suggest(study)

    assert "nothing is new since the last run" in again.stderr
    assert (study.table("suggestions").read_bytes(), len(record.store(study).segments())) == before
    with ledger.run(study, "coding adjudicate", {}) as run:
        run.write(Decision, [decision(f"s:{at:03}", CODES[at % 3]) for at in range(18)])
    suggest(study)
    assert {row.run_id for row in rows(study)} == {"coding-suggest-3"}


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize("records", range(4))
def test_killed_after_any_record_and_run_again_it_is_as_if_it_had_not_stopped(
    make_study: Make, monkeypatch: pytest.MonkeyPatch, records: int
) -> None:
    monkeypatch.setattr(record, "_AT_ONCE", 10)
    whole, cut = (filled(make_study(codebook=BOOK, name=name), 30, 15) for name in ("whole", "cut"))
    suggest(whole)
    append, left = RawStore.append, [records]

    def killed(store: RawStore, page: object) -> object:
        if store.folder.name == "suggestions" and not left[0]:
            raise KeyboardInterrupt
        left[0] -= store.folder.name == "suggestions"
        return append(store, page)  # type: ignore[arg-type]  # a page

    monkeypatch.setattr(RawStore, "append", killed)
    assert suggest(cut).exit_code == 3
    assert not cut.table("suggestions").exists()
    monkeypatch.setattr(RawStore, "append", append)

    assert suggest(cut).exit_code == 0
    assert rows(cut) == rows(whole)


@pytest.mark.usefixtures("words")
def test_the_raw_records_alone_give_the_table_and_forgotten_threads_vanish(make_study: Make) -> None:
    study = filled(make_study(codebook=BOOK), 12, 6)
    suggest(study)
    shutil.copy(study.table("suggestions"), study.path / "before")
    study.table("suggestions").unlink()
    derive.rebuild(study, print)

    assert study.table("suggestions").read_bytes() == (study.path / "before").read_bytes()
    forgotten = study.forgotten
    gone, shortened = (forgotten.tombstone(what, name, "r") for what, name in (("thread", "s:001"), ("text", "s:002")))
    forgotten.add([gone, shortened])
    erased = [forgotten.eraser("coding", "suggestions").page(page) for page in record.store(study).pages()]
    units = [unit for page in erased if not page.path.endswith("/end") for unit in page.json()["units"]]
    derive.rebuild(study, print)
    assert {row.unit_id for row in rows(study)} == {f"s:{at:03}" for at in range(12) if at != 1}
    evidence = {unit["data"]["unit_id"]: [each["text"] for each in unit["candidates"]] for unit in units}
    assert (evidence["s:001"], evidence["s:002"]) == ([], ["", "", ""])
    assert "I say that slow loading takes long here." in evidence["s:003"]


@pytest.mark.usefixtures("words")
def test_codes_are_called_what_the_codebook_calls_them_now_and_retired_ones_vanish(make_study: Make) -> None:
    study = filled(make_study(codebook=BOOK), 12, 6)
    suggest(study)
    later = BOOK.replace("1.0.0", "1.1.0").replace("id: SLOW", "id: LOADING")
    changes = (
        'changes:\n  - {version: "1.1.0", rename: {from: SLOW, to: LOADING}}\n  - {version: "1.1.0", retire: CACHE}\n'
    )
    later = later.replace("The cache is broken.}", "The cache is broken., status: retired}").replace(
        "codes:", f"{changes}codes:"
    )
    (study.path / "codebook.yaml").write_text(later, encoding="utf-8")
    study = Study.open(study.path)
    recorded.record(study, "codebook-migrate-1")
    derive.rebuild(study, print)

    assert {(row.code, row.codebook_version) for row in rows(study)} == {("LOADING", "1.1.0"), ("UNSAFE", "1.1.0")}
    suggest(study)
    assert {row.code for row in rows(study)} == {"LOADING", "UNSAFE"}


def test_two_processes_give_identical_suggestions(make_study: Make, run: Callable[..., Ran]) -> None:
    study = filled(make_study(codebook=BOOK), 24, 18)
    first = run("coding", "suggest", "--study", study.path)
    table = [replace(row, run_id="") for row in rows(study)]
    shutil.rmtree(record.store(study).folder)
    study.table("suggestions").unlink()
    second = run("coding", "suggest", "--study", study.path)

    assert (first.code, second.code) == (0, 0)
    assert first.out == second.out
    assert [replace(row, run_id="") for row in rows(study)] == table
    names = [line["notes"]["suggestions"] for line in ledger.runs(study) if line["command"] == "coding suggest"]
    assert names == names[:1] * 2
