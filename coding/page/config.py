"""The labelling page of Label Studio, generated from the codebook.

The thread stands on the left; what the coder fills in stands on the right and stays in sight: codes for passages, the
codes for the whole unit as a tree with definitions as hints, how sure the coder is, a memo, codes that the codebook
lacks, and the codebook to look things up. The ``alias`` of a choice and of a label is the code's id: Label Studio
stores that, so that names may change.
"""

import colorsys
from collections import Counter
from importlib.resources import files
from typing import get_args
from xml.etree import ElementTree as ET

from codebook.harmless import one_line
from codebook.rows.coding import Confidence
from codebook.themes import Code, Codebook

THREAD, CODES, CONFIDENCE, MEMO = "thread", "codes", "confidence", "memo"
PASSAGES, PROPOSALS = "passages", "proposals"
"""Names of the page's parts in annotations."""

SUGGESTED = "suggested"
"""The field of a task with the note that a machine has filled something in."""

_HOW = "Choose a code, then select the words. To take it off: click the passage, press Backspace."
_HUES = 0.618034
"""Steps of this share of the circle of colours keep hues apart, however many there are."""


def label_config(codebook: Codebook, *, suggests: bool = False) -> str:
    """Give the XML of the labelling page; of one on which a machine suggests, with the note that says so."""
    page, right = frame()
    if suggests:
        note = ET.SubElement(right, "View", className="qd-suggested")
        ET.SubElement(note, "Header", value=f"${SUGGESTED}", size="6")
    _passages(right, codebook)
    _questions(right, codebook)
    lookup(right, codebook)
    return ET.tostring(page, encoding="unicode")


def frame() -> tuple[ET.Element, ET.Element]:
    """A page with the thread on the left, and its right column, which is empty."""
    page = ET.Element("View")
    ET.SubElement(page, "Style").text = (files("coding.page") / "page.css").read_text(encoding="utf-8")
    columns = ET.SubElement(page, "View", className="qd")
    left = ET.SubElement(columns, "View", className="qd-left")
    ET.SubElement(left, "HyperText", name=THREAD, value="$html", inline="true", showLabels="true")
    return page, ET.SubElement(columns, "View", className="qd-right")


def _passages(parent: ET.Element, codebook: Codebook) -> None:
    ET.SubElement(parent, "Header", value="Codes of passages", size="5")
    words(parent, "qd-hint", _HOW)
    ET.SubElement(
        parent,
        "Filter",
        name="search",
        toName=PASSAGES,
        hotkey="shift+f",
        minlength="0",
        placeholder="Search (Shift+F); Enter takes the first",
    )
    shelf = ET.SubElement(parent, "View", className="qd-labels")
    labels = ET.SubElement(shelf, "HyperTextLabels", name=PASSAGES, toName=THREAD)
    names, colours = label_names(codebook), _colours(codebook)
    for leaf in codebook.leaves():
        about = {"value": names[leaf.id], "alias": leaf.id, "hint": hint(leaf), "background": colours[leaf.id]}
        ET.SubElement(labels, "Label", about)


def label_names(codebook: Codebook) -> dict[str, str]:
    """What each code is called where it stands without its theme: no name stands twice, and none is another code's id.

    Label Studio finds the label of a stored annotation by alias *or* name, whichever comes first; and ``$word`` in a
    name is for it a field of the task.
    """
    leaves = codebook.leaves()
    often = Counter(_label(leaf).casefold() for leaf in leaves)
    names: dict[str, str] = {}
    for leaf in leaves:
        name, theme = _label(leaf), _label(codebook.theme_of(leaf.id))
        told = f"{name} ({theme})" if often[name.casefold()] > 1 else name
        taken = told in names.values() or (told in codebook.codes and told != leaf.id)
        names[leaf.id] = f"{told} [{leaf.id}]" if taken else told
    return names


def _label(code: Code) -> str:
    return one_line(code.name).replace("$", "\uff04")


def _colours(codebook: Codebook) -> dict[str, str]:
    """A colour per code: a hue per theme, lighter from code to code."""
    colours: dict[str, str] = {}
    for number, theme in enumerate(codebook.themes()):
        of_theme = [leaf for leaf in codebook.leaves() if codebook.theme_of(leaf.id) is theme]
        for step, leaf in enumerate(of_theme):
            light = 0.38 + 0.3 * step / max(len(of_theme) - 1, 1)
            rgb = colorsys.hls_to_rgb(number * _HUES % 1, light, 0.65)
            colours[leaf.id] = "#" + "".join(f"{round(255 * part):02x}" for part in rgb)
    return colours


def _questions(parent: ET.Element, codebook: Codebook) -> None:
    tree(parent, codebook, "Choose codes; leave empty if none applies")
    ET.SubElement(parent, "Header", value="How sure are you?", size="5")
    sure = ET.SubElement(parent, "Choices", name=CONFIDENCE, toName=THREAD, choice="single", showInLine="true")
    for word in get_args(Confidence):
        ET.SubElement(sure, "Choice", value=word)
    written(parent, MEMO, "Memo", "Why; doubts")
    written(parent, PROPOSALS, "Propose a code", "A name for what the codebook lacks; one per line")


def tree(parent: ET.Element, codebook: Codebook, placeholder: str) -> None:
    """The codes of the whole unit, to choose from."""
    ET.SubElement(parent, "Header", value="Codes of the whole", size="5")
    taxonomy = ET.SubElement(
        parent,
        "Taxonomy",
        name=CODES,
        toName=THREAD,
        leafsOnly="true",
        showFullPath="true",
        pathSeparator=" / ",
        minWidth="340px",
        maxWidth="340px",
        placeholder=placeholder,
    )
    _choices(taxonomy, codebook)


def written(parent: ET.Element, name: str, title: str, placeholder: str) -> None:
    """A field to write in."""
    ET.SubElement(parent, "Header", value=title, size="5")
    ET.SubElement(
        parent,
        "TextArea",
        name=name,
        toName=THREAD,
        rows="3",
        editable="true",
        maxSubmissions="1",
        showSubmitButton="false",
        placeholder=placeholder,
    )


def _choices(taxonomy: ET.Element, codebook: Codebook) -> None:
    made: dict[str, ET.Element] = {}
    for leaf in codebook.leaves():
        parent = taxonomy
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


def lookup(parent: ET.Element, codebook: Codebook) -> None:
    """The codebook, to look things up."""
    ET.SubElement(parent, "Header", value=f"Codebook {codebook.version} ({codebook.sha256[:8]})", size="5")
    panels = ET.SubElement(parent, "Collapse", bordered="true")
    for theme in codebook.themes():
        panel = ET.SubElement(panels, "Panel", value=one_line(theme.name))
        leaves = [leaf for leaf in codebook.leaves() if codebook.theme_of(leaf.id) is theme]
        for code in (theme, *(leaf for leaf in leaves if leaf is not theme)):
            words(panel, "qd-name", one_line(code.name))
            words(panel, "qd-hint", "\n".join([hint(code), *(f"Example: {one_line(e)}" for e in code.examples)]))


def words(parent: ET.Element, kind: str, text: str) -> None:
    """Text in the right column; ``kind`` is a class of ``page.css``."""
    ET.SubElement(ET.SubElement(parent, "View", className=kind), "Header", value=text, size="6")
