"""What a study has for suggestions: its units with their sentences, its codes, its topics, and what is decided."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from codebook.errors import StudyError
from codebook.study import Study
from coding.embeddings.embed import Embedded, embed
from coding.embeddings.prose import cleaned
from coding.embeddings.texts import UnitText, unit_texts
from coding.suggestions.decisions import decisions
from coding.suggestions.material import NOTHING, Bools, Codes, Decided, Ints, Units, Wording, wording

_SENTENCES = 200
"""Sentences of a unit that are looked at, the first ones."""

_QUOTATION = 30
"""Characters of a text from which on it stands in another by more than chance."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Everything that suggestions are made of.

    Args:
        texts: The units with prose, in the order of their ids.
        spans: Where in the shown text of its unit each sentence stands.
        units: The same as arrays.
        codes: The codes that can be assigned.
        decided: The decisions on these units.
        arms: Per decided unit, the arms in which it was read.
        without_prose: Units that have none, and so get no suggestions.
        quoted: Decided units, read plainly, in which a text of the codebook stands; scores are not calibrated on them.
        inputs: Hashes of what all this was made of, by name.
    """

    texts: Sequence[UnitText]
    spans: Sequence[Span]
    units: Units
    codes: Codes
    decided: Decided
    arms: Sequence[frozenset[str]]
    without_prose: int
    quoted: int
    inputs: Mapping[str, str]

    @property
    def unit_ids(self) -> list[str]:
        """The ids of the units, in the order of the arrays."""
        return [text.unit_id for text in self.texts]


def gather(study: Study) -> Gathered:
    """Read what a study has; embeddings that are not there yet are computed.

    Raises:
        StudyError: There are no included threads, no unit has prose, or no code can be assigned.
        Missing: An extra is not installed, or the embedding model cannot be had.
    """
    wordings = _wordings(study)
    every = list(unit_texts(study))
    texts = [text for text in every if text.prose]
    if not texts:
        raise StudyError(
            "no unit has prose to suggest codes for, only code, logs, quotations or nothing",
            where=str(study.path),
            hint="Include threads in which people say something.",
        )
    found = [(place, span, prose) for place, text in enumerate(texts) for span, prose in _sentences(text)]
    units, codes, embedded = _embedded(study, texts, found, wordings)
    decided, arms = decisions(study, {text.unit_id: at for at, text in enumerate(texts)}, codes.ids)
    quoted = decided.calibrates & quoting([text.shown for text in texts], wordings)[decided.units]
    decided = replace(decided, calibrates=decided.calibrates & ~quoted)
    return Gathered(
        texts=texts,
        spans=[span for _, span, _ in found],
        units=units,
        codes=codes,
        decided=decided,
        arms=arms,
        without_prose=len(every) - len(texts),
        quoted=int(quoted.sum()),
        inputs=_inputs(texts, units, decided, embedded)
        | {"codebook": study.codebook.sha256, "embedding model": embedded.model_sha256},
    )


def quoting(texts: Sequence[str], wordings: Sequence[Wording]) -> Bools:
    """In which texts (n) a sign or an example of a code stands as it is; short ones do not count.

    Methods know these texts by heart: calibrated or evaluated on them, they would seem better than they are.
    """
    known = {_plain(text) for each in wordings for text in (*each.speaks_for[1:], *each.speaks_against)}
    long = [text for text in known if len(text) >= _QUOTATION]
    return np.array([any(text in shown for text in long) for shown in map(_plain, texts)], np.bool_)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _embedded(
    study: Study, texts: Sequence[UnitText], found: Sequence[tuple[int, Span, str]], wordings: Sequence[Wording]
) -> tuple[Units, Codes, Embedded]:
    """Units and codes with the embeddings of units, sentences and the codebook's texts, in this order.

    Units come first and alone, as in `coding topics`: the last digits of a vector depend on what is computed with it,
    so both commands give the same, whichever is run first.
    """
    codebook = Codes(wordings=wordings, vectors=NOTHING).texts
    of_units = embed(study, [text.prose for text in texts])
    others = embed(study, [*(prose for _, _, prose in found), *codebook])
    embedded = replace(others, vectors=np.vstack([of_units.vectors, others.vectors]))
    behind = len(texts) + len(found)
    units = Units(
        texts=[text.prose for text in texts],
        groups=[text.thread_id for text in texts],
        vectors=embedded.vectors[: len(texts)],
        sentences=embedded.vectors[len(texts) : behind],
        sentence_of=np.array([place for place, _, _ in found], np.int64),
        topics=_topics(study, [text.unit_id for text in texts]),
    )
    return units, Codes(wordings=wordings, vectors=embedded.vectors[behind:]), embedded


def _wordings(study: Study) -> list[Wording]:
    found = [wording(code) for code in study.codebook.leaves()]
    if not found:
        raise StudyError(
            "no code of the codebook can be assigned",
            where=str(study.path / "codebook.yaml"),
            hint="Add codes, or make proposed ones active.",
        )
    return found


def _sentences(text: UnitText) -> Iterator[tuple[Span, str]]:
    """The first sentences of a unit that say something: place in the shown text, and prose."""
    for start, end in text.sentences()[:_SENTENCES]:
        if prose := cleaned(text.shown, [(start, end)]):
            yield (start, end), prose


def _topics(study: Study, unit_ids: Sequence[str]) -> Ints | None:
    """The likeliest topic of each unit, -1 for none; None where no unit has a topic."""
    with study.connect() as con:
        query = "SELECT unit_id, topic FROM topics ORDER BY unit_id, coalesce(probability, 0), topic DESC"
        topics = dict(con.execute(query).fetchall())
    found = np.array([topics.get(unit_id, -1) for unit_id in unit_ids], np.int64)
    return found if (found >= 0).any() else None


def _inputs(texts: Sequence[UnitText], units: Units, decided: Decided, embedded: Embedded) -> dict[str, str]:
    topics = np.zeros(0) if units.topics is None else units.topics
    labels = (decided.units.astype("<i8"), decided.labels, decided.calibrates)
    return {
        "texts": _sha256(f"{text.unit_id}\0{text.shown}\0".encode("utf-8", "replace") for text in texts),
        "embeddings": _sha256([np.ascontiguousarray(embedded.vectors, "<f4").tobytes()]),
        "topics": _sha256([topics.astype("<i8").tobytes()]),
        "decisions": _sha256(each.tobytes() for each in labels),
    }


def _sha256(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
