"""Files of strangers: what others' programs write, what is damaged, and what is meant to harm."""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from exchange_rig import any_machine
from hypothesis import given
from hypothesis import strategies as st

from codebook.errors import StudyError
from codebook.exchange import archive
from codebook.exchange.archive import opened
from codebook.exchange.project import Mark, Who
from codebook.exchange.qdc import read_qdc
from codebook.exchange.qdpx_in import read_qdpx
from codebook.exchange.taken_over import take_over

GUIDS = [f"00000000-0000-0000-0000-00000000000{n}" for n in range(10)]
CODES = f'<CodeBook><Codes><Code guid="{GUIDS[1]}" name="A" isCodable="true"/></Codes></CodeBook>'
HEAD = '<?xml version="1.0"?><Project xmlns="urn:QDA-XML:project:1.0" name="p" origin="ATLAS.ti">'

BAD = '<PlainTextSelection startPosition="1e3" endPosition="2"/></TextSource></Sources>'

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a .qdpx of an XML body and files in it."""

    def write(inside: str, files: dict[str, bytes] | None = None, name: str = "project.qde") -> Path:
        path = tmp_path / "x.qdpx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(name, f"{HEAD}{inside}</Project>")
            for each, content in (files or {}).items():
                packed.writestr(each, content)
        return path

    return write


def read(path: Path) -> tuple[list[tuple[str, str, tuple[Mark, ...]]], dict[str, int]]:
    """Texts with their codings, and what was left out."""
    with opened(path) as packed:
        project = read_qdpx(packed)
        ids = take_over(project.codes(), project.origin, ()).ids
        found = [(source.name, source.text, source.marks) for source in project.sources(ids)]
    return found, {what: number for what, number in project.left_out.items() if number}


def error(path: Path) -> str:
    with pytest.raises(StudyError) as raised:
        read(path)
    return str(raised.value)


def test_a_project_as_others_write_it_is_read_and_what_has_no_place_is_counted(make: Make) -> None:
    coding = f'<Coding guid="{GUIDS[5]}" creatingUser="{{{GUIDS[2]}}}" creationDateTime="2024-01-02T03:04:05+02:00">'
    ref, gone = f'<CodeRef targetGUID="{GUIDS[1]}"/>', f'<CodeRef targetGUID="{GUIDS[9]}"/>'
    inside = f"""
<Users><User guid="{GUIDS[2]}" name="Jane Doe" id="JD"/></Users>{CODES}
<Cases><Case guid="{GUIDS[3]}" name="c"/></Cases>
<Sources>
 <TextSource guid="{GUIDS[4]}" name="Talk" plainTextPath="internal://TALK.TXT" richTextPath="internal://talk.docx">
  <PlainTextSelection guid="{GUIDS[6]}" startPosition="3" endPosition="5">{coding}{ref}
    <NoteRef targetGUID="{GUIDS[7]}"/></Coding><Coding guid="{GUIDS[5]}">{gone}</Coding></PlainTextSelection>
  <PlainTextSelection guid="{GUIDS[6]}" startPosition="0" endPosition="99">{coding}{ref}</Coding></PlainTextSelection>
  <PlainTextSelection guid="{GUIDS[6]}" startPosition="0" endPosition="1"/>
  <PlainTextSelection guid="{GUIDS[6]}" startPosition="5" endPosition="6"><Description>said</Description>
    <Coding guid="{GUIDS[8]}">{ref}</Coding></PlainTextSelection>
  <Coding guid="{GUIDS[8]}">{ref}</Coding>
 </TextSource>
 <TextSource guid="{GUIDS[5]}" name="Elsewhere" plainTextPath="absolute:///etc/passwd"/>
 <PictureSource guid="{GUIDS[6]}" path="internal://x.png"/>
</Sources>
<Notes><Note guid="{GUIDS[7]}"><PlainTextContent>why</PlainTextContent></Note></Notes>
<Links><Link guid="{GUIDS[9]}"/></Links><Sets><Set guid="{GUIDS[9]}" name="s"/></Sets>"""
    found, left_out = read(make(inside, {"sources/talk.txt": "\ufeffdé👍 e\u0301!".encode()}))

    at = datetime(2024, 1, 2, 1, 4, 5)  # noqa: DTZ001 - as tables hold it
    whole = Mark(who=Who("unknown"), code="A")
    noted = Mark(who=Who("Jane Doe"), code="A", start=3, end=5, memo="why", at=at)
    described = Mark(who=Who("unknown"), code="A", start=5, end=6, memo="said")
    assert found == [("Talk", "dé👍 e\u0301!", (noted, described, whole))]
    assert left_out == {
        "PictureSource elements": 1,
        "cases": 1,
        "codings of passages that are not in their text": 1,
        "codings whose code is not in the codebook": 1,
        "links": 1,
        "passages without a code": 1,
        "sets": 1,
        "texts that are not in the file as plain text in UTF-8": 1,
    }


DTD = '<?xml version="1.0"?><!DOCTYPE CodeBook [{}]><CodeBook><Codes><Code name="{}"/></Codes></CodeBook>'


@pytest.mark.parametrize(
    "content",
    [
        DTD.format('<!ENTITY e SYSTEM "file:///etc/passwd">', "&e;"),
        DTD.format('<!ENTITY a "1234567890"><!ENTITY b "&a;&a;&a;&a;&a;">', "&b;"),
        DTD.format('<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;', "x"),
        '<?xml version="1.0"?><!DOCTYPE CodeBook SYSTEM "http://127.0.0.1:9/x.dtd"><CodeBook/>',
    ],
)
def test_no_file_with_a_document_type_is_read(content: str) -> None:
    with pytest.raises(StudyError, match=r"x\.qdc: has a document type definition or entities"):
        read_qdc(content.encode(), "x.qdc")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "x.qdc:1: not well-formed XML: no element found"),
        ("<CodeBook>\n<Codes></CodeBook>", "x.qdc:2: not well-formed XML: mismatched tag"),
        ('<?xml version="1.0" encoding="klingon"?><a/>', "x.qdc: not readable XML: unknown encoding: klingon"),
        ("<Project/>", "x.qdc: begins with <Project>, not with <CodeBook>\n  A codebook is a .qdc file"),
        ("<CodeBook/>", "x.qdc: has no <Code>"),
        ('<CodeBook><Codes><Code name="A" guid="1"/></Codes></CodeBook>', "x.qdc: <Code> 'A': its guid '1' is none"),
        (
            CODES.replace("</Codes>", f'<Code name="B" guid="{{{GUIDS[1]}}}"/></Codes>'),
            "x.qdc: <Code> 'B': has the GUID of x.qdc: <Code> 'A'",
        ),
    ],
)
def test_what_is_wrong_in_a_codebook_is_said_with_file_and_element(content: str, said: str) -> None:
    with pytest.raises(StudyError) as raised:
        read_qdc(content.encode(), "x.qdc")

    assert str(raised.value).startswith(said)


def test_codes_nested_a_hundred_thousand_deep_are_an_error() -> None:
    levels = 100_000
    nested = "".join(f'<Code name="c" guid="00000000-0000-0000-0000-{n:012}">' for n in range(levels))
    content = f"<CodeBook><Codes>{nested}{'</Code>' * levels}</Codes></CodeBook>".encode()

    with pytest.raises(StudyError, match="is nested too deeply"):
        read_qdc(content, "x.qdc")


def test_more_elements_than_memory_would_hold_are_an_error() -> None:
    with pytest.raises(StudyError, match=r"x\.qdc: has more elements than are read"):
        read_qdc(b"<CodeBook>" + b"<a/>" * 8_000_000 + b"</CodeBook>", "x.qdc")


def test_more_codes_than_a_codebook_has_are_an_error() -> None:
    many = "".join(f'<Code name="c" guid="00000000-0000-0000-0000-{n:012}"/>' for n in range(10_001))
    entries, origin = read_qdc(f"<CodeBook><Codes>{many}</Codes></CodeBook>".encode(), "x.qdc")

    with pytest.raises(StudyError, match="has 10001 codes"):
        take_over(entries, origin, ())


@pytest.mark.parametrize(
    "name", ["../out.txt", "sources/../../out.txt", "/etc/out.txt", "sources\\..\\out.txt", "C:/out.txt"]
)
def test_a_file_in_the_zip_whose_name_leads_elsewhere_refuses_the_whole(make: Make, name: str) -> None:
    assert "which leads elsewhere" in error(make(CODES, {name: b"x"}))


def test_a_text_whose_path_leads_elsewhere_is_an_error(make: Make) -> None:
    source = f'<Sources><TextSource guid="{GUIDS[4]}" plainTextPath="internal://../../etc/passwd"/></Sources>'

    assert "'../../etc/passwd', which leads elsewhere" in error(make(CODES + source))


def test_a_text_larger_than_a_text_can_be_is_not_unpacked_to_the_end(make: Make) -> None:
    source = f'<Sources><TextSource guid="{GUIDS[4]}" plainTextPath="internal://a.txt"/></Sources>'
    bomb = make(CODES + source, {"sources/a.txt": b"\0" * (archive.SOURCE_LIMIT + 1)})

    assert bomb.stat().st_size < 100_000
    assert error(bomb).startswith("x.qdpx: sources/a.txt: is larger than 16777216 bytes when unpacked")


def test_a_project_or_a_whole_that_is_too_large_is_an_error(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "PROJECT_LIMIT", 100)
    assert "project.qde: is larger than 100 bytes" in error(make(CODES))
    monkeypatch.setattr(archive, "PROJECT_LIMIT", 10_000)
    monkeypatch.setattr(archive, "TOTAL_LIMIT", 120)
    assert "project.qde: is larger than 120 bytes" in error(make(CODES))
    monkeypatch.setattr(archive, "MEMBERS", 0)
    assert error(make(CODES)).startswith("x.qdpx: has 1 files in it")


@pytest.mark.parametrize("name", ["other.xml", "inner/project.qde"])
def test_a_zip_without_a_project_is_an_error(make: Make, name: str) -> None:
    assert error(make(CODES, name=name)).startswith("x.qdpx: has no project.qde")


def test_a_zip_with_two_files_of_one_name_is_an_error(make: Make) -> None:
    assert error(make(CODES, {"PROJECT.QDE": b""})).startswith("x.qdpx: has two files 'PROJECT.QDE'")


def test_what_is_no_zip_or_a_damaged_one_is_an_error(make: Make, tmp_path: Path) -> None:
    (tmp_path / "no.qdpx").write_bytes(b"not a zip")
    damaged = make(CODES)
    content = damaged.read_bytes()
    damaged.write_bytes(content[:60] + b"\xff" * 20 + content[80:])

    assert error(tmp_path / "no.qdpx").startswith("no.qdpx: is no zip file: File is not a zip file")
    assert error(damaged).startswith("x.qdpx: project.qde: cannot be unpacked: ")


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ('<Sources><TextSource guid="x" name="T"/></Sources>', "<TextSource> 'T': guid 'x' is no GUID"),
        (
            f'<Sources><TextSource guid="{GUIDS[4]}"><PlainTextContent>t</PlainTextContent>{BAD}',
            "<PlainTextSelection>: startPosition '1e3' is no number",
        ),
        (
            f'<Sources><TextSource guid="{GUIDS[4]}"/><TextSource guid="{GUIDS[4]}" name="B"/></Sources>',
            "<TextSource> 'B': its GUID is there twice",
        ),
        ('<Users><User guid="" name="U"/></Users>', "<User> 'U': guid '' is no GUID"),
    ],
)
def test_what_is_wrong_in_a_project_is_said_with_file_and_element(make: Make, inside: str, said: str) -> None:
    assert error(make(CODES + inside)) == f"x.qdpx: project.qde: {said}"


@any_machine
@given(st.binary(max_size=200))
def test_bytes_that_are_no_project_are_an_error_and_never_a_traceback(junk: bytes) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("project.qde", junk)

    with zipfile.ZipFile(out) as packed, pytest.raises(StudyError):
        read_qdpx(archive.Archive(packed, "x.qdpx"))


_TAGS = ["Sources", "TextSource", "PlainTextSelection", "Coding", "CodeRef", "NoteRef", "Notes", "Note", "Sets", "Set"]
_TAGS += ["Users", "User", "PlainTextContent", "VariableValue", "VariableRef", "TextValue", "Variables", "Variable"]


def _element(tag: str, own: str, inner: list[str]) -> str:
    place = 'startPosition="0" endPosition="1" name="n" plainTextPath="internal://a.txt"'
    return f'<{tag} guid="{own}" targetGUID="{own}" creatingUser="{own}" {place}>{"".join(inner)}</{tag}>'


_elements = st.recursive(
    st.sampled_from(["text", "<A/>"]),
    lambda inner: st.builds(_element, st.sampled_from(_TAGS), st.sampled_from(GUIDS[:3]), st.lists(inner, max_size=4)),
    max_leaves=20,
)


@any_machine
@given(st.lists(_elements, max_size=4).map("".join))
def test_elements_in_places_where_they_do_not_belong_are_an_error_or_left_out(inside: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("project.qde", f"{HEAD}{CODES}<Sources>{inside}</Sources>{inside}</Project>")
        packed.writestr("sources/a.txt", "text")

    with zipfile.ZipFile(out) as packed:
        try:
            project = read_qdpx(archive.Archive(packed, "x.qdpx"))
            texts = list(project.sources({GUIDS[1]: "A"}))
        except StudyError as error:
            said, texts = error.where, []
        else:
            said = project.where
    assert said.startswith("x.qdpx: project.qde")
    assert all(mark.code == "A" for text in texts for mark in text.marks)
