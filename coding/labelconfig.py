"""The labelling page of Label Studio, generated from the codebook.

The thread stands on the left; what the coder fills in stands on the right and stays in sight: the codes as a tree
with definitions as hints, how sure the coder is, a memo, and the codebook to look things up. A choice's ``alias`` is
the code's id: Label Studio stores that, so that names may change.
"""

from importlib.resources import files
from typing import get_args
from xml.etree import ElementTree as ET

from codebook.harmless import one_line
from codebook.rows.coding import Confidence
from codebook.themes import Code, Codebook

THREAD, CODES, CONFIDENCE, MEMO = "thread", "codes", "confidence", "memo"
"""Names of the page's parts in annotations."""


def label_config(codebook: Codebook) -> str:
    """Give the XML of the labelling page."""
    page = ET.Element("View")
    ET.SubElement(page, "Style").text = (files("coding") / "page.css").read_text(encoding="utf-8")
    columns = ET.SubElement(page, "View", className="qd")
    left = ET.SubElement(columns, "View", className="qd-left")
    ET.SubElement(left, "HyperText", name=THREAD, value="$html", inline="true")
    right = ET.SubElement(columns, "View", className="qd-right")
    _questions(right, codebook)
    _lookup(right, codebook)
    return ET.tostring(page, encoding="unicode")


def _questions(parent: ET.Element, codebook: Codebook) -> None:
    ET.SubElement(parent, "Header", value="Codes", size="5")
    tree = ET.SubElement(
        parent,
        "Taxonomy",
        name=CODES,
        toName=THREAD,
        leafsOnly="true",
        showFullPath="true",
        pathSeparator=" / ",
        minWidth="340px",
        maxWidth="340px",
        placeholder="Choose codes; leave empty if none applies",
    )
    _choices(tree, codebook)
    ET.SubElement(parent, "Header", value="How sure are you?", size="5")
    sure = ET.SubElement(parent, "Choices", name=CONFIDENCE, toName=THREAD, choice="single", showInLine="true")
    for word in get_args(Confidence):
        ET.SubElement(sure, "Choice", value=word)
    ET.SubElement(parent, "Header", value="Memo", size="5")
    ET.SubElement(
        parent,
        "TextArea",
        name=MEMO,
        toName=THREAD,
        rows="3",
        editable="true",
        maxSubmissions="1",
        showSubmitButton="false",
        placeholder="Why; doubts; what the codebook lacks",
    )


def _choices(tree: ET.Element, codebook: Codebook) -> None:
    made: dict[str, ET.Element] = {}
    for leaf in codebook.leaves():
        parent = tree
        for code in codebook.path(leaf.id):
            if code.id not in made:
                made[code.id] = ET.SubElement(
                    parent, "Choice", value=one_line(code.name), alias=code.id, hint=hint(code)
                )
            parent = made[code.id]


def hint(code: Code) -> str:
    """What a coder is told about a code: definition, signs for it, signs against it."""
    parts = [code.definition]
    parts += [f"Yes: {sign}" for sign in code.include]
    parts += [f"No: {sign}" for sign in code.exclude]
    return "\n".join(one_line(part) for part in parts)


def _lookup(parent: ET.Element, codebook: Codebook) -> None:
    ET.SubElement(parent, "Header", value=f"Codebook {codebook.version}", size="5")
    panels = ET.SubElement(parent, "Collapse", bordered="true")
    for theme in codebook.themes():
        panel = ET.SubElement(panels, "Panel", value=one_line(theme.name))
        leaves = [leaf for leaf in codebook.leaves() if codebook.theme_of(leaf.id) is theme]
        for code in (theme, *(leaf for leaf in leaves if leaf is not theme)):
            _words(panel, "qd-name", one_line(code.name))
            _words(panel, "qd-hint", "\n".join([hint(code), *(f"Example: {one_line(e)}" for e in code.examples)]))


def _words(parent: ET.Element, kind: str, words: str) -> None:
    ET.SubElement(ET.SubElement(parent, "View", className=kind), "Header", value=words, size="6")
