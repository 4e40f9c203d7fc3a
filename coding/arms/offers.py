"""What a model suggests for units, as coders are shown it: filled in on the page before they begin.

Label Studio calls it a prediction. It fills in only predictions of one model version per project, the first that came,
so all have the same (:data:`MODEL`); which run suggested stands in the task's data and in the raw records.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from codebook.errors import StudyError
from codebook.rows import Suggestion
from codebook.study import Study
from codebook.themes import Codebook
from coding import records
from coding.arms.offer import OFFERED, Offer, read, recorded
from coding.page.config import CODES, PASSAGES, SUGGESTED, THREAD
from coding.page.places import place
from coding.page.text import page_text
from coding.projects.label import PLAIN, Place

MODEL = "coding suggest"
"""The model version of all predictions."""

Tell = Callable[[str], None]


@dataclass
class Offers:
    """What is suggested for the units of one place.

    Args:
        shown: Whether its coder is shown it.
        now: The suggestions that there are now, by unit.
        before: What was recorded with what was pushed.
        book: The codebook.
        given: What went with each unit of this push.
    """

    shown: bool
    now: Mapping[str, tuple[Offer, ...]]
    before: Mapping[str, Sequence[Offer]]
    book: Codebook
    given: dict[str, tuple[Offer, ...]] = field(default_factory=dict)

    def task(self, unit_id: str, data: Mapping[str, object]) -> dict[str, object]:
        """The task for a unit, with its suggestions where the coder is to see them."""
        offers = self.now.get(unit_id, ())
        self.given[unit_id] = offers
        if not self.shown:
            return {"data": dict(data)}
        page = str(data["html"])
        offers = tuple(_placed(offer, page_text(page)) for offer in offers)
        self.given[unit_id] = offers
        told = {OFFERED: json.dumps(recorded(offers)), SUGGESTED: _note(len(offers))}
        return {"data": {**data, **told}, "predictions": [self._prediction(offers, page)] if offers else []}

    def _prediction(self, offers: Sequence[Offer], page: str) -> dict[str, Any]:
        """What Label Studio is told: each code once, at the words that speak for it, or of the whole where none do."""
        paths = [[step.id for step in self.book.path(offer.code)] for offer in offers if offer.start is None]
        result = [_result("codes", CODES, "taxonomy", {"taxonomy": paths})] if paths else []
        for number, offer in enumerate(offers):
            if offer.start is not None and offer.end is not None:
                value: dict[str, object] = {"text": offer.words, "hypertextlabels": [offer.code]}
                value["globalOffsets"] = {"start": offer.start, "end": offer.end}
                value |= place(page, offer.start, offer.end)
                result.append(_result(f"evidence{number}", PASSAGES, "hypertextlabels", value))
        scores = [offer.score for offer in offers if offer.score is not None]
        return {"model_version": MODEL, "result": result} | ({"score": max(scores)} if scores else {})

    def of(self, units: Iterable[str]) -> dict[str, tuple[Offer, ...]]:
        """What is to be recorded with units."""
        found = {unit: self.given.get(unit, () if self.shown else self.now.get(unit, ())) for unit in units}
        return {unit: offers for unit, offers in found.items() if offers or self.shown}

    def found(self, unit_id: str, told: object) -> bool:
        """Take in what the server's task says went with a unit in a push that was stopped; whether that was nothing."""
        if self.shown:
            self.given[unit_id] = read(told)
        return not self.expects(unit_id)

    def expects(self, unit_id: str) -> bool:
        """Whether something has to be filled in on a unit's page."""
        return self.shown and bool(self.given.get(unit_id))

    def changed(self, unit_id: str) -> bool:
        """Whether other codes are suggested for a unit now than its coder was shown."""
        before = {offer.code for offer in self.before.get(unit_id, ())}
        return self.shown and before != {offer.code for offer in self.now.get(unit_id, ())}


def offers_of(study: Study, tell: Tell) -> dict[str, dict[str, tuple[Offer, ...]]]:
    """The suggestions that may be shown, by arm and unit, best first.

    Suggestions of codes that nobody can give are left out, and told.
    """
    leaves = {leaf.id for leaf in study.codebook.leaves()}
    kept: dict[str, dict[str, list[Offer]]] = {}
    unknown: list[str] = []
    for row in study.read(Suggestion):
        if row.method == "combined" and row.said:
            if row.code in leaves:
                kept.setdefault(row.arm, {}).setdefault(row.unit_id, []).append(_offer(row))
            else:
                unknown.append(row.code)
    if unknown:
        codes = ", ".join(sorted(set(unknown)))
        tell(f"{len(unknown)} suggestions are of codes that nobody can give, and are not shown: {codes}")
    most = study.settings.suggestions.at_most
    return {arm: {unit: _best(offers, most) for unit, offers in units.items()} for arm, units in kept.items()}


def _best(offers: list[Offer], most: int) -> tuple[Offer, ...]:
    return tuple(sorted(offers, key=lambda offer: (-(offer.score or 0), offer.code))[:most])


def _offer(row: Suggestion) -> Offer:
    words = row.evidence if row.start is not None and row.end is not None else None
    return Offer(code=row.code, score=row.score, start=row.start, end=row.end, run=row.run_id, words=words or "")


def offers_to(study: Study, work: Mapping[Place, Collection[str] | None], tell: Tell) -> dict[Place, Offers]:
    """What is suggested for the units of each place; nothing where everybody reads plainly.

    Raises:
        StudyError: Units are to go into an arm, and there are no suggestions, or it is not the one of ``study.toml``.
    """
    if all(place.arm == PLAIN for place in work):
        return {}
    now = offers_of(study, tell)
    found: dict[Place, Offers] = {}
    for to, units in work.items():
        pushes = [push for push in records.read(records.store(study, to.coder)).pushes if push.label.place == to]
        there = {unit.unit_id for push in pushes for unit in push.units}
        if to.arm != PLAIN:
            new = set(units or ()) - there
            _must_have(study, to, new)
            if new and not new & now.get(to.arm, {}).keys():
                tell(_nothing_said(to, len(new)))
        before = {unit: offers for push in pushes for unit, offers in push.suggested.items()}
        arm = study.settings.suggestions.arm if to.arm == PLAIN else to.arm
        found[to] = Offers(to.arm != PLAIN, now.get(arm, {}), before, study.codebook)
    return found


def _nothing_said(place: Place, new: int) -> str:
    return (
        f"{place.coder}: nothing is suggested for any of the {new} new units of the arm {place.arm}, so it will show "
        "no influence; better first a round with [suggestions] share = 0, then coding adjudicate and coding suggest"
    )


def _must_have(study: Study, place: Place, new: Collection[str]) -> None:
    """See that units can be given out with suggestions."""
    arm = study.settings.suggestions.arm
    if new and place.arm != arm:
        raise StudyError(
            f"{len(new)} units of {place.coder} are planned for the arm {place.arm}, and [suggestions] names {arm}",
            where=str(study.path / "study.toml"),
            hint=f'Set it back: [suggestions] arm = "{place.arm}". Nothing was pushed.',
        )
    if new and not any(row.arm == arm and row.method == "combined" for row in study.read(Suggestion)):
        raise StudyError(
            f"{len(new)} units of {place.coder} are to be read with suggestions (arm {arm}), and there are none",
            where=str(study.table("suggestions")),
            hint="Run: coding suggest. Nothing was pushed.",
        )


def _placed(offer: Offer, text: str) -> Offer:
    """A suggestion without the place of its evidence, if that is not what stands there."""
    start, end = offer.start, offer.end
    if start is None or end is None:
        return replace(offer, start=None, end=None, words="")
    stands = 0 <= start < end <= len(text) and text[start:end] == offer.words and bool(offer.words.strip())
    return offer if stands else replace(offer, start=None, end=None, words="")


def _note(number: int) -> str:
    if not number:
        return "The machine suggests nothing here."
    what = "1 code is" if number == 1 else f"{number} codes are"
    return (
        f"{what} filled in by a machine, which may be wrong. Take out what does not hold, where words are marked "
        f"and among the codes of the whole, and add what is missing."
    )


def _result(name: str, part: str, kind: str, value: Mapping[str, object]) -> dict[str, Any]:
    return {"id": name, "from_name": part, "to_name": THREAD, "type": kind, "value": dict(value)}
