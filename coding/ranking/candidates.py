"""What can be screened: the candidates with their texts, and what is asked."""

from codebook.rows import Planned
from codebook.study import Study
from coding.projects.desk import included

_LONGEST = 6000
"""Characters of a thread that are read: its title and how it begins say what it is about."""


def candidates(study: Study) -> dict[str, str]:
    """The threads that raters are to judge, with their texts, in the order of their ids.

    These are the included ones; where `coding sample` was run first, the planned ones of them.

    Raises:
        StudyError: There are no included threads.
    """
    planned = {row.thread_id for row in study.read(Planned)}
    return {
        thread.thread_id: "\n".join((thread.title, *(post.body for post in posts)))[:_LONGEST]
        for thread, posts in included(study)
        if not planned or thread.thread_id in planned
    }


def question(study: Study) -> list[str]:
    """What is asked, in words: title and keywords of the study, and the criteria that include a thread."""
    settings = study.settings
    wanted = [criterion.text for criterion in settings.screening.criteria if criterion.kind == "include"]
    return [settings.study.title, *settings.study.keywords, *wanted]
