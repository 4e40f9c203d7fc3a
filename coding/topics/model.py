"""Topics of units by BERTopic, with every seed fixed.

Grootendorst, "BERTopic: Neural topic modeling with a class-based TF-IDF procedure", arXiv:2203.05794: vectors of texts
are brought to five dimensions (UMAP), dense groups are found (HDBSCAN), and words that set a group apart describe it.
"""

import logging
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from codebook.extras import require
from coding.topics.limits import OUTLIERS, fewest
from coding.topics.words import words

Array = npt.NDArray[np.float32]
Mode = Literal["free", "guided", "zero-shot"]

_DIMENSIONS = 5
_NEIGHBOURS = 15
_WORDS = 10
_REPRESENTATIVE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How topics are to be found.

    Args:
        mode: ``guided`` moves units towards the code that they are nearest to before groups are found; in
            ``zero-shot``, units that are alike enough to a code are that code's topic, and the rest is free.
        smallest: Units that a topic has at least, but for those of codes.
        seed: Of every random number.
        similarity: From which cosine similarity on a unit is a code's (``zero-shot``).
    """

    mode: Mode
    smallest: int
    seed: int
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """Codes with their words and vectors; none in mode ``free``."""

    codes: Sequence[str] = ()
    words: Sequence[Sequence[str]] = ()
    vectors: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One topic.

    Args:
        topic: Its number, from 0 by size; -1 for the outliers.
        size: Units.
        words: Its most typical words with their weights, best first.
        code: The code that it comes from, if it does.
        representative: Places of the units nearest to its middle, nearest first.
    """

    topic: int
    size: int
    words: tuple[tuple[str, float], ...]
    code: str | None
    representative: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A topic model of some units: the topic, its probability, and the place on the map of each, and the topics."""

    assigned: Sequence[int]
    probabilities: Sequence[float]
    places: npt.NDArray[np.float64]
    topics: Sequence[Found]


def fit(texts: Sequence[str], vectors: Array, setting: Setting, seeds: Seeds) -> Fitted:
    """Find topics.

    Args:
        texts: The units' prose, each with a word at least; as many as :func:`fewest` says or more, and
            not all with one and the same word.
        vectors: Theirs, n x d, of unit length.
        setting: How.
        seeds: The codes.

    Raises:
        Missing: The extra ``topics`` is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numba and UMAP, about threads that a fixed seed does without
        clusters = _clusters(vectors, setting, seeds)
        model = _bertopic(len(texts), setting, seeds, clusters)
        assigned = [int(topic) for topic in model.fit_transform(list(texts), embeddings=vectors.copy())[0]]
        places = _umap(len(texts), setting.seed, dimensions=2, apart=0.5).fit_transform(vectors)
    codes = {topic: clusters.codes.get(label) for topic, label in zip(assigned, clusters.labels_, strict=True)}
    return Fitted(
        assigned=assigned,
        probabilities=[round(float(p), 6) for p in clusters.probabilities_],
        places=np.round(np.nan_to_num(places).astype(np.float64), 4),
        topics=[
            Found(
                topic=topic,
                size=size,
                words=_words(model, topic),
                code=codes.get(topic),
                representative=_nearest(vectors, np.flatnonzero(np.array(assigned) == topic)),
            )
            for topic, size in sorted(Counter(assigned).items())
        ],
    )


def _words(model: Any, topic: int) -> tuple[tuple[str, float], ...]:
    found = model.get_topic(topic) or ()
    return tuple((word, round(float(weight), 6)) for word, weight in found if word and weight > 0)


def _nearest(vectors: Array, members: npt.NDArray[np.intp]) -> tuple[int, ...]:
    middle = vectors[members].mean(axis=0)
    order = np.argsort(-(vectors[members] @ middle).round(5), kind="stable")
    return tuple(int(at) for at in members[order[:_REPRESENTATIVE]])


def _umap(units: int, seed: int, *, dimensions: int, apart: float) -> Any:
    return require("umap", "topics").UMAP(
        n_neighbors=min(_NEIGHBOURS, units - 1),
        n_components=dimensions,
        min_dist=apart,
        metric="cosine",
        random_state=seed,
        n_jobs=1,
    )


def _bertopic(units: int, setting: Setting, seeds: Seeds, clusters: "_Clusters") -> Any:
    package = require("bertopic", "topics")
    logging.getLogger("BERTopic").setLevel(logging.ERROR)
    guided = setting.mode == "guided"
    return package.BERTopic(
        language="multilingual",  # "english" would take every other letter out
        embedding_model=_backend(seeds) if guided else None,
        seed_topic_list=[list(each) for each in seeds.words] if guided else None,
        umap_model=_umap(units, setting.seed, dimensions=min(_DIMENSIONS, units - 2), apart=0.0),
        hdbscan_model=clusters,
        vectorizer_model=require("sklearn.feature_extraction.text", "topics").CountVectorizer(analyzer=words),
        ctfidf_model=require("bertopic.vectorizers", "topics").ClassTfidfTransformer(reduce_frequent_words=True),
        top_n_words=_WORDS,
    )


def _backend(seeds: Seeds) -> Any:
    """What BERTopic asks for the vectors of the seeds, and of nothing else: they are there."""
    base = require("bertopic.backend", "topics").BaseEmbedder

    def embed(_self: object, documents: Sequence[str], verbose: bool = False) -> Any:  # noqa: ARG001 - its signature
        assert seeds.vectors is not None  # noqa: S101 - guided has them
        assert len(documents) == len(seeds.vectors)  # noqa: S101 - see the docstring
        return seeds.vectors.copy()

    return type("Known", (base,), {"embed": embed})()


def _clusters(vectors: Array, setting: Setting, seeds: Seeds) -> "_Clusters":
    likest: npt.NDArray[np.int_] = np.full(len(vectors), OUTLIERS)
    alike: npt.NDArray[np.float64] = np.zeros(len(vectors))
    if setting.mode == "zero-shot" and seeds.vectors is not None:
        similar = vectors @ seeds.vectors.T
        alike = similar.max(axis=1)
        likest = np.where(alike >= setting.similarity, similar.argmax(axis=1), OUTLIERS)
    return _Clusters(setting.smallest, likest, alike, seeds.codes)


class _Clusters:
    """What BERTopic asks for groups: units that are alike enough to a code are given, HDBSCAN finds the others.

    BERTopic's own zero-shot mode loses which topic was which code where all units have one.

    Args:
        smallest: Units that a found group has at least.
        likest: Place of each unit's code, or -1.
        alike: The similarity of each unit to the code that is most alike.
        codes: Their ids.
    """

    def __init__(
        self, smallest: int, likest: npt.NDArray[np.int_], alike: npt.NDArray[np.float64], codes: Sequence[str]
    ) -> None:
        self._smallest, self._likest, self._alike = smallest, likest, alike
        self.codes = dict(enumerate(codes)) if (likest != OUTLIERS).any() else {}
        self.labels_: npt.NDArray[np.int_] = likest.copy()
        self.probabilities_: npt.NDArray[np.float64] = np.clip(alike, 0, 1)

    def fit(self, places: npt.NDArray[np.float32], y: object = None) -> "_Clusters":  # noqa: ARG002 - its signature
        """Find groups among the units that no code has."""
        rest = np.flatnonzero(self._likest == OUTLIERS)
        self.labels_, self.probabilities_ = self._likest.copy(), np.clip(self._alike, 0, 1)
        self.probabilities_[rest] = 0
        if len(rest) >= fewest(self._smallest):
            made = require("hdbscan", "topics").HDBSCAN(min_cluster_size=self._smallest, core_dist_n_jobs=1)
            found = made.fit(places[rest].astype(np.float64))
            first = self._likest.max() + 1
            self.labels_[rest] = np.where(found.labels_ == OUTLIERS, OUTLIERS, found.labels_ + first)
            self.probabilities_[rest] = found.probabilities_
        return self

    def predict(self, places: npt.NDArray[np.float32]) -> npt.NDArray[np.int_]:
        """The groups of the units that were fitted, which are all there are."""
        assert len(places) == len(self.labels_)  # noqa: S101 - nothing else is ever asked
        return self.labels_
