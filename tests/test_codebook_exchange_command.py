"""``codebook export`` and ``codebook import`` as a user runs them."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from exchange_rig import coded

from codebook import check
from codebook.cli import cli
from codebook.rows.imported import ImportedCoding, ImportedText
from codebook.study import Study
from codebook.themes import Codebook
from collect.forget import erase
from collect.forgetting import _rebuild

MakeStudy = Callable[..., Study]


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    return coded(make_study)


@pytest.fixture
def empty(make_study: MakeStudy) -> Study:
    return make_study(name="empty")


def ran(study: Study, *arguments: object, code: int = 0) -> Result:
    done = CliRunner().invoke(cli, [*map(str, arguments), "--study", str(study.path)])
    assert done.exit_code == code, done.stderr
    return done


@pytest.mark.parametrize("name", ["book.qdc", "book.csv", "book.QDC"])
def test_a_codebook_goes_out_and_comes_back(study: Study, empty: Study, tmp_path: Path, name: str) -> None:
    out = ran(study, "export", tmp_path / name)
    into = ran(empty, "import", tmp_path / name)

    assert (out.stdout, out.stderr) == ("", f"wrote {tmp_path / name}: 6 codes\n")
    assert into.stderr == "made codebook.yaml, version 1.0.0: 6 codes\n"
    assert Codebook.load(empty.path / "codebook.yaml").codes == study.codebook.codes


def test_a_project_goes_out_and_comes_back_and_the_check_holds(study: Study, empty: Study, tmp_path: Path) -> None:
    out = ran(study, "export", tmp_path / "x.qdpx")
    into = ran(empty, "import", tmp_path / "x.qdpx")

    assert out.stderr.splitlines() == [
        f"wrote {tmp_path / 'x.qdpx'}: 4 texts, 10 codings, 2 coders",
        "not in it: 1 units without a text in the table shown (nobody worked on them yet), and their 0 codings",
        "not in it: lead times, Label Studio's ids, the codebook's version per coding, decisions, suggestions",
    ]
    assert into.stderr.splitlines() == [
        "made codebook.yaml, version 1.0.0: 6 codes",
        "x.qdpx: 4 texts, 10 codings",
    ]
    results = {(each.check, each.where): each.result for each in check.check(Study.open(empty.path))}
    assert results["equals what its raw records give", "tables/imported_codings.parquet"] == "ok"
    assert results["equals what its raw records give", "tables/imported_texts.parquet"] == "ok"
    assert "failed" not in results.values()


def test_the_tables_of_imported_projects_are_rebuilt_from_raw(study: Study, empty: Study, tmp_path: Path) -> None:
    ran(study, "export", tmp_path / "x.qdpx")
    ran(empty, "import", tmp_path / "x.qdpx")
    before = [path.read_bytes() for path in sorted((empty.path / "tables").glob("*.parquet"))]
    for path in (empty.path / "tables").glob("*.parquet"):
        path.unlink()
    ran(empty, "import", "--from-raw")

    assert [path.read_bytes() for path in sorted((empty.path / "tables").glob("*.parquet"))] == before


def test_a_codebook_with_other_codes_is_not_overwritten_unless_asked(study: Study, tmp_path: Path) -> None:
    before = (study.path / "codebook.yaml").read_bytes()
    (tmp_path / "new.csv").write_text("name\nTrust\n", encoding="utf-8")
    refused = ran(study, "import", tmp_path / "new.csv", code=2)

    assert "codebook.yaml: is there already, and has other codes\n  Keep a copy" in refused.stderr
    assert (study.path / "codebook.yaml").read_bytes() == before
    said = ran(study, "import", tmp_path / "new.csv", "--replace").stderr.splitlines()
    assert said == [
        "made codebook.yaml, version 1.1.0: 1 codes",
        "what differs, and which `changes:` should say so: codebook diff",
        "1 ids are made from names, as Trust",
        "1 codes have no definition, as Trust",
    ]
    assert list(Codebook.load(study.path / "codebook.yaml").codes) == ["Trust"]


def test_an_edited_file_of_the_same_version_gives_the_next_version(study: Study, tmp_path: Path) -> None:
    ran(study, "export", tmp_path / "x.csv")
    edited = (tmp_path / "x.csv").read_text(encoding="utf-8").replace("Usability", "Ease of use")
    (tmp_path / "x.csv").write_text(edited, encoding="utf-8")
    ran(study, "import", tmp_path / "x.csv", "--replace")

    book = Codebook.load(study.path / "codebook.yaml")
    assert (book.version, book.codes["USE"].name) == ("1.1.0", "Ease of use")


@pytest.mark.parametrize("kept", [True, False])
def test_earlier_changes_of_the_codebook_stay_as_far_as_they_fit(study: Study, tmp_path: Path, *, kept: bool) -> None:
    path = study.path / "codebook.yaml"
    changes = 'changes:\n  - {version: "1.0.0", rename: USE}  # a better name\n'
    path.write_text(path.read_text(encoding="utf-8") + changes, encoding="utf-8")
    out = ran(study, "export", tmp_path / "x.csv").stderr
    lines = (tmp_path / "x.csv").read_text(encoding="utf-8").replace("Usability", "Ease of use").splitlines()
    left = [line for line in lines if kept or not line.startswith("USE")]
    (tmp_path / "x.csv").write_text("\n".join(left), encoding="utf-8")
    said = ran(study, "import", tmp_path / "x.csv", "--replace").stderr

    assert "not in it: what changed from version to version (1 changes)" in out
    assert [str(step) for step in Codebook.load(path).changes] == ["rename USE"] * kept
    assert ("# a better name" in path.read_text(encoding="utf-8")) is kept
    assert ("do not fit these codes and are not kept" in said) is not kept


def test_codings_from_elsewhere_come_in_while_the_codebook_stays(study: Study, tmp_path: Path) -> None:
    ran(study, "export", tmp_path / "x.qdpx")
    edited = (study.path / "codebook.yaml").read_text(encoding="utf-8").replace("Usability", "Ease of use")
    (study.path / "codebook.yaml").write_text(edited, encoding="utf-8")
    ran(study, "import", tmp_path / "x.qdpx", code=2)
    ran(study, "import", tmp_path / "x.qdpx", "--keep")

    assert (study.path / "codebook.yaml").read_text(encoding="utf-8") == edited
    assert len(list(study.read(ImportedCoding))) == 10


def test_a_text_that_came_back_changed_is_said(study: Study, tmp_path: Path) -> None:
    ran(study, "export", tmp_path / "x.qdpx")
    with zipfile.ZipFile(tmp_path / "x.qdpx") as old, zipfile.ZipFile(tmp_path / "y.qdpx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"edited since", b"edited again"))
    said = ran(study, "import", tmp_path / "y.qdpx").stderr.splitlines()

    assert said[-1] == "1 texts are not as they were shown here; positions count the text in imported_texts"


def test_what_is_forgotten_is_not_in_imported_projects_any_more(study: Study, tmp_path: Path) -> None:
    ran(study, "export", tmp_path / "x.qdpx")
    ran(study, "import", tmp_path / "x.qdpx")
    forgotten = study.forgotten
    forgotten.add([forgotten.tombstone("thread", "t2", "collect-forget-1")])
    erase(study, forgotten, keep=True)
    ran(study, "import", "--from-raw")

    raw = b"".join(page.body for page in study.raw("exchange", "projects").pages())
    assert b"First line" not in raw
    assert b"nothing here" not in raw
    assert b"edited since" in raw
    assert {row.thread_id for row in study.read(ImportedText)} == {"t1", "t3"}


def test_collect_forget_has_the_tables_of_imported_projects_made_anew(study: Study, tmp_path: Path) -> None:
    ran(study, "export", tmp_path / "x.qdpx")
    ran(study, "import", tmp_path / "x.qdpx")
    forgotten = study.forgotten
    forgotten.add([forgotten.tombstone("thread", "t1", "collect-forget-1")])
    erase(study, forgotten, keep=True)
    _rebuild(study, "exchange", "codebook", "import")

    assert {row.thread_id for row in study.read(ImportedText)} == {"t2", "t3"}
    assert {row.unit_id for row in study.read(ImportedCoding)} == {"t2", "t3"}


def test_a_passage_whose_words_are_erased_counts_for_the_text(study: Study, tmp_path: Path) -> None:
    ran(study, "export", tmp_path / "x.qdpx")
    ran(study, "import", tmp_path / "x.qdpx")
    forgotten = study.forgotten
    forgotten.add([forgotten.tombstone("text", "t1", "collect-forget-1")])
    erase(study, forgotten, keep=True)
    ran(study, "import", "--from-raw")

    left = {(c.unit_id, c.coder, c.code, c.start, c.quote) for c in study.read(ImportedCoding) if c.coder == "coder_a"}
    assert left == {
        ("t1", "coder_a", "SEC.mal", None, None),
        ("t1", "coder_a", "SEC.trust", None, None),
        ("t1", "coder_a", "USE.err", None, None),
        ("t2", "coder_a", "", None, None),
        ("t3", "coder_a", "USE.err", 0, "\ufeffbegins"),
    }


def test_a_projects_notes_name_nobody_in_the_tables(study: Study, tmp_path: Path) -> None:
    ran(study, "export", tmp_path / "x.qdpx")
    with zipfile.ZipFile(tmp_path / "x.qdpx") as old, zipfile.ZipFile(tmp_path / "y.qdpx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b">whole<", b">ask jane@example.org<"))
    ran(study, "import", tmp_path / "y.qdpx")

    memos = [row.memo for row in study.read(ImportedCoding) if row.memo and row.memo.startswith("ask")]
    assert len(memos) == 1
    assert re.fullmatch(r"ask user-[0-9a-f]{10}@example\.invalid", memos[0])


def test_markdown_goes_out_and_not_in(study: Study, tmp_path: Path) -> None:
    ran(study, "export", tmp_path / "book.txt", "--as", "md")
    refused = ran(study, "import", tmp_path / "book.txt", "--as", "md", code=2)

    assert (
        (tmp_path / "book.txt").read_text(encoding="utf-8").startswith("# A test\n\nCodebook, version 1.0.0: 6 themes")
    )
    assert "Markdown is for readers only" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "book.xlsx"), "book.xlsx: no known format\n  Name a file with one of .qdc, .qdpx, .csv"),
        (("export", "book.csv", "--passages"), "--passages is for a project"),
        (("import",), "needs either a FILE, or --from-raw"),
        (("import", "--from-raw"), "no project was imported\n  Run: codebook import FILE.qdpx"),
        (("import", "study.toml", "--as", "qdc", "--keep"), "--keep is for a project"),
        (("import", "study.toml", "--as", "qdc"), "study.toml:1: not well-formed XML: "),
        (("import", "study.toml", "--as", "qdpx"), "study.toml: is no zip file: "),
        (("import", "study.toml", "--as", "csv"), "study.toml:1: unknown column"),
        (("export", "no/such/folder.qdc"), "no/such/folder.qdc"),
        (("export", "no/such/folder.qdpx"), "no/such/folder.qdpx"),
        (("export", "codebook.yaml", "--as", "csv"), "codebook.yaml: is a file of the study itself"),
        (("export", "tables/codings.parquet", "--as", "qdc"), "codings.parquet: is a file of the study itself"),
    ],
)
def test_what_cannot_be_is_one_message(
    study: Study, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(study.path)
    failed = ran(study, *arguments, code=2)

    assert said in failed.stderr
    assert not list(study.path.rglob("*.part"))


def test_a_codebook_larger_than_codebooks_are_is_not_read(study: Study, tmp_path: Path) -> None:
    with (tmp_path / "x.qdc").open("wb") as out:
        out.truncate((32 << 20) + 1)

    assert "x.qdc: is larger than 33554432 bytes" in ran(study, "import", tmp_path / "x.qdc", code=2).stderr
