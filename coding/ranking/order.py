"""One call of `coding screen --order`: what is known, who is read next, or that enough was found."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codebook.rows import Screened
from codebook.study import Study
from coding.ranking import batch, learning
from coding.ranking.candidates import question
from coding.ranking.certainty import Certainty, Evidence
from coding.ranking.features import similarity
from coding.ranking.kept_arrays import arrays, texts_sha256
from coding.ranking.meaning import Meaning, meaning
from coding.ranking.steps import Drawn, History, Step, Stop, takes
from coding.sampling.draw import rank

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the verdicts say about the candidates at one moment.

    Args:
        certainty: Of the recall. Where threads wait for a verdict, of what was taken before them.
        waiting: Threads that were given to raters and are not decided.
        counts_since: The step since which draws are evidence: when the candidate that came last had come.
    """

    certainty: Certainty
    waiting: Sequence[str]
    counts_since: int

    @property
    def may_stop(self) -> bool:
        """Whether enough was found for certain, and everything is decided that was given to raters."""
        return self.certainty.may_stop and not self.waiting


def decided(study: Study) -> dict[str, bool]:
    """Every thread that is decided, and whether it is relevant."""
    return {row.thread_id: row.included for row in study.read(Screened)}


def known(study: Study, found: History, there: Collection[str], verdicts: Mapping[str, bool]) -> Known:
    """What the verdicts say.

    A draw is evidence if it was from all unread candidates. Those made before the last candidate came, and those behind
    one that waits for its verdict, are read and are no evidence; candidates that are none any more do not count at all.
    """
    since = found.candidates()
    counts_since = max((since.get(thread_id, len(found.steps) + 1) for thread_id in there), default=1)
    evidence, taken, waiting = Evidence(len(there)), set[str](), []
    for number, thread_id, at_random in takes(found):
        if thread_id in taken or thread_id not in there:
            continue
        taken.add(thread_id)
        if thread_id not in verdicts:
            waiting.append(thread_id)
        elif at_random and number >= counts_since and not waiting:
            evidence.draw(verdicts[thread_id])
        else:
            evidence.take(verdicts[thread_id])
    for thread_id in sorted(verdicts.keys() & set(there) - taken):
        evidence.take(verdicts[thread_id])
    asked = study.settings.screening
    return Known(
        certainty=evidence.certainty(asked.recall, asked.confidence), waiting=waiting, counts_since=counts_since
    )


def next_step(study: Study, found: History, texts: Mapping[str, str], size: int, run_id: str) -> Step:
    """The next batch, which is not stored yet.

    Args:
        study: The study.
        found: What was drawn before.
        texts: The candidates and their texts.
        size: How many threads; all that are unread if there are fewer.
        run_id: The run that draws.

    Raises:
        Missing: The extra that brings scikit-learn is not installed.
    """
    verdicts, number, before = decided(study), len(found.steps) + 1, found.candidates()
    given = found.given()
    unread = [thread_id for thread_id in texts if thread_id not in verdicts and thread_id not in given]
    liked, by, seen = _liked(study, texts, verdicts, unread)
    seed = study.settings.study.seed
    picks = batch.choose(
        liked,
        np.arange(len(unread)),
        [rank(seed, "order", number, thread_id) for thread_id in unread],
        size,
        share=batch.share_at_random(_model_found(found, verdicts)) if by == "model" else batch.FIRST_AT_RANDOM,
        by=by,
    )
    known_before = found.known().keys() | given.keys()
    return Step(
        number=number,
        settings=_settings(study) | {"batch": size},
        model=_model(verdicts, texts, by, seen),
        joined=[thread_id for thread_id in texts if thread_id not in before],
        gone=[thread_id for thread_id in before if thread_id not in texts],
        known=[thread_id for thread_id in texts if thread_id in verdicts and thread_id not in known_before],
        drawn=tuple(Drawn(thread_id=unread[one.position], how=one.how, score=one.score) for one in picks),
        run_id=run_id,
    )


def stop(study: Study, texts: Mapping[str, str], state: Known, run_id: str) -> Stop:
    """The end of the reading, which is not stored yet."""
    verdicts = decided(study)
    unread = [thread_id for thread_id in texts if thread_id not in verdicts]
    liked = _liked(study, texts, verdicts, unread)[0] if unread else np.zeros(0)
    best = sorted(zip(-liked, unread, strict=True))
    return Stop(
        settings=_settings(study),
        certainty=asdict(state.certainty),
        unread={thread_id: float(-score) for score, thread_id in best},
        run_id=run_id,
    )


def _liked(
    study: Study, texts: Mapping[str, str], verdicts: Mapping[str, bool], unread: Sequence[str]
) -> tuple[Floats, batch.How, Meaning | None]:
    """How well each unread candidate is liked, by what (model or similarity to the question), and the embeddings."""
    at = {thread_id: number for number, thread_id in enumerate(texts)}
    read = [thread_id for thread_id in texts if thread_id in verdicts]
    labels = np.array([verdicts[thread_id] for thread_id in read], dtype=np.bool_)
    if labels.any() and not labels.all():
        known_ones, wanted = (np.array([at[one] for one in some], dtype=np.intp) for some in (read, unread))
        seen = meaning(study, texts)
        scores = learning.scores(arrays(study, texts), labels, known_ones, wanted, seen.vectors if seen else None)
        if scores is not None:
            return scores, "model", seen
    return np.round(similarity([texts[thread_id] for thread_id in unread], question(study)), 9), "similar", None


def _model_found(found: History, verdicts: Mapping[str, bool]) -> list[bool]:
    """Whether the candidates that the model chose, and that are decided, are relevant, in the order of choice."""
    chosen = (one.thread_id for step in found.steps for one in step.drawn if one.how == "model")
    return [verdicts[thread_id] for thread_id in chosen if thread_id in verdicts]


def _settings(study: Study) -> dict[str, Any]:
    asked = study.settings.screening
    return {"seed": study.settings.study.seed, "recall": asked.recall, "confidence": asked.confidence}


def _model(
    verdicts: Mapping[str, bool], texts: Mapping[str, str], by: batch.How, seen: Meaning | None
) -> dict[str, Any]:
    """What gave the scores, so that somebody could see whether the same would come of it again."""
    used = sorted((thread_id, yes) for thread_id, yes in verdicts.items() if thread_id in texts)
    return {
        "name": learning.NAMES[seen is not None] if by == "model" else "similarity to the question",
        "relevant": sum(yes for _, yes in used),
        "irrelevant": sum(not yes for _, yes in used),
        "verdicts_sha256": hashlib.sha256(json.dumps(used).encode()).hexdigest(),
        "texts_sha256": texts_sha256(texts),
        "embedding_model_sha256": seen.model_sha256 if seen else "",
        "embeddings_sha256": seen.sha256 if seen else "",
        "versions": {name: version(name) for name in ("numpy", "scipy", "scikit-learn")},
    }
