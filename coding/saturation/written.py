"""The table ``saturation``: the curves of all threads and of each source, for whoever reads tables only."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from codebook import ledger
from codebook.agreed import basis
from codebook.rows import Coding, SaturationStep, Thread
from codebook.study import Study
from coding.saturation.curve import coded_threads, curves

_DIGITS = 9
"""Decimals that are kept: the last ones depend on the machine that added."""


def write(study: Study, permutations: int) -> bool:
    """Write the table, unless it has the same curves already.

    Returns:
        Whether it was written.

    Raises:
        StoppedEarly: Another command is writing, or the disk is full; the table is as it was before.
    """
    first = next(study.read(SaturationStep), None)
    if first and (first.basis, first.permutations) == (_basis(study), permutations):
        return False
    arguments = {"permutations": permutations}
    with ledger.run(study, "coding saturation", arguments, arguments) as run:
        for name in ("codings", "threads"):
            if study.table(name).exists():
                run.used(study.table(name))
        run.write(SaturationStep, _rows(study, permutations, run.id))
    return True


def again(study: Study, folder: Path) -> None:
    """Count what the table has once more, and write it into a folder: the same, unless somebody changed it by hand."""
    first = next(study.read(SaturationStep), None)
    permutations, run_id = (first.permutations, first.run_id) if first else (1000, "")
    study.write(SaturationStep, _rows(study, permutations, run_id), folder)


def _basis(study: Study) -> str:
    with study.connect() as con:
        return basis(con, study, ("codings",))


def _rows(study: Study, permutations: int, run_id: str) -> Iterator[SaturationStep]:
    now, seed = _basis(study), study.settings.study.seed
    threads = coded_threads(study.read(Coding))
    sources = {thread.thread_id: thread.source for thread in study.read(Thread)}
    for by in (None, sources):
        for curve in curves(threads, by, permutations=permutations, seed=seed):
            for place, step in enumerate(curve.rows()):
                values: dict[str, Any] = step | {"expected": round(curve.expected[place], _DIGITS)}
                values |= {"source": None if by is None else curve.name}
                yield SaturationStep(**values, permutations=permutations, basis=now, run_id=run_id)
