"""Every coder gets what is planned for them, or without a plan the included threads, and what is to be coded again."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from codebook.errors import StudyError
from codebook.ledger import Run
from codebook.progress import Progress
from codebook.rows import Post, Thread
from codebook.study import Study
from codebook.versions import recorded
from coding import derive, records
from coding.arms.offers import offers_to
from coding.label_studio import accounts
from coding.label_studio.studio import Studio
from coding.page.config import label_config
from coding.page.thread import ThreadPage, thread_page
from coding.projects.desk import Desk, Sheet, check_there, find_projects, included, open_desk, task_data
from coding.projects.label import PLAIN, Place
from coding.recode import recode_units
from coding.records import PushedUnit
from coding.sampling.plan import plans
from coding.screening.result import screened_out

Tell = Callable[[str], None]
Work = dict[Place, set[str] | None]
"""Which units belong to a place; None for every included thread."""


def push(study: Study, run: Run, studio: Studio, tell: Tell, *, anew: bool) -> None:
    """Push to all coders what is theirs.

    Args:
        study: The study.
        run: The run that pays for it.
        studio: The server.
        tell: Gets a line per project.
        anew: Give coders whose project is gone a new one.

    Raises:
        StudyError: There are no coders or no threads, a plan is lacking, a project is gone, or the server refuses.
    """
    if recorded.see(study, run.id, tell):
        derive.rebuild(study, tell, run=run)  # so that units of codes that it splits are given out now
    coders = named_coders(study)
    work = work_of(study, coders, tell)
    offers = offers_to(study, work, tell)
    projects = find_projects(study, studio)
    if not anew:
        for coder in coders:
            check_there(records.read(records.store(study, coder)), projects, studio)
    made = accounts.ensure(study, studio, coders)
    if made:
        tell(f"made accounts for {', '.join(made)}; how they log in: coding coders")
    codebook = study.codebook
    sheets = {
        suggests: Sheet(label_config(codebook, suggests=suggests), codebook.version, codebook.sha256)
        for suggests in (False, True)
    }
    desks = {
        place: open_desk(study, run, studio, place, sheets[place.arm != PLAIN], projects, offers.get(place))
        for place in sorted(work)
    }
    _switch_on(studio, desks, tell)
    _offer_all(study, {place: (desk, work[place]) for place, desk in desks.items()})
    for desk in desks.values():
        tell(desk.said())


def _switch_on(studio: Studio, desks: Mapping[Place, Desk], tell: Tell) -> None:
    """See that suggestions are filled in where they are to be; anybody can switch that off on the server."""
    for place, desk in desks.items():
        if place.arm != PLAIN and not desk.project.suggests:
            studio.fill_in(desk.project.id)
            tell(f"{place}: suggestions were switched off on the server and are on again; some may not have been seen")


def work_of(study: Study, coders: Sequence[str], tell: Tell) -> Work:
    """What belongs to whom.

    Raises:
        StudyError: ``study.toml`` asks for a sample or for less than full overlap, and there is no plan.
    """
    again, found = recode_units(study), plans(study)
    if not found:
        _needs_no_plan(study)
        return {Place(coder): None for coder in coders} | {p: set(again[p]) for p in again if p.coder in coders}
    work: defaultdict[Place, set[str]] = defaultdict(set, {place: set(units) for place, units in again.items()})
    for plan in found.values():
        for one in plan.units.values():
            for coder in one.coders:
                work[Place(coder, "coding", plan.round, one.arms.get(coder, PLAIN))].add(one.unit.unit_id)
    for place in sorted(place for place in work if place.coder not in coders):
        tell(f"{place}: is not in study.toml any more; {len(work[place])} planned units stay as they are")
    return {place: units for place, units in work.items() if place.coder in coders}


def _needs_no_plan(study: Study) -> None:
    people, sampling = study.settings.coders, study.settings.sampling
    reasons = {
        "[sampling] size": sampling.size > 0,
        '[sampling] unit = "post"': sampling.unit == "post",
        "[coders] overlap": people.overlap < 1,
        "[suggestions] share": study.settings.suggestions.share > 0,
        "[coders] per_unit": 0 < people.per_unit < len(people.names),
    }
    for reason, holds in reasons.items():
        if holds:
            raise StudyError(
                f"{reason} asks for a plan of who codes what, and there is none",
                where=str(study.path / "study.toml"),
                hint="Make it, and look at it, with: coding sample",
            )


def _offer_all(study: Study, desks: Mapping[Place, tuple[Desk, set[str] | None]]) -> None:
    """Offer every unit to the desks to which it belongs."""
    planned = {unit_id for _, units in desks.values() for unit_id in units or ()}
    out = screened_out(study)
    with Progress("push", "threads") as progress:
        for thread, posts in included(study):
            if thread.thread_id not in out:
                for unit, page in _units(thread, posts, planned, whole=any(u is None for _, u in desks.values())):
                    for desk, units in desks.values():
                        if unit.unit_id in units if units is not None else unit.kind == "thread":
                            desk.offer(unit, task_data(unit, thread, page))
            progress.add()
        for desk, _ in desks.values():
            desk.finish()


def _units(
    thread: Thread, posts: Sequence[Post], planned: set[str], *, whole: bool
) -> Iterator[tuple[PushedUnit, ThreadPage]]:
    """The units of a thread that belong to anybody, each with its page."""
    if whole or thread.thread_id in planned:
        yield _unit(thread.thread_id, thread, "thread", thread_page(thread, posts))
    for post in posts:
        if post.post_id in planned:
            yield _unit(post.post_id, thread, "post", thread_page(thread, posts, post.post_id))


def _unit(unit_id: str, thread: Thread, kind: str, page: ThreadPage) -> tuple[PushedUnit, ThreadPage]:
    return PushedUnit(unit_id=unit_id, thread_id=thread.thread_id, kind=kind, content_sha256=page.sha256), page


def named_coders(study: Study) -> list[str]:
    """The coders of ``study.toml``.

    Raises:
        StudyError: It names none.
    """
    if not study.settings.coders.names:
        raise StudyError(
            "study.toml names no coders",
            where=str(study.path),
            hint='Add [coders] with names = ["coder_a", "coder_b"].',
        )
    return study.settings.coders.names
