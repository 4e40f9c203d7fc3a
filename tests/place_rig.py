"""One place's raw records, filled as push and pull fill them, without a server."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from codebook.study import Study
from coding import records
from coding.projects.label import Label, Place, Shown
from coding.records import Pull, Push, PushedUnit

SHOWN = (Shown(version="1.0.0", sha256="x", since="2026-01-01T00:00:00+00:00"),)
ACCOUNT = 7

Result = list[dict[str, Any]]


def part(name: str, **value: list[Any]) -> dict[str, Any]:
    """One item of an annotation's result."""
    return {"from_name": name, "to_name": "thread", "value": value}


@dataclass
class AtPlace:
    """Who works in a place, and what they did there; ``project`` tells one place's annotations from another's."""

    study: Study
    place: Place
    project: int
    legal: Mapping[str, str]
    _done: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _annotations: int = 0
    _pulls: int = 0

    @property
    def label(self) -> Label:
        return Label(study="s", uid=f"u{self.project}", codebooks=SHOWN, **self.place._asdict())

    def push(self, *units: str, hashes: Mapping[str, str] | None = None, run: str = "coding-push-1") -> None:
        given = hashes or {}
        made = [
            PushedUnit(unit_id=u, thread_id=u.split("/")[0], kind="thread", content_sha256=given.get(u, f"h-{u}"))
            for u in units
        ]
        push = Push(label=self.label, project=self.project, units=tuple(made), run_id=run)
        self._append(records.push_page(push, "http://x"))

    def say(self, unit: str, *result: dict[str, Any], at: int = 0, **values: Any) -> None:
        """Save an annotation on a unit, at a second."""
        self._annotations += 1
        annotation = {"id": self._annotations, "completed_by": ACCOUNT, "result": list(result)}
        moment = {"updated_at": f"2026-02-01T00:{at // 60:02}:{at % 60:02}Z"}
        self._done.setdefault(unit, []).append(annotation | moment | values)

    def take_back(self, unit: str) -> None:
        """Delete the annotations on a unit."""
        del self._done[unit]

    def pulled(self) -> None:
        """Pull everything that was said."""
        self._pulls += 1
        run = f"coding-pull-{self._pulls}"
        tasks = [
            {"id": 10 + number, "data": {"unit_id": unit}, "annotations": annotations}
            for number, (unit, annotations) in enumerate(self._done.items(), 1)
        ]
        body = json.dumps(tasks).encode()
        self._append(records.export_page(self.label, 0, 99, body, run, "http://x"))
        sha = sha256(body).hexdigest()
        pull = Pull(label=self.label, project=self.project, account=ACCOUNT, codes=dict(self.legal), exports=(sha,))
        self._append(records.pull_page(pull, run, "http://x"))

    def _append(self, page: Any) -> None:
        store = records.store(self.study, self.place.coder)
        store.append(page)
        store.close()
