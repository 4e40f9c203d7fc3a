"""Every rater gets the included threads, once; the adjudicator those that the raters left open."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import get_args

from codebook.errors import StudyError
from codebook.ledger import Run
from codebook.progress import Progress
from codebook.rows import Planned, Post, Thread
from codebook.rows.screening import Verdict
from codebook.study import Study
from coding import derive
from coding.label_studio.studio import Studio
from coding.page.side_by_side import Said, note, shuffled, side_by_side
from coding.page.thread import ThreadPage, thread_page
from coding.projects import left
from coding.projects.desk import Desk, Sheet, included, open_desk, task_data
from coding.projects.label import Place
from coding.projects.people import projects
from coding.records import PushedUnit
from coding.screening.hints import hints
from coding.screening.page import sheet
from coding.screening.tables import ADJUDICATION, PURPOSE, SEVERAL, Screen, screens
from coding.screening.verdicts import Given

Tell = Callable[[str], None]
Offer = tuple[PushedUnit, dict[str, object]]


def raters(study: Study) -> list[str]:
    """Who screens: the raters of ``study.toml``, else its first two coders.

    Raises:
        StudyError: There is nobody.
    """
    named = study.settings.screening.raters or study.settings.coders.names[:SEVERAL]
    if not named:
        raise StudyError(
            "study.toml names nobody who screens",
            where=str(study.path / "study.toml"),
            hint='Add [screening] with raters = ["coder_a", "coder_b"], or [coders] with names.',
        )
    return named


def push(
    study: Study, run: Run, studio: Studio, tell: Tell, *, anew: bool, only: Mapping[str, int] | None = None
) -> None:
    """Push the included threads to all raters, and what they left open to the adjudicator.

    Args:
        study: The study.
        run: The run that pays for it.
        studio: The server.
        tell: Gets a line per project.
        anew: Give those whose project is gone a new one.
        only: Give raters these threads only, in the order of their ranks; None gives all.

    Raises:
        StudyError: There are no raters, criteria or threads, a project is gone, or the server refuses.
    """
    named, page = raters(study), page_of(study)
    left.note(study, PURPOSE, [*named, study.settings.coders.adjudicator], run.id, tell)
    left_open = of_raters(study, tell)
    judge = [study.settings.coders.adjudicator] if left_open and study.settings.coders.adjudicator else []
    found = projects(study, studio, [*named, *judge], tell, anew=anew)
    desks = [open_desk(study, run, studio, Place(rater, PURPOSE), page, found) for rater in named]
    court = [open_desk(study, run, studio, _court(one), sheet(study, ("include", "exclude")), found) for one in judge]
    _offer(study, desks, court, left_open, only)
    for desk in (*desks, *court):
        tell(desk.said())
    if not judge and (waiting := to_give(left_open, ())):
        tell(f"{len(waiting)} threads wait for an adjudicator; name one: [coders] adjudicator")


def page_of(study: Study) -> Sheet:
    """The page of the raters.

    Raises:
        StudyError: ``study.toml`` names no criteria.
    """
    return sheet(study, get_args(Verdict))


def _court(adjudicator: str) -> Place:
    return Place(adjudicator, PURPOSE, arm=ADJUDICATION)


def of_raters(study: Study, tell: Tell) -> dict[str, Screen]:
    """The threads that the raters left open at the last pull, settled ones too."""
    made, _ = screens(derive.all_records(study, tell))
    return {thread_id: screen for thread_id, screen in made.items() if screen.is_open}


def to_give(left_open: Mapping[str, Screen], present: Container[str]) -> list[str]:
    """Which of these an adjudicator gets: those that are not settled; another may have settled what they do not have.

    Args:
        left_open: What the raters left open.
        present: What the adjudicator has.
    """
    return [thread_id for thread_id, screen in left_open.items() if not screen.settled or thread_id in present]


def _offer(
    study: Study, desks: list[Desk], court: list[Desk], left_open: Mapping[str, Screen], only: Mapping[str, int] | None
) -> None:
    hinted, ranked = hints(study), list[tuple[int, Offer]]()
    wanted = [set(to_give(left_open, desk.present)) for desk in court]
    there = {thread_id for desk in desks for thread_id in desk.present}
    with Progress("screen", "threads") as progress:
        for thread, posts in _wanted(study, there, only):
            page = thread_page(thread, posts)
            unit = _unit(thread, page)
            shown = note(hinted.get(thread.thread_id, ""))
            data = task_data(unit, thread, page)
            offer = (unit, data | {"html": shown + page.html})
            if only is None or thread.thread_id in there:
                _give(desks, offer)
            else:
                ranked.append((only[thread.thread_id], offer))
            for desk, given in zip(court, wanted, strict=True):
                if thread.thread_id in given:
                    verdicts = _verdicts(study, left_open[thread.thread_id])
                    desk.offer(unit, data | {"html": verdicts + shown + page.html})
            progress.add()
        for _, offer in sorted(ranked, key=itemgetter(0)):
            _give(desks, offer)
        for desk in (*desks, *court):
            desk.finish()


def _give(desks: Iterable[Desk], offer: Offer) -> None:
    for desk in desks:
        desk.offer(*offer)


def _wanted(study: Study, there: set[str], only: Container[str] | None) -> Iterator[tuple[Thread, list[Post]]]:
    """What raters have, and what they are to get: ``only`` these, else the included threads, or the planned of them."""
    planned = {row.thread_id for row in study.read(Planned)}
    for thread, posts in included(study):
        new = thread.thread_id in only if only is not None else not planned or thread.thread_id in planned
        if new or thread.thread_id in there:
            yield thread, posts


def _unit(thread: Thread, page: ThreadPage) -> PushedUnit:
    return PushedUnit(unit_id=thread.thread_id, thread_id=thread.thread_id, kind="thread", content_sha256=page.sha256)


def _verdicts(study: Study, screen: Screen) -> str:
    """What the raters said, as HTML."""
    said = {rater: _said(study, given) for rater, given in screen.verdicts.items()}
    said = {rater: {"Verdict": ["(skipped)"]} for rater in screen.skipped} | said
    return side_by_side("Rater", shuffled(said, study.settings.study.seed, screen.thread_id))


def _said(study: Study, given: Given) -> Said:
    texts = {criterion.id: criterion.text for criterion in study.settings.screening.criteria}
    criterion = given.criterion and texts.get(given.criterion, given.criterion)
    return {
        "Verdict": [given.verdict],
        "Criterion": [criterion] if criterion else [],
        "Memo": [given.memo] if given.memo else [],
    }
