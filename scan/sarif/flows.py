"""Data flows: what SARIF says on pages of JSON, in a few columns a step."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from scan import said

MOST_STEPS = 1000
"""Steps of one finding that are kept, as many as GitHub shows; the file has all."""


class Located(Protocol):
    """Says where an ``artifactLocation`` is."""

    def __call__(self, location: Any) -> str | None:
        """A path in the repository, or what the tool wrote."""
        ...


def compact(result: Mapping[str, Any], located: Located) -> str | None:
    """The flows of a result as JSON: a list of flows, each a list of steps with path, line, column and message.

    A step without a path is in the file of the finding.

    Thread flows of one code flow stand one behind the other. Null if there is none.
    """
    left, flows = MOST_STEPS, []
    for flow in _list(result.get("codeFlows")):
        steps = [_step(each, located) for thread in _list(said.member(flow, "threadFlows")) for each in _steps(thread)]
        if steps and left > 0:
            flows.append(steps[:left])
            left -= len(steps)
    return json.dumps(flows, ensure_ascii=False, separators=(",", ":")) if flows else None


def _steps(thread: Any) -> list[Any]:
    return [said.member(each, "location") for each in _list(said.member(thread, "locations"))]


def _step(location: Any, located: Located) -> dict[str, Any]:
    physical = said.member(location, "physicalLocation")
    step = {
        "path": located(said.member(physical, "artifactLocation")),
        "line": said.count(said.member(physical, "region", "startLine")),
        "end_line": said.count(said.member(physical, "region", "endLine")),
        "column": said.count(said.member(physical, "region", "startColumn")),
        "message": said.text(said.member(location, "message", "text")),
    }
    return {key: value for key, value in step.items() if value is not None}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
