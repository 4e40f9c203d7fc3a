"""A plan with its arms: who is to read with suggestions, and what there is to say of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from codebook.study import Study
from coding import records
from coding.arms.draw import Reading, draw_arms
from coding.projects import sent
from coding.sampling.share import Assigned

if TYPE_CHECKING:  # it draws arms by the function below
    from coding.sampling.plan import Plan


def with_arms(study: Study, plan: "Plan", given: Sequence[Assigned], seed: int) -> list[Assigned]:
    """What a draw gives out, with who sees suggestions; units come to it whose coders are to see them from now on.

    Args:
        study: The study; without a share in ``[suggestions]``, nobody comes to see any.
        plan: The round as it was before.
        given: What the draw gives out, each unit with all of its coders.
        seed: Of the study.
    """
    settings = study.settings.suggestions
    if not settings.share:
        return list(given)
    units = dict(plan.units) | {one.unit.unit_id: one for one in given}
    new = {
        (one.unit.unit_id, coder)
        for one in given
        for coder in one.coders
        if one.unit.unit_id not in plan.units or coder not in plan.units[one.unit.unit_id].coders
    }
    fixed = pushed(study, plan.round, units)
    drawn = draw_arms([*units.values()], new, fixed, share=settings.share, arm=settings.arm, seed=seed)
    again = [drawn.pop(one.unit.unit_id, one) for one in given]
    return [*again, *drawn.values()]


def pushed(study: Study, round_number: int, units: dict[str, Assigned]) -> set[Reading]:
    """The readings of a round that were pushed, or may be on their way after a push that was stopped."""
    found: set[Reading] = set()
    for store in records.stores(study).values():
        for push in records.read(store).pushes:
            if push.label.purpose == "coding" and push.label.round == round_number:
                found |= {(unit.unit_id, push.label.coder) for unit in push.units}
    under_way = sent.noted(study) & units.keys()
    return found | {(unit_id, coder) for unit_id in under_way for coder in units[unit_id].coders}


def said_of_arms(study: Study, plan: "Plan") -> Iterator[str]:
    """What is worth saying of the arms of a round, a line each; nothing where everything is plain."""
    settings = study.settings.suggestions
    units = [one for one in plan.units.values() if one.arms]
    if units:
        seen = Counter(coder for one in units for coder in one.arms)
        every = Counter(coder for one in plan.units.values() for coder in one.coders)
        whose = ", ".join(f"{coder} {seen[coder]} of {count}" for coder, count in sorted(every.items()))
        yield f"{len(units)} of {len(plan.units)} units are read with suggestions: {whose}"
    wanted = int(settings.share * len(plan.units) + 0.5)
    if len(units) < wanted:
        yield (
            f"[suggestions] share asks for {wanted}; what was pushed stays in its arm, and more units or another round "
            f"bring more"
        )
    if units and settings.share and not study.table("suggestions").exists():
        yield "there are no suggestions yet; before coding push, run: coding suggest"
