"""Suggestions for real threads that were coded by hand: precision among the first codes, beside simpler methods."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from codebook.rows import Thread
from codebook.study import Study
from coding.agreement.interval import Resamples
from coding.embeddings.embed import embed
from coding.embeddings.texts import UnitText, unit_texts
from coding.evaluation.baselines import BASELINES, Task
from coding.evaluation.estimated import Estimated, estimates
from coding.evaluation.judged import Floats, Offer, Truth, likeliest, usual_number
from coding.suggestions.material import Codes, Decided, Units
from coding.suggestions.suggester import suggest

HERE = Path(__file__).resolve().parent
BOOK = HERE.parents[1] / "codebook" / "example" / "codebook.yaml"
SEED = 20260120
CHANCES = 200
"""Random orders whose mean is printed."""

SHOWN = ("precision@1", "precision@3", "best@3", "f1_micro", "f1_macro")


def new_study(folder: Path, sources: str) -> Study:
    """A study with the example codebook."""
    folder.mkdir()
    head = '[study]\ntitle = "bench"\nkeywords = ["trust_remote_code", "trust_repo"]\nsince = 2019-01-01\n'
    (folder / "study.toml").write_text(head + sources, encoding="utf-8")
    (folder / "codebook.yaml").write_text(BOOK.read_text(encoding="utf-8"), encoding="utf-8")
    return Study.open(folder)


def definitions_of(codes: Codes) -> npt.NDArray[np.float32]:
    """The vectors of the codes' names with definitions: the first text of each."""
    return codes.vectors[np.searchsorted(codes.code_of, np.arange(len(codes.ids)))]


def hand_coded() -> dict[str, list[str]]:
    """Codes by thread, as coded by hand before any suggestion was made."""
    with (HERE / "hand_coded.csv").open(encoding="utf-8", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    return {row["id"]: row["codes"].split() for row in csv.DictReader(lines)}


def id_of(url: str) -> str:
    """The id that the file of codes has for the thread at an address."""
    site, _, rest = url.removeprefix("https://").partition("/")
    *repository, _, number = rest.split("/")
    return f"{site.split('.')[0]}:{'/'.join(repository)}#{number}"


@dataclass(frozen=True)
class Coded:
    """The threads with what was decided of them."""

    units: Units
    codes: Codes
    labels: npt.NDArray[np.int8]

    @property
    def truth(self) -> Truth:
        """As what is evaluated against."""
        return Truth.of(self.codes.ids, self.labels, self.units.groups)


def real_threads(folder: Path, file: Path) -> None:
    """Print precision among the first three codes for the threads of a file, or why there is none."""
    if not file.is_file():
        print(f"\nthreads coded by hand: their texts are not here ({file}); name them with --threads")
        return
    coded = _coded(folder, file)
    without = int((coded.labels.sum(axis=1) == 0).sum())
    print(
        f"\n{len(coded.labels)} real threads coded by hand by one coder, an AI language model, before any suggestion; "
        f"{without} have no code, {coded.labels.sum() / len(coded.labels):.2f} codes a thread"
    )
    print("  without any decision")
    for name, offer in _without(coded):
        _tell(name, coded, offer)
    print("  with all other threads decided")
    for name, offer in _with_the_others(coded):
        _tell(name, coded, offer)
    chances = [_first_three(coded, seed) for seed in range(CHANCES)]
    print(f"  random: precision@3 {np.mean(chances):.3f} (mean of {CHANCES} orders)", flush=True)


def _coded(folder: Path, file: Path) -> Coded:
    study = new_study(folder, f'[sources.team]\nkind = "file"\npath = {json.dumps(str(file.resolve()))}\n')
    subprocess.run([sys.executable, "-m", "collect.cli", "threads", "--study", str(folder)], check=True)
    decided = hand_coded()
    ids = {thread.thread_id: id_of(thread.url) for thread in study.read(Thread)}
    texts = [text for text in unit_texts(study) if ids[text.thread_id] in decided]
    leaves = study.codebook.leaves()
    labels = [[leaf.id in decided[ids[text.thread_id]] for leaf in leaves] for text in texts]
    codes = Codes.of(leaves, lambda said: embed(study, said).vectors)
    return Coded(_units(study, texts), codes, np.array(labels, dtype=np.int8))


def _units(study: Study, texts: list[UnitText]) -> Units:
    said = [(at, text.shown[start:end]) for at, text in enumerate(texts) for start, end in text.sentences()]
    return Units(
        texts=[text.prose for text in texts],
        groups=[text.thread_id for text in texts],
        vectors=embed(study, [text.prose for text in texts]).vectors,
        sentences=embed(study, [sentence for _, sentence in said]).vectors,
        sentence_of=np.array([at for at, _ in said], dtype=np.int64),
    )


def _task(coded: Coded, learnt: list[int], asked: list[int], seed: int = SEED) -> Task:
    given = coded.labels[learnt].astype(bool)
    return Task(
        texts=coded.units.texts,
        vectors=coded.units.vectors,
        definitions=definitions_of(coded.codes),
        learnt=np.array(learnt, dtype=np.int64),
        given=given,
        known=np.ones_like(given),
        asked=np.array(asked, dtype=np.int64),
        seed=seed,
    )


def _without(coded: Coded) -> Iterator[tuple[str, Offer]]:
    """What needs no decision; one code is offered per unit."""
    everywhere = list(range(len(coded.labels)))
    made = suggest(coded.units, coded.codes, Decided.none(len(coded.codes.ids)), seed=SEED, error=0.2, at_most=3)
    yield "suggestions", _offer(made.raw["combined"], 1)
    yield BASELINES["similarity"].name, _offer(BASELINES["similarity"].scores(_task(coded, [], everywhere)), 1)


def _with_the_others(coded: Coded) -> Iterator[tuple[str, Offer]]:
    everywhere = list(range(len(coded.labels)))
    others = [[other for other in everywhere if other != at] for at in everywhere]
    number = usual_number(coded.labels.astype(bool))
    yield "suggestions", _offer(np.concatenate([_suggested(coded, rest, at) for at, rest in enumerate(others)]), number)
    for method in BASELINES.values():
        if method is not BASELINES["random"]:
            scores = [method.scores(_task(coded, rest, [at])) for at, rest in enumerate(others)]
            yield method.name, _offer(np.concatenate(scores), number)


def _suggested(coded: Coded, learnt: list[int], asked: int) -> Floats:
    decided = Decided(
        units=np.array(learnt, dtype=np.int64),
        labels=coded.labels[learnt],
        calibrates=np.ones(len(learnt), dtype=bool),
    )
    return suggest(coded.units, coded.codes, decided, seed=SEED, error=0.2, at_most=3).raw["combined"][[asked]]


def _offer(scores: Floats, number: int) -> Offer:
    return Offer(scores=scores, chosen=likeliest(scores, number))


def _first_three(coded: Coded, seed: int) -> float:
    everywhere = list(range(len(coded.labels)))
    offer = _offer(BASELINES["random"].scores(_task(coded, [], everywhere, seed)), 1)
    found = {one.measure: one.value for one in estimates(offer, coded.truth, Resamples(1, SEED)) if not one.code}
    return found["precision@3"] or 0.0


def _tell(name: str, coded: Coded, offer: Offer) -> None:
    found = {one.measure: one for one in estimates(offer, coded.truth, Resamples(2000, SEED)) if not one.code}
    said = "; ".join(f"{measure} {_with_ends(found[measure])}" for measure in SHOWN)
    print(f"    {name:38} {said}", flush=True)


def _with_ends(one: Estimated) -> str:
    value = "undefined" if one.value is None else f"{one.value:.3f}"
    return value if one.low is None or one.high is None else f"{value} [{one.low:.3f}, {one.high:.3f}]"
