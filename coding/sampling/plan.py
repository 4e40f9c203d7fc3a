"""The plan of every round: raw records that are only ever added to, and the table ``plan`` that they give.

``raw/coding/plan/`` has a record ``PLAN /round/<n>`` per draw: the settings, the whole frame with the strata, so that a
draw can be made again, and every unit that came to somebody. Later records add to earlier ones; none takes back.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from codebook.raw import Page, RawStore
from codebook.rows import Planned, Row
from codebook.study import Study
from coding import records
from coding.kept import Kept, Tables
from coding.projects.label import PLAIN
from coding.records import Records
from coding.sampling.frame import Candidate
from coding.sampling.share import Assigned

FIXED = {"unit": "kind of unit", "strata": "strata", "lengths": "bounds of length"}
"""Settings that stay the same in a round, and what to call them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One draw.

    Args:
        round: Of which round.
        settings: With what it was drawn; see :func:`settings_of`.
        frame: Every unit that could be drawn, or was before, with its stratum.
        units: Those that somebody got by this draw, with all their coders.
        run_id: The run that drew.
    """

    round: int
    settings: Mapping[str, Any]
    frame: Mapping[str, str]
    units: Sequence[Assigned]
    run_id: str


@dataclass
class Plan:
    """What was drawn for one round, draw by draw."""

    round: int
    units: dict[str, Assigned] = field(default_factory=dict)
    since: dict[tuple[str, str], str] = field(default_factory=dict)
    """Unit and coder: the run that gave it."""
    frame: Mapping[str, str] = field(default_factory=dict)
    """Every unit that could be drawn at any draw: what left the study later was drawn, or not drawn, all the same."""
    settings: Mapping[str, Any] = field(default_factory=dict)

    def add(self, step: Step) -> None:
        """Take a later draw in."""
        self.frame, self.settings = {**self.frame, **step.frame}, step.settings
        for one in step.units:
            unit = one.unit
            before = self.units.get(unit.unit_id, replace(one, coders=()))
            new = [coder for coder in one.coders if coder not in before.coders]
            moved = [coder for coder in one.arms if coder in before.coders and coder not in before.arms]
            self.since |= {(unit.unit_id, coder): step.run_id for coder in (*new, *moved)}
            arms = {**before.arms, **one.arms}
            self.units[unit.unit_id] = replace(before, shared=one.shared, coders=(*before.coders, *new), arms=arms)

    @property
    def terms(self) -> list[Any]:
        """What the strata of the round mean; rounds with the same draw from the same ones."""
        return [self.settings.get(name) for name in FIXED]

    @property
    def drawn(self) -> dict[str, str]:
        """The units that are drawn, each with its stratum."""
        return {unit_id: one.unit.stratum for unit_id, one in self.units.items()}

    def rows(self, weights: Mapping[str, float]) -> Iterator[Planned]:
        """The rows of the table ``plan``, given the weight of each stratum."""
        for one in self.units.values():
            for coder in one.coders:
                yield Planned(
                    **asdict(one.unit),
                    round=self.round,
                    arm=one.arms.get(coder, PLAIN),
                    coder=coder,
                    shared=one.shared,
                    weight=weights[one.unit.stratum],
                    run_id=self.since[one.unit.unit_id, coder],
                )


def weights_of(plan: Plan, plans: Iterable[Plan]) -> dict[str, float]:
    """Units of each stratum in the frame per unit drawn, over all rounds that draw from the strata of this one.

    A round draws what no other has, so only together are rounds a sample of the whole frame. Units that came between
    two rounds could be drawn in the later one only; they weigh no more than others of their stratum.
    """
    frame: dict[str, str] = {}
    drawn: dict[str, str] = {}
    for each in plans:
        if each.terms == plan.terms:
            frame |= each.frame
            drawn |= each.drawn
    there, often = Counter((frame | drawn).values()), Counter(drawn.values())
    return {stratum: there[stratum] / count for stratum, count in often.items()}


def store(study: Study) -> RawStore:
    """Where plans are kept."""
    return records.store(study, "plan")


def plans(study: Study) -> dict[int, Plan]:
    """The plans by round."""
    found: dict[int, Plan] = {}
    for page in store(study).pages():
        if page.request.startswith("PLAN "):  # a coder may be called "plan"
            step = _step(page)
            found.setdefault(step.round, Plan(step.round)).add(step)
    return found


def append(study: Study, step: Step) -> None:
    """Store a draw."""
    drawn = [
        asdict(one.unit)
        | {"shared": one.shared, "coders": list(one.coders)}
        | ({"arms": dict(one.arms)} if one.arms else {})
        for one in step.units
    ]
    framed = [{"unit_id": unit_id, "stratum": stratum} for unit_id, stratum in step.frame.items()]
    body = {"round": step.round, "settings": dict(step.settings), "frame": framed, "units": drawn}
    content = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
    kept = store(study)
    kept.append(Page(f"PLAN /round/{step.round}", 200, {"content-type": "application/json"}, content, step.run_id))
    kept.close()


def _step(page: Page) -> Step:
    body = page.json()
    units = [
        Assigned(
            unit=Candidate(**{name: unit[name] for name in ("unit_id", "thread_id", "kind", "stratum")}),
            shared=unit["shared"],
            coders=tuple(unit["coders"]),
            arms=unit.get("arms", {}),
        )
        for unit in body["units"]
    ]
    frame = {unit["unit_id"]: unit["stratum"] for unit in body["frame"]}
    return Step(round=body["round"], settings=body["settings"], frame=frame, units=units, run_id=page.run_id)


def tables(study: Study, _found: Iterable[Records], kept: Kept) -> Tables:
    """The table ``plan``, where there is one."""
    found = plans(study)
    made = (row for plan in found.values() for row in plan.rows(weights_of(plan, found.values())))
    rows: list[Row] = [row for row in made if kept.thread(row.thread_id)]
    return [(Planned, rows)] if found else []
