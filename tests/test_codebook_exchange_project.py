"""A coded study to .qdpx and back: valid by the schema, read by another library, equal, the same bytes each time."""

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from exchange_rig import EMOJI, TEXTS, coded, shown
from hand_study import row, thread
from lxml import etree
from pyrefiqda import RefiCodebook, RefiProject

from codebook import ledger
from codebook.exchange import install, stored
from codebook.exchange.archive import opened
from codebook.exchange.command import left_out
from codebook.exchange.gathered import gather
from codebook.exchange.project import Who
from codebook.exchange.qdc import as_qdc
from codebook.exchange.qdpx_in import read_qdpx
from codebook.exchange.qdpx_out import write_qdpx
from codebook.exchange.taken_over import take_over
from codebook.exchange.xml_text import local
from codebook.rows import Coding, Quarantined, Recode, ShownText, Thread
from codebook.rows.imported import ImportedCoding, ImportedText
from codebook.study import Study

MakeStudy = Callable[..., Study]
SCHEMA = etree.XMLSchema(file=Path(__file__).with_name("refi_qda") / "Project.xsd")


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    return coded(make_study)


@pytest.fixture
def written(study: Study, tmp_path: Path) -> Path:
    path = tmp_path / "study.qdpx"
    write_qdpx(path, gather(study))
    return path


def given_codings(study: Study) -> set[tuple[object, ...]]:
    """What a project carries of the codings, whose unit's text is stored."""
    return {
        (c.unit_id, c.coder, c.round, c.arm, c.code, c.start, c.end, c.quote, c.confidence, c.memo, c.coded_at)
        for c in study.read(Coding)
    }


def imported(study: Study, path: Path) -> list[str]:
    said: list[str] = []
    with ledger.run(study, "codebook import", {}) as run:
        install.import_project(study, run, path, said.append, replace=False, keep=False)
    return said


def imported_codings(study: Study) -> set[tuple[object, ...]]:
    return {
        (c.unit_id, c.coder, c.round, c.arm, c.code, c.start, c.end, c.quote, c.confidence, c.memo, c.coded_at)
        for c in study.read(ImportedCoding)
    }


def test_the_project_is_valid_by_the_schema_of_the_standard(written: Path) -> None:
    with zipfile.ZipFile(written) as packed:
        root = etree.fromstring(packed.read("project.qde"))
        names = packed.namelist()

    SCHEMA.assertValid(root)
    paths = [each.get("plainTextPath") for each in root.iter("{*}TextSource")]
    assert names == ["project.qde", *(path.replace("internal://", "sources/") for path in paths)]
    guids = [each.get("guid") for each in root.iter() if each.get("guid")]
    assert len(set(guids)) == len(guids)
    assert {each.get("targetGUID") for each in root.iter() if each.get("targetGUID")} <= set(guids)


def test_another_library_reads_users_codes_texts_and_passages(written: Path, tmp_path: Path) -> None:
    project = RefiProject.load(written, str(tmp_path / "out"))

    assert [user.name for user in project.users.user] == ["coder_a", "coder_a (round 2)", "coder_b"]
    assert [code.name for code in project.code_book.codes.code] == ["Usability", "Security"]
    assert [c.name for c in project.code_book.codes.code[1].code] == ["Malicious code", "Trust model"]
    assert [c.name for c in project.cases.case] == ["Title of t1", "Title of t2", "Title of t3"]
    names = {code.guid: code.name for theme in project.code_book.codes.code for code in (theme, *theme.code)}
    first = next(s for s in project.sources.text_source if len(s.plain_text_selection) == 3)
    text = RefiProject.resolve_source_path(first.plain_text_path, tmp_path / "out").read_text(encoding="utf-8")
    passages = [
        (text[p.start_position : p.end_position], sorted(names[c.code_ref.target_guid] for c in p.coding))
        for p in first.plain_text_selection
    ]
    assert passages == [
        (EMOJI, ["Malicious code"]),
        ("e\u0301te\u0301", ["Error handling", "Malicious code"]),
        ("🇩🇪", ["Malicious code"]),
    ]
    assert [names[c.code_ref.target_guid] for c in first.coding] == ["Flag placement"]


def test_another_library_reads_the_codebook(study: Study, tmp_path: Path) -> None:
    (tmp_path / "book.qdc").write_text(as_qdc(study.codebook), encoding="utf-8")

    codes = RefiCodebook.load(tmp_path / "book.qdc").codes.code
    assert [(t.name, t.is_codable, [c.name for c in t.code]) for t in codes] == [
        ("Usability", False, ["Error handling", "Flag placement"]),
        ("Security", False, ["Malicious code", "Trust model"]),
    ]


def test_what_another_library_read_and_wrote_again_comes_back_equal(
    study: Study, written: Path, tmp_path: Path, make_study: MakeStudy
) -> None:
    project = RefiProject.load(written, str(tmp_path / "out"))
    RefiProject.save(project, tmp_path / "again.qdpx", tmp_path / "out" / "sources")
    other = make_study(name="other")
    imported(other, tmp_path / "again.qdpx")

    assert imported_codings(other) == given_codings(study)
    assert other.codebook.codes == study.codebook.codes


def test_a_study_comes_back_equal_codebook_texts_codings_and_passages(
    study: Study, written: Path, make_study: MakeStudy
) -> None:
    other = make_study(name="other")
    said = imported(other, written)

    assert other.codebook.codes == study.codebook.codes
    assert (other.codebook.version, list(other.codebook.codes)) == ("1.0.0", list(study.codebook.codes))
    back = {(row.unit_id, row.content_sha256, row.text) for row in other.read(ImportedText)}
    assert back == {(row.unit_id, row.content_sha256, row.text) for row in study.read(ShownText)}
    assert imported_codings(other) == given_codings(study)
    assert said == ["made codebook.yaml, version 1.0.0: 6 codes", "study.qdpx: 4 texts, 10 codings"]


def test_passages_keep_their_positions_around_emoji_and_combining_characters(
    written: Path, make_study: MakeStudy
) -> None:
    other = make_study(name="other")
    imported(other, written)

    places = {
        (c.start, c.end, c.quote) for c in other.read(ImportedCoding) if c.unit_id == "t1" and c.start is not None
    }
    assert places == {(0, len(EMOJI), EMOJI), (12, 17, "e\u0301te\u0301"), (25, 27, "🇩🇪")}


def test_the_same_study_gives_the_same_bytes(study: Study, written: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.qdpx"
    write_qdpx(again, gather(study))

    assert again.read_bytes() == written.read_bytes()


def test_what_is_known_of_a_thread_stands_with_its_text_and_with_its_case(written: Path) -> None:
    with opened(written) as archive:
        project = read_qdpx(archive)
        first = next(iter(project.sources({})))
        case = next(each for each in project.root.iter() if local(each) == "Case")

    about = {
        "source": "github",
        "item": "issue",
        "url": "https://github.example/t1",
        "title": "Title of t1",
        "created_at": "2023-06-01T00:00:00Z",
        "year": "2023",
        "labels": "a, b",
        "n_posts": "0",
    }
    unit = {"unit_id": "t1", "thread_id": "t1", "kind": "thread", "content_sha256": "h1"}
    assert first.variables == unit | about
    assert project._values(case) == {"thread_id": "t1"} | about


def test_units_without_a_text_and_codes_without_a_codebook_entry_are_counted(study: Study) -> None:
    rows = list(study.read(Coding))
    odd = [replace(rows[0], code="GONE"), replace(rows[0], unit_id="t9", coder="coder_b")]
    study.write(Coding, [*rows, *odd])
    gathered = gather(study)

    assert (gathered.unknown, gathered.without_text) == ({"GONE": 1}, {"t9": 1})


def test_a_reading_that_was_coded_again_is_left_out_and_what_waits_is_counted(study: Study) -> None:
    """Coder a of t1 answered in round 2; b of t1 has not, and something of t2 is kept apart."""
    split = {"unit_id": "t1", "thread_id": "t1", "round": 1, "arm": "plain", "code": "OLD"}
    readings = [("coder_a", True), ("coder_b", False)]
    study.write(Recode, [row(Recode, coder=c, annotation_id=c, answered=there, **split) for c, there in readings])
    study.write(Quarantined, [row(Quarantined, annotation_id="1/2/3", unit_id="t2", value=v) for v in "ab"])
    gathered = gather(study)

    assert {(m.who, m.code) for m in gathered.marks["t1", "h1"]} == {
        (Who("coder_b", 1, "plain"), "SEC.mal"),
        (Who("coder_b", 1, "plain"), "USE.place"),
    }
    assert [(m.who, m.code) for m in gathered.marks["t1", "h2"]] == [(Who("coder_a", 2, "plain"), "SEC.trust")]
    assert left_out(gathered)[1:4] == [
        "3 codings that their coder coded again, as a code was split",
        "1 codings whose code was split, and that wait for their coder",
        "1 annotations that are kept apart (table quarantine)",
    ]


def test_a_passage_that_is_not_in_its_text_any_more_counts_for_the_text(study: Study) -> None:
    study.write(ShownText, [shown("t1", "[erased]")])

    marks = next(gather(study).sources()).marks
    assert {(m.who.coder, m.code, m.start, m.end) for m in marks} == {
        ("coder_a", "SEC.mal", None, None),
        ("coder_a", "USE.err", None, None),
        ("coder_b", "SEC.mal", None, None),
        ("coder_b", "USE.place", None, None),
    }


def test_codes_of_whole_texts_can_be_passages_for_programs_that_know_no_others(
    study: Study, tmp_path: Path, make_study: MakeStudy
) -> None:
    path, other = tmp_path / "passages.qdpx", make_study(name="other")
    write_qdpx(path, gather(study), passages=True)
    imported(other, path)

    sources = RefiProject.load(path, str(tmp_path / "out")).sources.text_source
    assert [coding for source in sources for coding in source.coding] == []
    assert imported_codings(other) == given_codings(study)


def test_texts_of_one_title_have_names_of_their_own(study: Study, tmp_path: Path) -> None:
    study.write(Thread, [thread(name, "github", 2023, title="Same") for name in TEXTS])
    write_qdpx(tmp_path / "x.qdpx", gather(study))

    names = [source.name for source in RefiProject.load(tmp_path / "x.qdpx", str(tmp_path)).sources.text_source]
    assert names == ["Same", "Same (t1)", "Same (t2)", "Same (t3)"]


def test_a_code_with_codes_under_it_is_codable_if_it_was_given(study: Study, tmp_path: Path) -> None:
    study.write(Coding, [replace(row, code="SEC") for row in study.read(Coding) if row.code == "SEC.trust"])
    write_qdpx(tmp_path / "x.qdpx", gather(study))

    themes = RefiProject.load(tmp_path / "x.qdpx", str(tmp_path)).code_book.codes.code
    assert [(theme.name, theme.is_codable) for theme in themes] == [("Usability", False), ("Security", True)]


def test_the_example_study_comes_back_equal(tmp_path: Path, run: Callable[..., Any], make_study: MakeStudy) -> None:
    folder = tmp_path / "example"
    for arguments in (
        ("codebook", "init", "--example", folder),
        ("collect", "threads", "--from-raw", "--study", folder),
        ("coding", "pull", "--from-raw", "--study", folder),
        ("codebook", "export", tmp_path / "x.qdpx", "--study", folder),
    ):
        assert run(*arguments).code == 0
    study, other = Study.open(folder), make_study(name="other")
    imported(other, tmp_path / "x.qdpx")

    with zipfile.ZipFile(tmp_path / "x.qdpx") as packed:
        SCHEMA.assertValid(etree.fromstring(packed.read("project.qde")))
    assert len(given_codings(study)) > 100
    assert imported_codings(other) == given_codings(study)
    assert other.codebook.codes == study.codebook.codes
    assert {row.text for row in other.read(ImportedText)} == {row.text for row in study.read(ShownText)}


def test_importing_the_same_file_again_changes_no_row(written: Path, make_study: MakeStudy) -> None:
    other = make_study(name="other")
    imported(other, written)
    before = list(other.read(ImportedCoding))
    said = imported(other, written)

    assert list(other.read(ImportedCoding)) == before
    assert said[0] == "study.qdpx: its codes are those of codebook.yaml, which stays as it is"
    assert said[1] == "study.qdpx: 4 texts, 10 codings, stored before"


def test_an_import_that_was_stopped_is_none(written: Path, make_study: MakeStudy) -> None:
    other = make_study(name="other")
    with opened(written) as archive, ledger.run(other, "codebook import", {}) as run:
        project = read_qdpx(archive)
        sources = list(project.sources(take_over(project.codes(), "", ()).ids))

        def stops() -> object:
            yield sources[0]
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            stored.keep(other, run, "half", "x.qdpx", stops())  # type: ignore[arg-type]
    assert stored.read(other).texts == []
    imported(other, written)
    assert len(stored.read(other).texts) == len(TEXTS) + 1
