"""Which findings are about one weakness: in one file, on overlapping lines, with equivalent CWEs.

The relation is taken transitively: where one finding overlaps two others, all three are one weakness, though those two
need not overlap each other. So every finding has exactly one weakness whatever the order, and a finding that spans many
lines can join what stands apart; that is stated with the figures. A finding without a CWE is a weakness of its own.
"""

from collections.abc import Hashable, Iterable
from hashlib import sha256

from codebook.rows.risk import Finding
from codebook.weaknesses.vocabulary import group


def weakness_ids(findings: Iterable[Finding]) -> dict[str, str]:
    """The weakness of each finding, by ``finding_id``: 16 hexadecimal digits.

    An id depends on the file, the first line and the weakness only, so that further tools that find the same thing do
    not change it unless they see it begin on an earlier line.
    """
    rows = list(findings)
    joined = _Joined()
    seen: dict[Hashable, list[Finding]] = {}
    for row in rows:
        for kind in _kinds(row):
            seen.setdefault((_file(row), kind), []).append(row)
    for alike in seen.values():
        _join_overlapping(alike, joined)
    members: dict[str, list[Finding]] = {}
    for row in rows:
        members.setdefault(joined.root(row.finding_id), []).append(row)
    return {row.finding_id: named for together in members.values() for named in [_named(together)] for row in together}


def _join_overlapping(alike: list[Finding], joined: "_Joined") -> None:
    """Join those of findings of one file and kind whose lines overlap."""
    alike.sort(key=lambda row: row.line)
    reach, before = 0, alike[0]
    for row in alike:
        if row.line <= reach:
            joined.join(before.finding_id, row.finding_id)
        reach, before = max(reach, _last(row)), row


def _last(row: Finding) -> int:
    return max(row.line, row.end_line or row.line)


def _kinds(row: Finding) -> list[str]:
    """The groups of a finding's weaknesses."""
    return sorted({group(cwe) for cwe in row.cwes or ((row.cwe,) if row.cwe else ())})


def _file(row: Finding) -> tuple[str, str, str]:
    """What tells files apart: the content, or the place where an imported result has none."""
    return (row.sha256, "", "") if row.sha256 else ("", row.model_id or "", row.path or "")


def _named(together: list[Finding]) -> str:
    """The id of findings that are one weakness; no two weaknesses of a file share a kind and its first line."""
    places = [(row.line, kind) for row in together for kind in _kinds(row)]
    first = min(places) if places else (together[0].line, together[0].finding_id)
    return sha256("\0".join((*_file(together[0]), str(first[0]), first[1])).encode()).hexdigest()[:16]


class _Joined:
    """Things that are joined bit by bit."""

    def __init__(self) -> None:
        self._up: dict[str, str] = {}

    def root(self, one: str) -> str:
        """What stands for all that ``one`` is joined with."""
        top = one
        while (above := self._up.get(top, top)) != top:
            top = above
        while one != top:
            self._up[one], one = top, self._up[one]
        return top

    def join(self, one: str, other: str) -> None:
        """Join two, and with them all that they are joined with."""
        self._up[self.root(one)] = self.root(other)
