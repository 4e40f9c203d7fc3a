"""Screening: what the order saves, beside ASReview, and whether the stopping rule keeps what it says.

Run: ``python tests/bench/bench_screening.py [--simulations N] [--seeds N] [--sets FILE.csv ...] [--vectors FOLDER]``.

500 screenings are simulated, with sizes, prevalences and difficulties drawn by their seeds 0 to 499, and read with the
code of ``coding screen --order`` in batches of 50, asking the rule after each. Their words mean nothing, so there are
no embeddings. With ``--sets``, labelled sets are read in the order of the model alone, by us and by ASReview with its
default model in an environment of its own (made on first use), from the same two known records per seed 1 to N.
ASReview learns after every record; we after every 10, and every 50, which is what the command does if nothing else is
said; and both from words alone, too, which is what it does without the extra ``topics``. ASReview takes about a minute
a seed, the embeddings of a set one or two, and ``--vectors`` names a folder that keeps them. The sets are not ours to
ship: any CSV file with title, abstract and a column label_included, included or label does. Public ones are in the
repositories asreview/systematic-review-datasets and asreview/paper-evaluating-models-across-research-areas (folders
output and sim_datasets), and fastread/src.

Exit status 1 if the recall is missed more often than the confidence allows, or if ASReview reads less.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from multiprocessing import Pool, get_context
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import peer_environment
from bench.bench_embed import study_in
from bench.screening_world import Goal, Screenable, Stopped, labelled, read_until, simulated, stops

from codebook.render import table
from codebook.study import Study
from coding.embeddings.embed import embed

GOALS: tuple[Goal, ...] = ((0.95, 0.95), (0.9, 0.9), (0.8, 0.8))
"""Recall and confidence; the first is the default of study.toml."""

RECALL = 0.95


def one(number: int) -> list[Stopped]:
    """One simulation."""
    return stops(simulated(number), GOALS, number)


def another(of: Screenable, seed: int) -> list[Stopped]:
    """One reading of a labelled set."""
    return stops(of, GOALS, seed)


def kept(name: str, goal: Goal, made: Sequence[Stopped]) -> dict[str, object]:
    """How often a rule found enough, with the exact binomial interval, and what it saved."""
    held = sum(stop.recall >= goal[0] - 1e-9 for stop in made)
    interval = binomtest(held, len(made)).proportion_ci(0.95)
    return {
        "rule": name,
        "recall": goal[0],
        "confidence": goal[1],
        "n": len(made),
        "held": held / len(made),
        "held_low": float(interval.low),
        "held_high": float(interval.high),
        "mean_recall": float(np.mean([stop.recall for stop in made])),
        "saved": 1 - float(np.mean([stop.read for stop in made])),
    }


def of_rules(name: str, made: Sequence[Sequence[Stopped]]) -> list[dict[str, object]]:
    """A row per goal, and one for the rule of thumb."""
    rows = [kept(f"{name}: ours", goal, [stops[n] for stops in made]) for n, goal in enumerate(GOALS)]
    return [*rows, kept(f"{name}: 50 in a row", (RECALL, GOALS[0][1]), [stops[-1] for stops in made])]


def priors(relevant: np.ndarray, seed: int) -> list[int]:
    """A relevant and an irrelevant record that are known before."""
    random = np.random.default_rng(seed)
    return [int(random.choice(np.flatnonzero(relevant))), int(random.choice(np.flatnonzero(~relevant)))]


def share_read(order: Sequence[int], relevant: np.ndarray) -> float:
    """The share of records read when 95 % of the relevant ones are found."""
    found = np.cumsum(relevant[list(order)])
    return float(np.argmax(found >= RECALL * relevant.sum() - 1e-9) + 1) / len(relevant)


def peer_orders(of: Screenable, known: Sequence[Sequence[int]]) -> list[list[int]]:
    """What ASReview reads."""
    asked = {
        "title": of.titles,
        "abstract": of.abstracts,
        "relevant": of.relevant.astype(int).tolist(),
        "priors": known,
    }
    command = [str(peer_environment.python("asreview")), str(Path(__file__).with_name("peer_asreview.py"))]
    ran = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    orders: list[list[int]] = json.loads(ran.stdout)["orders"]
    return orders


def embedded(of: Screenable, study: Study) -> Screenable:
    """The set with its embeddings, which are kept in the study."""
    texts = of.texts()
    some = np.array([bool(text.strip()) for text in texts])
    return replace(of, meaning=embed(study, texts).vectors * some[:, None])


def beside(of: Screenable, seeds: int) -> dict[str, object]:
    """One labelled set: the share read at 95 % recall by us, with embeddings and from words alone, and by ASReview."""
    known = [priors(of.relevant, seed) for seed in range(1, seeds + 1)]
    row: dict[str, object] = {"set": of.name, "n": len(of.relevant), "relevant": int(of.relevant.sum())}
    words = of.features()
    for word, seen in {"": of, "words_": replace(of, meaning=None)}.items():
        for size in (10, 50):
            mine = [share_read(read_until(seen, words, prior, size, RECALL), of.relevant) for prior in known]
            row[f"{word}by_{size}"] = float(np.mean(mine))
    theirs = [share_read(order, of.relevant) for order in peer_orders(of, known)]
    return row | {"asreview": float(np.mean(theirs))}


def _print(title: str, rows: Sequence[dict[str, object]]) -> None:
    rounded = [{k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()} for row in rows]
    print(f"\n{title}\n{table(rounded, list(rows[0]), 'text')}", flush=True)


def compare(sets: Sequence[Path], seeds: int, vectors: Path) -> bool:
    """Read the labelled sets; whether ASReview reads no less than the command does."""
    vectors.mkdir(parents=True, exist_ok=True)
    study = study_in(vectors)
    read = [embedded(labelled(path), study) for path in sets]
    # a forked process would take along the locks that torch's threads of this one hold
    with get_context("spawn").Pool(os.cpu_count()) as pool:
        real = [row for of in read for row in of_rules(of.name, pool.map(partial(another, of), range(1, 21)))]
    _print("The stopping rule on labelled sets, 20 seeds each", real)
    compared = [beside(of, seeds) for of in read]
    peer = f"ASReview {peer_environment.version('asreview')}"
    _print(f"Share read at 95 % recall, mean of {seeds} seeds, {peer}; 0.95 less it is the work saved", compared)
    means = {key: float(np.mean([float(str(row[key])) for row in compared])) for key in list(compared[0])[3:]}
    print("mean over the sets: " + ", ".join(f"{key} {mean:.3f}" for key, mean in means.items()))
    return means["by_50"] <= means["asreview"]


def main(simulations: int, seeds: int, sets: Sequence[Path], vectors: Path | None) -> int:
    """Measure; returns the exit status."""
    began = time.perf_counter()
    with Pool(os.cpu_count()) as pool:
        made = pool.map(one, range(simulations), chunksize=5)
    rows = of_rules("simulated", made)
    _print(f"The stopping rule in {simulations} simulations, {time.perf_counter() - began:.0f} s", rows)
    good = [float(str(row["held"])) >= float(str(row["confidence"])) for row in rows[:-1]]
    if sets:
        with tempfile.TemporaryDirectory() as folder:
            good.append(compare(sets, seeds, vectors or Path(folder)))
    return 0 if all(good) else 1


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--simulations", type=int, default=500)
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--sets", type=Path, nargs="*", default=[])
    options.add_argument("--vectors", type=Path)
    given = options.parse_args()
    sys.exit(main(given.simulations, given.seeds, given.sets, given.vectors))
