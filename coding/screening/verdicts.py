"""Raters' annotations, read: a verdict each, and what is wrong in them."""

from dataclasses import dataclass
from typing import get_args

from codebook.rows import Screening
from codebook.rows.screening import Verdict
from coding.answers.annotations import Reading
from coding.answers.plain import Kind, answers, joined

VERDICT, CRITERION, MEMO = "verdict", "criterion", "memo"
"""Names of the page's parts in annotations."""

PARTS: dict[str, Kind] = {VERDICT: "choices", CRITERION: "choices", MEMO: "text"}

REASONS = {
    "no verdict": "it is not one of include, exclude and unsure; the adjudicator is not asked for unsure",
    "criterion not in study.toml": "no criterion of [[screening.criteria]] has this id",
}
"""Why something of a screening is in ``quarantine``, beside what `coding.answers.annotations` says."""

Problem = tuple[str, object]


@dataclass(frozen=True, slots=True)
class Given:
    """A rater's verdict with the annotation that it stands in."""

    reading: Reading
    verdict: Verdict
    criterion: str | None
    memo: str | None

    @property
    def thread_id(self) -> str:
        """The thread that it is about."""
        return self.reading.unit.thread_id

    @property
    def coder(self) -> str:
        """Whose it is."""
        return self.reading.pull.label.coder

    def row(self) -> Screening:
        """As a row of ``screenings``."""
        return Screening(
            unit_id=self.reading.unit.unit_id,
            thread_id=self.thread_id,
            coder=self.coder,
            verdict=self.verdict,
            criterion=self.criterion,
            memo=self.memo,
            coded_at=self.reading.coded_at,
            annotation_id=self.reading.annotation_id,
            run_id=self.reading.run_id,
        )


def read(reading: Reading, legal: tuple[Verdict, ...] = get_args(Verdict)) -> tuple[Given | None, list[Problem]]:
    """A verdict, if there is one of those that are legal, and what is wrong in the annotation."""
    given, problems = answers(reading.value, PARTS)
    verdicts = [verdict for verdict in legal if [verdict] == given[VERDICT]]
    if not verdicts:
        return None, [*problems, ("no verdict", given[VERDICT])]
    named = given[CRITERION]
    unknown = [criterion for criterion in named if criterion not in reading.pull.codes]
    problems += [("criterion not in study.toml", criterion) for criterion in unknown]
    criterion = named[0] if len(named) == 1 and not unknown else None
    return Given(reading, verdicts[0], criterion, joined(given[MEMO])), problems
