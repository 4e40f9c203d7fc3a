"""Suggestions beside simpler methods: macro-F1 on labelled texts at 10, 50 and 200 decided units; real threads.

Run: ``python tests/bench/bench_suggest.py [--seeds N] [--development] [--threads FILE]``. The corpora are those of
``suggest_corpora.py``. In each of N draws (10 at least) so many units are decided, all others are asked about.

What is offered for a unit is up to a rule. Suggestions are shown with the one of ``coding suggest`` (per code, the cut
of the highest expected F1), and with the m likeliest codes (m: how many decided units have, rounded). A baseline has
the best of both and of one threshold for all codes, and which is best is seen in hindsight, on the very units that are
asked about. Exit status 1 unless suggestions beat every baseline by both rules, with the whole 95 % interval of the
difference over the same draws above zero. The intervals say how much the draw of the decided units matters.

Then the threads coded by hand (``hand_coded.csv``), whose texts are no part of the project: precision among the first
three codes, without any decision, and with all other threads decided.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.suggest_corpora import Corpus, development, held_out
from bench.suggest_threads import definitions_of, new_study, real_threads

from codebook.study import Study
from coding.embeddings.embed import embed
from coding.evaluation.baselines import BASELINES, Baseline, Task
from coding.evaluation.judged import Bools, Floats, Offer, Truth, likeliest, usual_number
from coding.evaluation.measures import OVERALL, summands
from coding.suggestions.material import Codes, Decided, Units
from coding.suggestions.suggester import chosen, suggest

THREADS = Path(__file__).resolve().parents[3] / "shared" / "threads" / "real_threads.jsonl"

DECIDED = (10, 50, 200)
SHARES = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3)
"""Shares of all pairs of unit and code that are above the threshold that a baseline may choose."""

FEWEST_SEEDS = 10
ERROR, AT_MOST = 0.2, 3
"""What ``[suggestions]`` has by default."""

COVERED, WRONG = "said: share of the units", "said: wrong share of a code"
OURS, SAME_RULE = "suggestions", "suggestions, m likeliest"


@dataclass(frozen=True)
class Ready:
    """A corpus with everything embedded."""

    corpus: Corpus
    vectors: npt.NDArray[np.float32]
    codes: Codes

    @classmethod
    def of(cls, study: Study, corpus: Corpus) -> "Ready":
        """Embed texts and codes, as ``coding suggest`` does."""
        codes = Codes.of(corpus.book.leaves(), lambda texts: embed(study, texts).vectors)
        return cls(corpus, embed(study, corpus.texts).vectors, codes)


def f1(scores: Floats, offered: Bools, given: Bools) -> float:
    """Macro-F1 of what is offered."""
    truth = Truth.of([""] * given.shape[1], given.astype(np.int8), [str(at) for at in range(len(given))])
    sums = summands(Offer(scores=scores, chosen=offered), truth)
    return float(OVERALL["f1_macro"].of({name: each.sum(axis=0, keepdims=True) for name, each in sums.items()})[0, 0])


def one_draw(ready: Ready, many: int, seed: int) -> dict[str, float]:
    """Macro-F1 of every method on the units that were not drawn to be decided."""
    truth = ready.corpus.truth
    order = np.random.default_rng(seed).permutation(len(truth))
    learnt, asked = np.sort(order[:many]), np.sort(order[many:])
    given, number = truth[asked], usual_number(truth[learnt])
    task = Task(
        texts=ready.corpus.texts,
        vectors=ready.vectors,
        definitions=definitions_of(ready.codes),
        learnt=learnt,
        given=truth[learnt],
        known=np.ones_like(truth[learnt]),
        asked=asked,
        seed=seed,
    )
    found = {name: _best_rule(method, task, given, number) for name, method in BASELINES.items()}
    decided = Decided(units=learnt, labels=truth[learnt].astype(np.int8), calibrates=np.ones(many, dtype=bool))
    units = Units(texts=ready.corpus.texts, groups=ready.corpus.ids, vectors=ready.vectors)
    made = suggest(units, ready.codes, decided, seed=seed, error=ERROR, at_most=AT_MOST)
    scores = made.raw["combined"][asked]
    found[SAME_RULE] = f1(scores, likeliest(scores, number), given)
    found |= {OURS: f1(scores, made.chosen[asked], given)}
    return found | _said(made.said[asked], given)


def _said(said: Bools, given: Bools) -> dict[str, float]:
    """Of what coders would be shown: units with any, and the wrong share of a code (none said: 0), mean of codes."""
    wrong = (said & ~given).sum(axis=0) / np.maximum(said.sum(axis=0), 1)
    return {COVERED: float(said.any(axis=1).mean()), WRONG: float(wrong.mean())}


def _best_rule(method: Baseline, task: Task, given: Bools, number: int) -> float:
    """A baseline by the rule that serves it best."""
    scores = method.scores(task)
    offered = [likeliest(scores, number), chosen(np.clip(scores, 0, 1))]
    offered += [scores >= np.quantile(scores, 1 - share) for share in SHARES]
    return max(f1(scores, each, given) for each in offered)


def interval(values: npt.NDArray[np.float64]) -> str:
    """Mean with its 95 % interval over the draws (Student's t)."""
    low, high = _ends(values)
    return f"{values.mean():6.3f} [{low:6.3f}, {high:6.3f}]"


def _ends(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    half = student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5
    return float(values.mean() - half), float(values.mean() + half)


def measured(ready: Ready, seeds: int) -> bool:
    """Print a table of one corpus; whether suggestions beat every baseline."""
    corpus, began, beats = ready.corpus, time.perf_counter(), True
    each = f"{len(corpus.ids)} units, {corpus.truth.shape[1]} codes, {corpus.truth.sum(axis=1).mean():.2f} a unit"
    print(f"\n{corpus.name}: {each}; macro-F1, mean of {seeds} draws [95 %]")
    for many in DECIDED:
        draws = [one_draw(ready, many, seed) for seed in range(seeds)]
        values = {name: np.array([draw[name] for draw in draws]) for name in draws[0]}
        print(f"  {many} decided, {len(corpus.ids) - many} asked")
        for name, found in values.items():
            print(f"    {BASELINES[name].name if name in BASELINES else name:38} {interval(found)}")
        if values[WRONG].mean() > ERROR:
            beats = False
            print(f"    more than {ERROR:g} of what is said is wrong: THE BOUND DOES NOT HOLD")
        best = max(BASELINES, key=lambda name: values[name].mean())
        for name in (OURS, SAME_RULE):
            apart = values[name] - values[best]
            holds = _ends(apart)[0] > 0
            beats &= holds
            verdict = "beats all" if holds else "DOES NOT BEAT ALL"
            print(
                f"    {name} minus the best baseline ({BASELINES[best].name}): {interval(apart)}: {verdict}", flush=True
            )
    print(f"  {time.perf_counter() - began:.0f} s")
    return beats


def main() -> int:
    """Measure all; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=FEWEST_SEEDS, help=f"draws, at least {FEWEST_SEEDS}")
    parser.add_argument("--development", action="store_true", help="only the corpus that may be tuned on")
    parser.add_argument("--threads", type=Path, default=THREADS, help="file of the threads coded by hand")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        study = new_study(Path(name) / "corpora", "")
        corpora = (development(),) if given.development else held_out()
        print("to tune on" if given.development else "never tuned on: what follows was not looked at while tuning")
        beats = [measured(Ready.of(study, corpus), max(given.seeds, FEWEST_SEEDS)) for corpus in corpora]
        if not given.development:
            real_threads(Path(name) / "threads", given.threads)
    return int(not all(beats))


if __name__ == "__main__":
    sys.exit(main())
