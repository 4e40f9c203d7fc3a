"""What the other parts of coding take from a screening."""

from codebook.rows import Screened, Thread
from codebook.study import Study


def screened_out(study: Study) -> set[str]:
    """Ids of the included threads that are not to be coded, by the table ``screened``.

    Once it has rows, these are all that are not screened in: those excluded, and those not decided yet. Before, none.
    """
    decided = {row.thread_id: row.included for row in study.read(Screened)}
    if not decided:
        return set()
    return {thread.thread_id for thread in study.read(Thread) if thread.included and not decided.get(thread.thread_id)}
