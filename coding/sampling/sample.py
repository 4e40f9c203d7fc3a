"""One draw for one round: what is there already, what comes to it, and what is worth saying."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codebook.errors import StudyError
from codebook.rows import Coding
from codebook.study import Study
from coding.arms.planned import said_of_arms, with_arms
from coding.push import named_coders
from coding.sampling.draw import draw
from coding.sampling.frame import Candidate, frame
from coding.sampling.plan import FIXED, Plan, Step, plans, weights_of
from coding.sampling.share import share

COLUMNS = ("stratum", "frame", "units", "shared", "weight")
"""Of the table that is shown: units of the stratum, drawn ones, of these shared ones; weight as in the table plan."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A draw that has been made and not been stored.

    Args:
        plan: The round with it.
        step: What it adds; its units are none if there is nothing to add.
        said: What is worth saying, one line each.
        weights: Of each stratum.
    """

    plan: Plan
    step: Step
    said: Sequence[str]
    weights: Mapping[str, float]


def sample(study: Study, size: int | None, round_number: int, run_id: str) -> Sample:
    """Draw what a round lacks.

    Args:
        study: The study.
        size: How many units in all; 0 for all, None for what ``study.toml`` says.
        round_number: The round. What an earlier or later round has is not drawn again.
        run_id: The run that draws.

    Raises:
        StudyError: There are no coders or no threads, or the round was begun with other units or strata.
    """
    coders, settings = named_coders(study), _settings(study, size)
    found = plans(study)
    could = frame(study, {unit_id for plan in found.values() for unit_id in plan.frame})
    plan = found.setdefault(round_number, Plan(round_number))
    _same_terms(study, plan, settings)
    taken = {unit_id for other in found.values() if other is not plan for unit_id in other.units}
    units = [unit for unit in could if unit.unit_id not in taken]
    new = draw(units, plan.drawn, settings["size"], settings["seed"], round_number)
    people = study.settings.coders
    given = share(
        plan.units.values(),
        new,
        coders,
        overlap=people.overlap,
        per_unit=people.per_unit,
        seed=settings["seed"],
        coded={(row.unit_id, row.coder) for row in study.read(Coding) if row.round == round_number},
    )
    given = with_arms(study, plan, given, settings["seed"])
    there = {unit.unit_id: unit.stratum for unit in units} | plan.drawn
    step = Step(round=round_number, settings=settings, frame=there, units=given, run_id=run_id)
    said = list(_said(plan, step, units, len(new)))
    if given:
        plan.add(step)
    return Sample(plan, step, [*said, *said_of_arms(study, plan)], weights_of(plan, found.values()))


def _settings(study: Study, size: int | None) -> dict[str, Any]:
    sampling, people = study.settings.sampling, study.settings.coders
    given = sampling.model_dump() | people.model_dump(include={"names", "overlap", "per_unit"})
    if study.settings.suggestions.share:
        given["suggestions"] = study.settings.suggestions.model_dump(include={"arm", "share"})
    return given | {"size": sampling.size if size is None else size, "seed": study.settings.study.seed}


def _same_terms(study: Study, plan: Plan, settings: Mapping[str, Any]) -> None:
    changed = [name for name in FIXED if plan.settings and plan.settings[name] != settings[name]]
    if changed:
        name = changed[0]
        raise StudyError(
            f"round {plan.round} was drawn with another {FIXED[name]}: {plan.settings[name]}",
            where=f"{study.path / 'study.toml'} [sampling] {name}",
            hint=f"Set it back to extend the round, or draw another one: coding sample --round {plan.round + 1}",
        )


def _said(plan: Plan, step: Step, units: Sequence[Candidate], new: int) -> list[str]:
    """What to say of a draw; the plan is that before it."""
    size, before = step.settings["size"], len(plan.units)
    more = Counter(coder for one in step.units for coder in _new_coders(plan, one.unit.unit_id, one.coders))
    to_whom = ", ".join(f"{coder} {count}" for coder, count in sorted(more.items()))
    said = [f"round {plan.round}: {new} units drawn, {before} there already" + (f"; new for {to_whom}" if more else "")]
    missing = size - before - new
    if size and missing > 0:
        said.append(f"{size} were asked for, and {before + new} can be drawn; other rounds have the others, if any")
    if size and before > size:
        said.append(f"{before} are more than the {size} asked for; nobody loses a unit")
    since = {unit.unit_id for unit in units} - set(plan.frame) if plan.frame else set()
    left = len(since - {one.unit.unit_id for one in step.units})
    if since:
        said.append(
            f"{len(since)} units came since the last draw"
            + (f"; {left} are not in the plan, a larger --size may draw them" if left else "")
        )
    gone = len(set(plan.units) - {unit.unit_id for unit in units})
    if gone:
        said.append(f"{gone} planned units are not included any more; who has them keeps them")
    return said


def _new_coders(plan: Plan, unit_id: str, coders: Sequence[str]) -> list[str]:
    before = plan.units[unit_id].coders if unit_id in plan.units else ()
    return [coder for coder in coders if coder not in before]


def shown(made: Sample) -> tuple[list[dict[str, object]], list[str]]:
    """The plan as a table for people: a row per stratum and one for all; a column per coder.

    Where somebody reads with suggestions, ``suggested`` is the number of units of which any coder does.

    Returns:
        The rows, and the names of the columns.
    """
    plan = made.plan
    coders = sorted({coder for one in plan.units.values() for coder in one.coders})
    there, drawn = Counter(plan.frame.values()), Counter(plan.drawn.values())
    shared = Counter(one.unit.stratum for one in plan.units.values() if one.shared)
    each = Counter((one.unit.stratum, coder) for one in plan.units.values() for coder in one.coders)
    suggested = Counter(one.unit.stratum for one in plan.units.values() if one.arms)
    rows: list[dict[str, object]] = [
        {
            "stratum": name,
            "frame": there[name],
            "units": drawn[name],
            "shared": shared[name],
            "weight": made.weights.get(name),
        }
        | ({"suggested": suggested[name]} if suggested else {})
        | {coder: each[name, coder] for coder in coders}
        for name in sorted(there)
    ]
    totals: dict[str, object] = {coder: sum(each[name, coder] for name in there) for coder in coders}
    whole = {"frame": there.total(), "units": drawn.total(), "shared": shared.total()}
    whole |= {"suggested": suggested.total()} if suggested else {}
    columns = [*COLUMNS, *(["suggested"] if suggested else []), *coders]
    return [*rows, {"stratum": "(all)", **whole, **totals}], columns
