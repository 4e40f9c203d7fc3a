"""What stood on the page that a coder read: the text that passages are counted in."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from codebook.rows.column import Row, RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownText(Row):
    """The plain text of one unit as it was shown; `start` and `end` of `codings` count its characters."""

    KEY: ClassVar[tuple[str, ...]] = ("unit_id", "content_sha256")

    unit_id: Annotated[str, "The unit"]
    content_sha256: Annotated[str, "Hash of what was shown, as in `units`"]
    text: Annotated[str, "What stands between the page's tags, a line break (`<br>`) as one"]
    run_id: RunId
