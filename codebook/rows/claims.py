"""What platforms do about it: claims with their evidence, and the documents they quote."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from codebook.rows.column import Row, RunId, Time

Level = Literal["none", "documented", "warn", "prompt", "opt-in", "block", "unknown", "not_documented"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Row):
    """One statement about a platform's mechanism, with its evidence."""

    KEY: ClassVar[tuple[str, ...]] = ("claim_id",)

    claim_id: Annotated[str, "Hash of what is claimed and of its evidence"]
    platform: Annotated[str, "The platform"]
    component: Annotated[str, "The part of it that the claim is about"]
    package: Annotated[str | None, "Client package, where the evidence is code"]
    version: Annotated[str | None, "Release of the package"]
    released: Annotated[Time | None, "When that release came out, or the page was read"]
    mechanism: Annotated[str, "What protects, or does not"]
    parameter: Annotated[str | None, "The switch"]
    default: Annotated[str | None, "Its default value"]
    on_default: Annotated[str | None, "What happens if the user sets nothing"]
    level: Annotated[Level, "How strong it is; `unknown` and `not_documented` are not levels"]
    evidence_kind: Annotated[Literal["code", "documentation", "reviewer"], "Where the evidence stands"]
    path: Annotated[str | None, "File or page"]
    line: Annotated[int | None, "Line in it"]
    symbol: Annotated[str | None, "Function or class"]
    quote: Annotated[str | None, "At most 25 words"]
    sha256: Annotated[str | None, "SHA-256 of the file or page, hexadecimal"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Row):
    """One documentation page or release file that was read."""

    KEY: ClassVar[tuple[str, ...]] = ("document_id",)

    document_id: Annotated[str, "`<platform>:<path>@<sha256>`"]
    platform: Annotated[str, "The platform"]
    url: Annotated[str, "Where it was read"]
    sha256: Annotated[str, "SHA-256 of its bytes, hexadecimal"]
    read_at: Annotated[Time | None, "When it was read"]
    licence: Annotated[str | None, "Licence, where stated"]
    run_id: RunId
