"""The labelling page that Label Studio gets."""

from pathlib import Path
from xml.etree import ElementTree as ET

from codebook.themes import Codebook
from coding.page.config import hint, label_config, label_names

BOOK = """\
version: "1.0.0"
codes:
  - id: SEC
    name: Security & trust
    definition: A risk is named.
  - id: SEC.mal
    parent: SEC
    name: Fear of <b>malicious</b> "code"
    definition: Somebody fears harmful code.
    include: [Malware is named.]
    exclude: [Mere reluctance.]
    examples: ["What stops the author?"]
  - {id: SEC.old, parent: SEC, name: Old, definition: Not used any more., status: retired}
  - {id: SEC.new, parent: SEC, name: New, definition: Not used yet., status: proposed}
  - id: OTHER
    name: Something else
    definition: None of the others.
"""

EXPECTED = """\
<View className="qd">\
<View className="qd-left">\
<HyperText name="thread" value="$html" inline="true" showLabels="true" /></View>\
<View className="qd-right">\
<Header value="Codes of passages" size="5" />\
<View className="qd-hint"><Header value="Choose a code, then select the words. To take it off: click the passage, \
press Backspace." size="6" /></View>\
<Filter name="search" toName="passages" hotkey="shift+f" minlength="0" \
placeholder="Search (Shift+F); Enter takes the first" />\
<View className="qd-labels"><HyperTextLabels name="passages" toName="thread">\
<Label value="Fear of &lt;b&gt;malicious&lt;/b&gt; &quot;code&quot;" alias="SEC.mal" \
hint="Somebody fears harmful code.&#10;Yes: Malware is named.&#10;No: Mere reluctance." background="#a02222" />\
<Label value="Something else" alias="OTHER" hint="None of the others." background="#2247a0" />\
</HyperTextLabels></View>\
<Header value="Codes of the whole" size="5" />\
<Taxonomy name="codes" toName="thread" leafsOnly="true" showFullPath="true" pathSeparator=" / " minWidth="340px" \
maxWidth="340px" placeholder="Choose codes; leave empty if none applies">\
<Choice value="Security &amp; trust" alias="SEC" hint="A risk is named.">\
<Choice value="Fear of &lt;b&gt;malicious&lt;/b&gt; &quot;code&quot;" alias="SEC.mal" \
hint="Somebody fears harmful code.&#10;Yes: Malware is named.&#10;No: Mere reluctance." />\
</Choice>\
<Choice value="Something else" alias="OTHER" hint="None of the others." />\
</Taxonomy>\
<Header value="How sure are you?" size="5" />\
<Choices name="confidence" toName="thread" choice="single" showInLine="true">\
<Choice value="low" /><Choice value="medium" /><Choice value="high" />\
</Choices>\
<Header value="Memo" size="5" />\
<TextArea name="memo" toName="thread" rows="3" editable="true" maxSubmissions="1" showSubmitButton="false" \
placeholder="Why; doubts" />\
<Header value="Propose a code" size="5" />\
<TextArea name="proposals" toName="thread" rows="3" editable="true" maxSubmissions="1" showSubmitButton="false" \
placeholder="A name for what the codebook lacks; one per line" />\
<Header value="Codebook 1.0.0 (HASH)" size="5" />\
<Collapse bordered="true">\
<Panel value="Security &amp; trust">\
<View className="qd-name"><Header value="Security &amp; trust" size="6" /></View>\
<View className="qd-hint"><Header value="A risk is named." size="6" /></View>\
<View className="qd-name"><Header value="Fear of &lt;b&gt;malicious&lt;/b&gt; &quot;code&quot;" size="6" /></View>\
<View className="qd-hint"><Header value="Somebody fears harmful code.&#10;Yes: Malware is named.&#10;\
No: Mere reluctance.&#10;Example: What stops the author?" size="6" /></View>\
</Panel>\
<Panel value="Something else">\
<View className="qd-name"><Header value="Something else" size="6" /></View>\
<View className="qd-hint"><Header value="None of the others." size="6" /></View>\
</Panel>\
</Collapse>\
</View></View>"""


def book(tmp_path: Path, text: str = BOOK) -> Codebook:
    (tmp_path / "codebook.yaml").write_text(text, encoding="utf-8")
    return Codebook.load(tmp_path / "codebook.yaml")


def test_the_page_has_the_active_codes_with_ids_as_alias_and_definitions_as_hints(tmp_path: Path) -> None:
    loaded = book(tmp_path)
    page = ET.fromstring(label_config(loaded))

    assert [child.tag for child in page] == ["Style", "View"]
    assert ET.tostring(page[1], encoding="unicode") == EXPECTED.replace("HASH", loaded.sha256[:8])


def test_a_style_sheet_goes_with_the_page_that_needs_no_other_host(tmp_path: Path) -> None:
    style = ET.fromstring(label_config(book(tmp_path))).findtext("Style") or ""

    assert ".qd-right" in style
    assert "url(" not in style
    assert "@import" not in style


def test_the_page_depends_on_the_codebook_alone(tmp_path: Path) -> None:
    assert label_config(book(tmp_path)) == label_config(book(tmp_path))


def test_control_characters_in_a_codebook_leave_valid_xml(tmp_path: Path) -> None:
    codes = 'version: "1.0.0"\ncodes:\n  - {id: A, name: "a\\x1b[31mb", definition: "line one\\nline two \\x07"}\n'
    loaded = book(tmp_path, codes)

    choice = next(ET.fromstring(label_config(loaded)).iter("Choice"))
    assert choice.get("value") == "a\ufffd[31mb"
    assert hint(loaded.codes["A"]) == "line one line two \ufffd"


def many(count: int) -> str:
    """A codebook of six themes with ``count`` codes each, of which two have one name in all themes."""
    lines = ['version: "1.0.0"', "codes:"]
    for theme in range(6):
        lines.append(f"  - {{id: T{theme}, name: Theme {theme}, definition: d}}")
        for code in range(count):
            name = f"Same {code}" if code < 2 else f"Code {code} of {theme}"
            lines.append(f"  - {{id: T{theme}.{code}, parent: T{theme}, name: {name}, definition: d}}")
    return "\n".join(lines)


def test_forty_codes_have_names_of_their_own_and_colours_of_their_own(tmp_path: Path) -> None:
    labels = list(ET.fromstring(label_config(book(tmp_path, many(7)))).iter("Label"))

    assert len(labels) == 42
    assert len({label.get("value") for label in labels}) == 42
    assert len({label.get("background") for label in labels}) == 42
    assert [label.get("value") for label in labels[7:10]] == ["Same 0 (Theme 1)", "Same 1 (Theme 1)", "Code 2 of 1"]


def test_a_name_that_is_another_codes_id_or_stands_twice_in_a_theme_is_told_apart_by_its_id(tmp_path: Path) -> None:
    codes = """\
version: "1.0.0"
codes:
  - {id: A, name: B, definition: d}
  - {id: B, name: Of its own, definition: d}
  - {id: T, name: Theme, definition: d}
  - {id: T.1, parent: T, name: Twice, definition: d}
  - {id: T.2, parent: T, name: twice, definition: d}
  - {id: T.3, parent: T, name: Twice, definition: d}
  - {id: OWN, name: OWN, definition: d}
  - {id: COST, name: Costs $html, definition: d}
"""
    expected = {
        "A": "B [A]",
        "B": "Of its own",
        "T.1": "Twice (Theme)",
        "T.2": "twice (Theme)",
        "T.3": "Twice (Theme) [T.3]",
        "OWN": "OWN",
        "COST": "Costs \uff04html",
    }

    assert label_names(book(tmp_path, codes)) == expected
