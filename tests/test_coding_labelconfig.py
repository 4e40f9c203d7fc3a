"""The labelling page that Label Studio gets."""

from pathlib import Path
from xml.etree import ElementTree as ET

from codebook.themes import Codebook
from coding.labelconfig import hint, label_config

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
<View className="qd-left"><HyperText name="thread" value="$html" inline="true" /></View>\
<View className="qd-right">\
<Header value="Codes" size="5" />\
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
placeholder="Why; doubts; what the codebook lacks" />\
<Header value="Codebook 1.0.0" size="5" />\
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
    page = ET.fromstring(label_config(book(tmp_path)))

    assert [child.tag for child in page] == ["Style", "View"]
    assert ET.tostring(page[1], encoding="unicode") == EXPECTED


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
