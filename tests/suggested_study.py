"""Suggestions as ``coding suggest`` writes them, for tests of what is made of them."""

from collections.abc import Iterable
from typing import Any

from hand_study import row

from codebook.rows import Suggestion
from codebook.study import Study
from coding.page.thread import thread_page
from coding.projects.desk import included


def suggestion(unit_id: str, code: str, **values: Any) -> Suggestion:
    """A suggestion that coders may see."""
    common = {"unit_id": unit_id, "thread_id": unit_id.partition("/")[0], "code": code, "method": "combined"}
    shown = {"score": 0.8, "raw_score": 0.8, "said": True, "arm": "suggested", "run_id": "coding-suggest-1"}
    return row(Suggestion, **common | shown | values)


def with_evidence(study: Study, unit_id: str, code: str, words: str, **values: Any) -> Suggestion:
    """A suggestion whose evidence stands in the unit's shown text."""
    text = next(thread_page(head, posts).text for head, posts in included(study) if head.thread_id == unit_id)
    start = text.index(words)
    return suggestion(unit_id, code, evidence=words, start=start, end=start + len(words), **values)


def suggest(study: Study, rows: Iterable[Suggestion]) -> None:
    """Write the table as a run of ``coding suggest`` does."""
    study.write(Suggestion, list(rows))
