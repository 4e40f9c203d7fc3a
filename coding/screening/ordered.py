"""Which threads raters are given by order: those of all batches, and a new batch where the last one is nearly done."""

from collections.abc import Callable

from codebook.study import Study
from coding import derive
from coding.ranking import order, report, steps
from coding.ranking.candidates import candidates
from coding.ranking.steps import Step, Stop
from coding.screening.tables import screens

Tell = Callable[[str], None]


def given_by(study: Study, run_id: str, size: int, tell: Tell) -> dict[str, int]:
    """Draw what is missing to a batch, unless enough was found, and store that.

    Nothing is missing as long as ``size`` threads wait for raters. So whoever runs it twice, or again after it was
    killed, gets the same.

    Args:
        study: The study.
        run_id: The run that draws.
        size: How many threads are to wait for the raters.
        tell: Gets a line about how far the reading is, and what was drawn.

    Returns:
        The threads that raters are given, with their ranks.

    Raises:
        StudyError: There are no candidates.
        Missing: The extra that brings scikit-learn is not installed.
    """
    found, texts = steps.history(study), candidates(study)
    state = order.known(study, found, texts, order.decided(study))
    unread = set(texts) - order.decided(study).keys() - found.given().keys()
    for line in report.lines(study, found, state):
        tell(line)
    made: Step | Stop | None = None
    missing = min(size - len(_open(study, found, texts, tell)), len(unread))
    if state.may_stop:
        made = order.stop(study, texts, state, run_id)
    elif missing > 0:
        made = order.next_step(study, found, texts, missing, run_id)
    if made and made != found.stop:
        steps.append(study, made, len(found.steps) + isinstance(made, Step))
    if isinstance(made, Step):
        found.steps.append(made)
        tell(f"batch {made.number}: {_hows(made)}")
    return {thread_id: rank for rank, thread_id in enumerate(found.given(), 1)}


def _open(study: Study, found: steps.History, texts: dict[str, str], tell: Tell) -> list[str]:
    """What was given to raters and waits for one of them; what waits for the adjudicator does not."""
    made, _ = screens(derive.all_records(study, tell))
    done = {thread_id for thread_id, screen in made.items() if screen.is_complete}
    return [thread_id for thread_id in found.given() if thread_id in texts and thread_id not in done]


def _hows(made: Step) -> str:
    words = {"similar": "similar to the question", "model": "by the model", "random": "at random"}
    counts = {word: sum(one.how == how for one in made.drawn) for how, word in words.items()}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)
