"""What came from another program's project: its texts, and their codings. Kept apart from what coders did here."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from codebook.rows.coding import Confidence
from codebook.rows.column import Row, RunId, Time, Unit

_PROJECT = "The imported file: the first 16 hexadecimal digits of its SHA-256"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedText(Row):
    """One text of an imported project."""

    KEY: ClassVar[tuple[str, ...]] = ("project", "unit_id", "content_sha256")

    project: Annotated[str, _PROJECT]
    unit_id: Annotated[str, "The unit, where the project came from a study; else the GUID of the text in the project"]
    content_sha256: Annotated[str, "Hash of what was shown, as in `units`; of another project's text, of the text"]
    thread_id: Annotated[str | None, "The thread that the unit belongs to; null for another project's text"]
    name: Annotated[str, "What the project calls it"]
    text: Annotated[str, "The text that `start` and `end` of `imported_codings` count"]
    variables: Annotated[str, "What the project says of it, as JSON: name and value"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedCoding(Row):
    """One user of an imported project gave one text, or a passage of it, one code."""

    KEY: ClassVar[tuple[str, ...]] = (
        "project",
        "unit_id",
        "content_sha256",
        "coder",
        "round",
        "arm",
        "code",
        "start",
        "end",
    )

    project: Annotated[str, _PROJECT]
    unit_id: Annotated[str, "The text, as in `imported_texts`"]
    content_sha256: Annotated[str, "Which version of the text, as in `imported_texts`"]
    coder: Annotated[str, "The user's name in the project, or the coder whose codings were exported"]
    round: Annotated[int, "Coding round; 1 for another project's"]
    arm: Annotated[str, "As in `codings`; `plain` for another project's"]
    code: Annotated[str, "Code id that the import gave; empty where the coder read the text and gave no code"]
    start: Annotated[
        int | None, "First character of the passage; null for the whole text, or if it was erased", Unit("characters")
    ]
    end: Annotated[int | None, "First character behind the passage", Unit("characters")]
    quote: Annotated[str | None, "The passage itself"]
    confidence: Annotated[Confidence | None, "How sure the coder is; null where not stated"]
    memo: Annotated[str | None, "The notes on the coding, pseudonymised"]
    coded_at: Annotated[Time | None, "When the coding was made"]
    run_id: RunId
