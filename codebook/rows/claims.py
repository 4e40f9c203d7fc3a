"""What platforms do about it: claims with their evidence, and the documents they quote."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from codebook.rows.column import Row, RunId, Time, Unit

Level = Literal["none", "documented", "warn", "prompt", "opt-in", "block", "unknown", "not_documented"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Row):
    """One release of a platform's client package, and whether its code could be read."""

    KEY: ClassVar[tuple[str, ...]] = ("package", "version")

    package: Annotated[str, "Client package"]
    version: Annotated[str, "Release"]
    platform: Annotated[str, "The platform that it is a client of"]
    released: Annotated[Time | None, "When its first file was uploaded"]
    yanked: Annotated[bool, "It was withdrawn later"]
    archive: Annotated[str | None, "Name of the archive that was read"]
    files: Annotated[int, "Files of it that are kept", Unit("files")]
    state: Annotated[Literal["read", "partial", "not_read"], "Whether its code was read"]
    problem: Annotated[str | None, "Why not, or not all of it"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Row):
    """One statement about a platform's mechanism, with its evidence."""

    KEY: ClassVar[tuple[str, ...]] = ("claim_id",)

    claim_id: Annotated[str, "Hash of what is claimed and of its evidence"]
    platform: Annotated[str, "The platform"]
    component: Annotated[str, "The part of it that the claim is about: `sdk`, `server`, `docs` or `web`"]
    package: Annotated[str | None, "Client package, where the evidence is code"]
    version: Annotated[str | None, "Release of the package"]
    released: Annotated[Time | None, "When that release came out, or the page was read"]
    mechanism: Annotated[str, "What protects, or does not"]
    surface: Annotated[Literal["load", "upload", "download", "serve", "cache"] | None, "Where it acts"] = None
    parameter: Annotated[str | None, "The switch"]
    default: Annotated[str | None, "Its default value, as it is written"]
    on_default: Annotated[str | None, "What happens if the user sets nothing"]
    level: Annotated[Level, "How strong it is; `unknown` and `not_documented` are not levels"]
    scope: Annotated[str | None, "What it covers, where that is less than everything"] = None
    bypasses: Annotated[tuple[str, ...], "Cases that it lets through, each with its line"] = ()
    pinning: Annotated[str | None, "How a revision reaches the download, or does not"] = None
    allow_list: Annotated[tuple[str, ...], "Who is trusted without asking"] = ()
    evidence_kind: Annotated[Literal["code", "documentation", "reviewer"], "Where the evidence stands"]
    path: Annotated[str | None, "File or page"]
    line: Annotated[int | None, "Line in it"]
    symbol: Annotated[str | None, "Function or class"]
    quote: Annotated[str | None, "At most 25 words"]
    url: Annotated[str | None, "Where the page was read"] = None
    sha256: Annotated[str | None, "SHA-256 of the file or page, hexadecimal"]
    extractor: Annotated[str | None, "The rule that made it"] = None
    review: Annotated[Literal["confirmed", "corrected", "added"] | None, "What a reviewer did with it"] = None
    reviewer: Annotated[str | None, "Who"] = None
    corrects: Annotated[str | None, "Id of the claim that this one stands in place of"] = None
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce(Row):
    """The level of one mechanism from one release on, until another one changed it: what held on a date."""

    KEY: ClassVar[tuple[str, ...]] = ("platform", "package", "mechanism", "surface", "parameter", "symbol", "since")

    platform: Annotated[str, "The platform"]
    package: Annotated[str, "Client package"]
    mechanism: Annotated[str, "What protects, or does not"]
    surface: Annotated[str, "Where it acts; empty if not told"]
    parameter: Annotated[str, "The switch; empty if there is none"]
    symbol: Annotated[str, "Function or class"]
    level: Annotated[Level, "How strong it is"]
    default: Annotated[str | None, "Default of the switch"]
    since: Annotated[Time, "When the first release that has it so came out"]
    until: Annotated[Time | None, "When the first release that has it otherwise came out; null if none"]
    first_version: Annotated[str, "First release that was read with it so"]
    last_version: Annotated[str, "Last release that was read with it so"]
    before_version: Annotated[str | None, "The release read before the first; the change lies between them"]
    adjacent: Annotated[bool, "No release lies between those two that was not read"]
    claim_id: Annotated[str, "The claim of the first release"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement(Row):
    """Documentation says one thing of a mechanism, code another, or the documentation is silent where it matters."""

    KEY: ClassVar[tuple[str, ...]] = ("disagreement_id",)

    disagreement_id: Annotated[str, "Hash of the rule and the claims"]
    rule: Annotated[str, "The rule that found it"]
    platform: Annotated[str, "The platform"]
    mechanism: Annotated[str, "The mechanism"]
    parameter: Annotated[str | None, "The switch"]
    documented: Annotated[str | None, "Claim of the documentation; null where it is silent"]
    in_code: Annotated[str | None, "Claim of the code"]
    what: Annotated[str, "What disagrees, in one sentence"]
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Row):
    """One documentation page or release file that was read."""

    KEY: ClassVar[tuple[str, ...]] = ("document_id",)

    document_id: Annotated[str, "`<platform>:<path>@<sha256>`"]
    platform: Annotated[str, "The platform"]
    url: Annotated[str, "Where it was read"]
    title: Annotated[str | None, "Its title"] = None
    path: Annotated[str | None, "Where it lies in a folder of documentation, or in the archive"] = None
    sha256: Annotated[str, "SHA-256 of its bytes, hexadecimal"]
    language: Annotated[str | None, "ISO 639 code"] = None
    problem: Annotated[str | None, "Why it cannot be quoted, for example that it is a login form"] = None
    read_at: Annotated[Time | None, "When it was first read with these bytes"]
    current: Annotated[bool, "It was still there, with these bytes, when it was last looked for"] = True
    dated: Annotated[Time | None, "When it was last changed, where its manifest says so"] = None
    licence: Annotated[str | None, "Licence, where stated"]
    run_id: RunId
