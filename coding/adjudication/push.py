"""The units on which coders disagree are given to the adjudicator, once, those that differ most first."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace

from codebook.errors import StudyError
from codebook.ledger import Run
from codebook.study import Study
from codebook.versions import recorded
from coding import derive
from coding.adjudication.cases import Case, cases
from coding.adjudication.page import codings, sheet
from coding.adjudication.rulings import PURPOSE, Ruling, rulings
from coding.label_studio.studio import Studio
from coding.page.thread import thread_page
from coding.projects import left
from coding.projects.desk import Desk, included, open_desk, task_data
from coding.projects.label import Place
from coding.projects.people import projects

Tell = Callable[[str], None]

FIRST_ROUND = 1


@dataclass(frozen=True, slots=True)
class Docket:
    """What there is to decide, and what is decided without the adjudicator.

    Args:
        cases: Every unit that was given to coders, by id.
        disputed: The round for which the adjudicator gets a unit, by its id; settled ones too.
        partly: Disputed units that somebody has still to code.
        settled: Disputed units that are decided, for that round.
    """

    cases: Mapping[str, Case]
    disputed: Mapping[str, int]
    partly: frozenset[str]
    settled: frozenset[str]

    def to_give(self, present: Mapping[int, Container[str]]) -> "Docket":
        """The same without what is settled, but for what the adjudicator has, by round; another may have decided it."""
        kept = {u: r for u, r in self.disputed.items() if u not in self.settled or u in present[r]}
        return replace(self, disputed=kept)

    def said(self) -> str:
        """One line for people."""
        every = self.cases.values()
        agreed, single = sum(case.agreed for case in every), sum(case.is_single for case in every)
        skipped = sum(case.is_skipped for case in every)
        left = len(self.cases) - agreed - single - skipped - len(self.disputed)
        line = f"{agreed} units agreed, {len(self.disputed)} disputed, {single} coded by their only coder"
        if self.partly:
            line += f"; {len(self.partly)} more are disputed and not coded by all of their coders (--partly takes them)"
        line += f"; {skipped} skipped, or left, by all of their coders" if skipped else ""
        return line + (f"; {left - len(self.partly)} wait for coders" if left > len(self.partly) else "")


def adjudicator(study: Study) -> str:
    """Who decides.

    Raises:
        StudyError: ``study.toml`` names nobody.
    """
    name = study.settings.coders.adjudicator
    if not name:
        raise StudyError(
            "study.toml names no adjudicator",
            where=str(study.path / "study.toml"),
            hint='Add to [coders]: adjudicator = "coder_c".',
        )
    return name


def docket(study: Study, tell: Tell, *, partly: bool) -> Docket:
    """What the last pull leaves to decide."""
    found, chain = derive.all_records(study, tell), recorded.chain(study)
    made = cases(found, chain)
    if not any(case.voices for case in made.values()):
        raise StudyError("nobody has coded anything yet", where=str(study.path), hint="Run: coding pull")
    ruled, _ = rulings(found, chain)
    disputed = {unit: _round(case, ruled.get(unit)) for unit, case in made.items() if case.disputed}
    incomplete = frozenset(unit for unit in disputed if not made[unit].is_whole and unit not in ruled)
    settled = frozenset(u for u, number in disputed.items() if u in ruled and _settles(ruled[u], number))
    if partly:
        return Docket(made, disputed, frozenset(), settled)
    return Docket(made, {u: r for u, r in disputed.items() if u not in incomplete}, incomplete, settled)


def _settles(ruling: Ruling, number: int) -> bool:
    """Whether a ruling decides codings of a round."""
    return ruling.stands and ruling.round >= number


def _round(case: Case, ruling: Ruling | None) -> int:
    """The round for which a case is decided: that of its newest coding, or the next one if the ruling broke."""
    return max(case.round, ruling.round + 1) if ruling and ruling.again else case.round


def push(study: Study, run: Run, studio: Studio, tell: Tell, *, partly: bool, anew: bool) -> None:
    """Give the adjudicator what is new.

    Args:
        study: The study.
        run: The run that pays for it.
        studio: The server.
        tell: Gets a line per project.
        partly: Also what not all of its coders have coded.
        anew: Give an adjudicator whose project is gone a new one.

    Raises:
        StudyError: There is no adjudicator, nothing is coded, a project is gone, or the server refuses.
    """
    recorded.see(study, run.id, tell)
    left.note(study, "coding", study.settings.coders.names, run.id, tell)
    judge, todo = adjudicator(study), docket(study, tell, partly=partly)
    tell(todo.said())
    found = projects(study, studio, [judge], tell, anew=anew)
    page = sheet(study.codebook)
    rounds = sorted({*todo.disputed.values(), *(() if todo.disputed else (FIRST_ROUND,))})
    desks = {number: open_desk(study, run, studio, Place(judge, PURPOSE, number), page, found) for number in rounds}
    _offer(study, todo.to_give({number: desk.present for number, desk in desks.items()}), desks)
    for desk in desks.values():
        tell(_said(desk))


def _offer(study: Study, todo: Docket, desks: Mapping[int, Desk]) -> None:
    shown = dict(_data(study, todo, desks))
    by_distance = sorted(todo.disputed, key=lambda unit_id: (-todo.cases[unit_id].distance(), unit_id))
    for unit_id in by_distance:
        case, desk = todo.cases[unit_id], desks[todo.disputed[unit_id]]
        if unit_id in shown or unit_id in desk.present:
            desk.offer(replace(case.unit, content_sha256=case.sha256), shown.get(unit_id, {}))
    for desk in desks.values():
        desk.finish()


def _data(study: Study, todo: Docket, desks: Mapping[int, Desk]) -> Iterable[tuple[str, dict[str, object]]]:
    """What the page shows of each unit that is not there yet."""
    seed = study.settings.study.seed
    new: dict[str, list[Case]] = {}
    for unit_id, number in todo.disputed.items():
        if unit_id not in desks[number].present:
            new.setdefault(todo.cases[unit_id].unit.thread_id, []).append(todo.cases[unit_id])
    for thread, posts in included(study):
        for case in new.get(thread.thread_id, ()):
            post_id = case.unit.unit_id if case.unit.kind == "post" else ""
            page = thread_page(thread, posts, post_id)
            data = task_data(replace(case.unit, content_sha256=case.sha256), thread, page)
            yield case.unit.unit_id, data | {"html": codings(case, study.codebook, seed) + page.html}


def _said(desk: Desk) -> str:
    """One line for people: what came, what was there."""
    counts = desk.counts
    line = f"{desk.label.place}: {counts['new']} new units, {len(desk.present)} there already"
    if desk.changed:
        line += f"; {len(desk.changed)} whose codings were changed since: the adjudicator keeps what was shown"
    if counts["foreign"]:
        line += f"; {counts['foreign']} tasks are not ours and stay as they are"
    return f"{line} ({desk.studio.address.url}/projects/{desk.project.id})"
