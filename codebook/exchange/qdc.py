"""REFI-QDA codebooks, ``.qdc``: one XML file of codes.

Source: REFI-QDA 1.5 (2019), sections 5.2 and 11, https://www.qdasoftware.org/codebook-exchange/
"""

import io

from codebook.exchange.codes_xml import Entry, origin, read_codes, write_codes
from codebook.exchange.xml_text import XmlWriter, attribute, child, parse
from codebook.themes import Codebook

NAMESPACE = "urn:QDA-XML:codebook:1.0"


def as_qdc(codebook: Codebook) -> str:
    """A codebook as REFI-QDA, valid by the standard's ``Codebook.xsd``.

    Raises:
        StudyError: It has no codes, or they are nested too deeply.
    """
    out = io.StringIO()
    xml = XmlWriter(out)
    with xml.inside("CodeBook", xmlns=NAMESPACE, origin=origin(codebook)):
        write_codes(xml, codebook)
    return out.getvalue()


def read_qdc(content: bytes, where: str) -> tuple[list[Entry], str]:
    """The codes of a ``.qdc`` file, and what made it.

    Raises:
        StudyError: It is no such file; file and element are named.
    """
    root = parse(content, where, "CodeBook")
    return read_codes(child(root, "Codes"), where), attribute(root, "origin")
