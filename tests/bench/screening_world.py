"""Screenings whose relevant texts are known: simulated ones, and labelled sets of others; and how one is read."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coding.ranking import batch
from coding.ranking.certainty import Certainty, Evidence
from coding.ranking.features import Matrix, features
from coding.ranking.learning import scores

Bools = npt.NDArray[np.bool_]
Goal = tuple[float, float]
"""Recall and confidence."""

_LABELS = ("label_included", "included", "label")
_YES = {"1", "1.0", "yes"}


@dataclass(frozen=True)
class Screenable:
    """Texts, and which of them are relevant."""

    name: str
    titles: Sequence[str]
    abstracts: Sequence[str]
    relevant: Bools
    meaning: npt.NDArray[np.float32] | None = None
    """Sentence embeddings, as ``coding screen --order`` has them where the extra ``topics`` is installed."""

    def texts(self) -> list[str]:
        """Titles and abstracts."""
        return [f"{title}\n{text}" for title, text in zip(self.titles, self.abstracts, strict=True)]

    def features(self) -> Matrix:
        """The words, as the model sees them."""
        return features(self.texts())


def labelled(path: Path) -> Screenable:
    """A labelled set: a CSV file with a title, an abstract, and 1 or yes in a column that says what was included."""
    text = path.read_bytes().decode("utf-8", "replace")
    rows = list(csv.DictReader(text.splitlines(keepends=True)))
    names = {name.lower().removeprefix("document "): name for name in rows[0]}
    label = next(names[name] for name in _LABELS if name in names)
    title, abstract = ([row[names[name]] or "" for row in rows] for name in ("title", "abstract"))
    return Screenable(path.stem, title, abstract, np.array([row[label].strip().lower() in _YES for row in rows]))


def simulated(seed: int) -> Screenable:
    """A made-up set: of any size, prevalence and difficulty.

    Relevant texts have more words of the subject than others; the texts of ``hard`` of them say nothing of it, and
    those of some others do. Then no model can find them, and only a draw can.
    """
    random = np.random.default_rng([20261121, seed])
    size, prevalence = random.choice([400, 800, 1500]), random.choice([0.03, 0.1, 0.25])
    hard, alike = random.choice([0.0, 0.1, 0.3, 1.0], p=[0.4, 0.3, 0.2, 0.1]), random.choice([0.0, 0.05])
    relevant = random.random(size) < prevalence
    speaks = np.where(relevant, random.random(size) >= hard, random.random(size) < alike)
    chances = 1 / np.arange(1, 2001)
    drawn = random.choice(2000, (size, 40), p=chances / chances.sum())
    of_subject = random.random((size, 40)) < np.where(speaks, 0.25, 0.02)[:, None]
    words = np.where(of_subject, random.integers(2000, 2060, (size, 40)), drawn)
    return Screenable(
        f"{size}/{prevalence}/{hard}", [""] * size, [" ".join(f"w{w}" for w in row) for row in words], relevant
    )


@dataclass
class Reading:
    """A screening while it is read.

    Args:
        relevant: The truth.
        random: What is drawn at random is drawn by this.
        meaning: Sentence embeddings, where there are any.
        order: What was read, in order.
    """

    relevant: Bools
    random: np.random.Generator
    meaning: npt.NDArray[np.float32] | None = None
    order: list[int] = field(default_factory=list)
    model_found: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.evidence = Evidence(len(self.relevant))

    def unread(self) -> npt.NDArray[np.intp]:
        """What is left."""
        return np.setdiff1d(np.arange(len(self.relevant)), np.array(self.order, dtype=np.intp))

    def liked(self, of: Matrix, unread: npt.NDArray[np.intp]) -> npt.NDArray[np.float64] | None:
        """What the model says of the unread; None before it can learn."""
        read = np.array(self.order, dtype=np.intp)
        return scores(of, self.relevant[read], read, unread, self.meaning)

    def read_on(self, of: Matrix, size: int, *, certify: bool = True) -> None:
        """Read a batch; without ``certify``, only what the model likes best once there is one."""
        unread = self.unread()
        liked = self.liked(of, unread)
        share = batch.FIRST_AT_RANDOM if liked is None else batch.share_at_random(self.model_found) * certify
        flat = self.random.bytes(32 * len(unread))
        numbers = [flat[at : at + 32] for at in range(0, len(flat), 32)]
        by: batch.How = "similar" if liked is None else "model"
        given = np.zeros(len(unread)) if liked is None else liked
        for pick in batch.choose(given, unread, numbers, size, share=share, by=by):
            yes = bool(self.relevant[pick.position])
            self.order.append(pick.position)
            (self.evidence.draw if pick.how == "random" else self.evidence.take)(yes)
            self.model_found += [yes] if pick.how == "model" else []

    @property
    def recall(self) -> float:
        """The true recall so far; 1 where there is nothing to find."""
        return float(self.relevant[self.order].sum() / max(1, self.relevant.sum()))


@dataclass(frozen=True)
class Stopped:
    """Where a rule stopped: the true recall, and the share that was read."""

    recall: float
    read: float


def stops(of: Screenable, goals: Sequence[Goal], seed: int, size: int = 50) -> list[Stopped]:
    """Where the rule stops for each goal, and last, where one stops after 50 irrelevant ones of the model in a row."""
    arrays, reading = of.features(), Reading(of.relevant, np.random.default_rng([seed, 1]), of.meaning)
    found: dict[int, Stopped] = {}
    while len(found) <= len(goals) and len(reading.order) < len(of.relevant):
        reading.read_on(arrays, size)
        now = Stopped(reading.recall, len(reading.order) / len(of.relevant))
        if batch.share_at_random(reading.model_found):
            found.setdefault(len(goals), now)
        for number, (recall, confidence) in enumerate(goals):
            sure: Certainty = reading.evidence.certainty(recall, confidence)
            if sure.may_stop:
                found.setdefault(number, now)
    return [found.get(number, Stopped(1.0, 1.0)) for number in range(len(goals) + 1)]


def read_until(of: Screenable, words: Matrix, prior: Sequence[int], size: int, recall: float) -> list[int]:
    """The order in which the model alone reads, after known records, until this share of the relevant ones is found."""
    reading = Reading(of.relevant, np.random.default_rng(0), of.meaning, order=list(prior))
    while reading.recall < recall:
        reading.read_on(words, size, certify=False)
    return reading.order
