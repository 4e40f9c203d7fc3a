"""Codes to .qdc, CSV, Markdown and YAML, and back: whatever their texts are, they come back equal."""

from pathlib import Path

import pytest
from exchange_rig import any_machine, codebooks, loaded, nasty
from hypothesis import example, given
from lxml import etree

from codebook.errors import StudyError
from codebook.exchange import wording
from codebook.exchange.escapes import held, unheld
from codebook.exchange.guids import guid
from codebook.exchange.qdc import as_qdc, read_qdc
from codebook.exchange.sheets import as_csv, as_markdown, read_csv
from codebook.exchange.taken_over import NOT_DEFINED, Taken, as_yaml, take_over
from codebook.themes import Code, Codebook

EXAMPLE = Codebook.load(Path(__file__).resolve().parents[1] / "codebook" / "example" / "codebook.yaml")
SCHEMA = etree.XMLSchema(file=Path(__file__).with_name("refi_qda") / "Codebook.xsd")


def from_qdc(content: str, known: dict[str, str] | None = None) -> Taken:
    return take_over(*read_qdc(content.encode(), "x.qdc"), (known or {}).items())


def from_csv(content: str) -> Taken:
    entries, _ = read_csv(content.encode(), "x.csv")
    return take_over(entries, "", ())


@any_machine
@given(nasty)
@example("_x0041\x07")
@example("_x005F_x0007_")
def test_every_text_comes_back_from_what_xml_can_hold(text: str) -> None:
    etree.fromstring(f"<x>{held(text).translate({60: 32, 38: 32, 62: 32})}</x>".encode())

    assert unheld(held(text)) == text


def test_control_characters_and_what_looks_like_their_escape_are_told_apart() -> None:
    assert held("a\x07b _x0007_ snake_x1 _xyz") == "a_x0007_b _x005F_x0007_ snake_x1 _xyz"


@any_machine
@given(codebooks())
def test_a_codebook_comes_back_equal_from_qdc_which_the_schema_holds_valid(book: Codebook) -> None:
    written = as_qdc(book)
    taken = from_qdc(written)

    SCHEMA.assertValid(etree.fromstring(written.encode()))
    assert {code.id: code for code in taken.codes} == book.codes
    assert (taken.version, taken.made) == ("1.2.3", ())


@any_machine
@given(codebooks())
def test_a_codebook_comes_back_equal_from_csv_in_its_order(book: Codebook) -> None:
    written = as_csv(book)

    assert list(from_csv(written).codes) == list(book.codes.values())
    assert read_csv(written.encode(), "x.csv")[1] == "1.2.3"


@any_machine
@given(codebooks())
def test_a_codebook_comes_back_equal_from_yaml_in_its_order(book: Codebook) -> None:
    again = loaded(book.version, book.codes.values())

    assert list(again.codes.values()) == list(book.codes.values())
    assert again.version == book.version


def test_the_example_codebook_keeps_its_order_in_every_format() -> None:
    codes = list(EXAMPLE.codes.values())

    assert list(from_qdc(as_qdc(EXAMPLE)).codes) == codes
    assert list(from_csv(as_csv(EXAMPLE)).codes) == codes
    assert list(loaded("1.0.0", codes).codes.values()) == codes


def test_themes_are_not_codable_and_codes_are_with_all_that_is_known_of_them() -> None:
    theme = Code(id="SEC", name="Security", definition="A risk.")
    code = Code(
        id="SEC.mal",
        name="Malicious <code>",
        definition="Code is feared.\nInclude:",
        include=("Named.", "Two\nlines"),
        examples=("=1+1",),
        parent="SEC",
    )
    old = Code(id="SEC.old", name="Old", definition="Once.", parent="SEC", status="retired")

    assert as_qdc(Codebook("2.0.0", {"SEC": theme, "SEC.mal": code, "SEC.old": old}, "")).split("\n", 2)[2] == (
        "  <Codes>\n"
        '    <Code guid="1916a1e6-724b-51bb-9c82-08f433f6e5bd" name="Security" isCodable="false">\n'
        "      <Description>A risk.\n\nCode: SEC</Description>\n"
        '      <Code guid="5e2ae5d3-fc2d-58c6-80d2-ea0443155386" name="Malicious &lt;code&gt;" isCodable="true">\n'
        "        <Description>Code is feared.\n\\Include:\n\n"
        "Include:\n- Named.\n- Two\n  lines\n\n"
        "Examples:\n- =1+1\n\n"
        "Code: SEC.mal</Description>\n"
        "      </Code>\n"
        '      <Code guid="378fe851-ad75-561d-b3b2-9868de946ece" name="Old" isCodable="true">\n'
        "        <Description>Once.\n\nCode: SEC.old\nStatus: retired</Description>\n"
        "      </Code>\n"
        "    </Code>\n"
        "  </Codes>\n"
        "</CodeBook>\n"
    )


def test_inner_codes_are_not_codable() -> None:
    codable = {e.get("name"): e.get("isCodable") for e in etree.fromstring(as_qdc(EXAMPLE).encode()).iter("{*}Code")}

    assert [codable[code.name] for code in EXAMPLE.themes() if EXAMPLE.children(code.id)] == ["false"] * sum(
        bool(EXAMPLE.children(code.id)) for code in EXAMPLE.themes()
    )
    assert {codable[code.name] for code in EXAMPLE.leaves()} == {"true"}


FOREIGN = """\
<?xml version="1.0" encoding="utf-8"?>
<CodeBook xmlns="urn:QDA-XML:codebook:1.0" origin="NVivo"><Codes>
 <Code guid="{5215CC69-B628-4E02-AFB9-9BEEAEE55808}" name="Topics" isCodable="false">
  <Code guid="d7aa29da-519b-4946-9b90-253b6db8fd0a" name="Trust &amp; fear" isCodable="true" color="#ffff00">
   <Description>Anything about trust.&#13;
Exclude:&#13;
- Mere jokes.</Description></Code>
  <Code guid="0dcef2f5-e55c-49da-8c33-9b0803c7aeb4" name="trust fear" isCodable="true"/>
  <Code guid="9fa9bcb7-5b59-47a9-8c3e-f65cffdc7520" name="信頼" isCodable="true"/>
 </Code>
</Codes><Sets><Set guid="9fa9bcb7-5b59-47a9-8c3e-f65cffdc7521" name="s"/></Sets></CodeBook>
"""


def test_another_programs_codes_get_ids_from_their_names_always_the_same() -> None:
    taken = from_qdc(FOREIGN)

    assert taken == from_qdc(FOREIGN)
    assert [(c.id, c.parent, c.name, c.definition, c.exclude) for c in taken.codes] == [
        ("Topics", None, "Topics", NOT_DEFINED, ()),
        ("Topics.Trust_fear", "Topics", "Trust & fear", "Anything about trust.", ("Mere jokes.",)),
        ("Topics.trust_fear_2", "Topics", "trust fear", NOT_DEFINED, ()),
        ("Topics.code_2411804b", "Topics", "信頼", NOT_DEFINED, ()),
    ]
    assert (taken.version, len(taken.made), len(taken.undefined)) == ("", 4, 3)


def test_an_id_is_known_again_by_the_guid_alone_or_by_the_description_alone() -> None:
    guid_alone = FOREIGN.replace("0dcef2f5-e55c-49da-8c33-9b0803c7aeb4", guid("code", "SEC.mal"))
    said_alone = FOREIGN.replace("- Mere jokes.", "- Mere jokes.&#13;\n&#13;\nCode: SEC.joke&#13;\nStatus: proposed")

    by_guid = [code.id for code in from_qdc(guid_alone, {guid("code", "SEC.mal"): "SEC.mal"}).codes]
    by_word = from_qdc(said_alone).codes[1]
    assert by_guid == ["Topics", "Topics.Trust_fear", "SEC.mal", "Topics.code_2411804b"]
    assert (by_word.id, by_word.status, by_word.exclude) == ("SEC.joke", "proposed", ("Mere jokes.",))


def test_a_csv_of_a_spreadsheet_with_names_alone_and_semicolons_is_read() -> None:
    taken = from_csv('\ufeffname;parent;definition\r\nTrust;;A theme\r\nOwner; Trust ;"Who; says"\r\n;;\r\n')

    assert [(c.id, c.parent, c.name, c.definition) for c in taken.codes] == [
        ("Trust", None, "Trust", "A theme"),
        ("Trust.Owner", "Trust", "Owner", "Who; says"),
    ]


def test_no_cell_of_a_csv_is_a_formula() -> None:
    code = Code(id="A", name="=HYPERLINK(1)", definition="-1", include=("@x",), exclude=("'=1",), examples=(" +1",))

    assert as_csv(Codebook("1.0.0", {"A": code}, "")).split("\r\n")[1] == (
        "A,,'=HYPERLINK(1),'-1,'@x,''=1,' \\ +1,active,1.0.0".replace("' \\ +1", "\\ +1")
    )


def test_markdown_shows_words_as_words() -> None:
    code = Code(id="A", name="<b>*x*", definition="One.\n\n[two](javascript:x)", include=("a | b\n# c",))

    assert as_markdown(Codebook("1.0.0", {"A": code}, ""), "T\x1b[31m") == (
        "# T\ufffd\\[31m\n\nCodebook, version 1.0.0: 1 themes and codes.\n\n"
        "## \\<b\\>\\*x\\*\n\n`A`\n\nOne.\n\n\\[two\\](javascript:x)\n\n"
        "Speaks for it:\n\n- a \\| b \\# c\n"
    )


@any_machine
@given(nasty)
def test_a_description_from_elsewhere_is_read_without_an_error(text: str) -> None:
    said = wording.read(text)

    assert said.definition == said.definition.strip()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("", "x.csv: has no codes\n  A row a code, with the columns id, parent"),
        ("name,colour\nA,red\n", "x.csv:1: unknown column 'colour'\n  Columns are:"),
        ("name,defintion\nA,red\n", "x.csv:1: unknown column 'defintion'\n  Did you mean 'definition'?"),
        ("id\nA\n", "x.csv:1: needs a column `name`, and each once"),
        ("id,name\nA,x\n\nA,y\n", "x.csv:4: 'A' is there twice, first on line 2"),
        ("id,name\nA b,x\n", "x.csv:2: the id 'A b' is not letters, digits, dot, dash and underscore"),
        ("id,name,parent\nAlpha,x,\nB,y,Alpa\n", "x.csv:3: has the parent 'Alpa', which the file does not have"),
        ("id,name,parent\nA,x,B\nB,y,A\n", "x.csv:2: is its own ancestor\n  Break the cycle"),
        ("id,name,status\nA,x,gone\n", "x.csv:2: `status` is one of active, proposed, retired, not 'gone'"),
        ("id,name\nA,x,y\n", "x.csv:2: has more cells than there are columns"),
        ('id,name\nA,"x"y\n', "x.csv:2: not valid CSV: "),
        ("id,name,codebook_version\nA,x,1.0.0\nB,y,2.0.0\n", "x.csv: names several versions: 1.0.0, 2.0.0"),
    ],
)
def test_what_is_wrong_in_a_csv_is_said_with_file_and_line(content: str, error: str) -> None:
    with pytest.raises(StudyError) as raised:
        from_csv(content)

    assert str(raised.value).startswith(error)


def test_a_csv_that_is_not_utf8_is_an_error() -> None:
    with pytest.raises(StudyError, match=r"x\.csv: is not UTF-8 \(byte 5\)"):
        read_csv(b"name\n\xff", "x.csv")


def test_yaml_quotes_what_yaml_would_take_for_something_else() -> None:
    codes = [Code(id="null", name="yes", definition="1.0"), Code(id="true", parent="null", name="~", definition="a: b")]

    assert as_yaml("1.0.0", codes).count('"') > 0
    assert list(loaded("1.0.0", codes).codes.values()) == codes
