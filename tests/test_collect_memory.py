"""A rebuild from raw records takes hardly more memory for eight times the threads."""

from pathlib import Path
from shutil import copy, copytree, ignore_patterns

import pytest
from bench.bench_scale import rebuild
from bench.scale_world import collected
from bench.used import Used

from codebook.rows import Thread
from codebook.study import Study

MANY, MONTHS, FEW_MONTHS = 8000, 32, 4
GROWTH = 70
"""Megabytes. 50 to 57 were measured, most of them DuckDB's while it writes ``posts``; were all posts kept in a list of
dictionaries, it would be 90."""

LIMIT = 500
"""Megabytes that 100,000 threads may take; so these must take less."""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    assert max(collected(folder, MANY)) == MONTHS
    return folder


@pytest.fixture(scope="module")
def few(many: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first months of the same study."""
    folder = copytree(many, tmp_path_factory.mktemp("few") / "study", ignore=ignore_patterns("raw"))
    for segment in many.glob("raw/collect/*/*"):
        if int(segment.name.partition(".")[0]) <= FEW_MONTHS:
            place = folder / segment.relative_to(many)
            place.parent.mkdir(parents=True, exist_ok=True)
            copy(segment, place)
    return folder


def used(folder: Path, threads: int) -> Used:
    measured = rebuild(folder)
    assert threads <= sum(1 for _ in Study.open(folder).read(Thread)) < threads + MONTHS
    return measured


def test_peak_memory_hardly_grows_with_the_number_of_threads(few: Path, many: Path) -> None:
    small, large = used(few, MANY * FEW_MONTHS // MONTHS), used(many, MANY)

    assert large.peak < small.peak + GROWTH
    assert large.peak < LIMIT
