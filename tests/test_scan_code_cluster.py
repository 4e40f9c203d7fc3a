"""The same batches on a real Dask scheduler with real workers, some of which die."""

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from code_rig import code_of
from dask_rig import Dask, dask
from dask_scanner import WORDS

from codebook.errors import Missing, StoppedEarly
from codebook.scanning import Scan
from scan.code.cluster import Cluster
from scan.code.pool import Pool
from scan.code.work import Answered, Executor, Item, Work


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    with dask(tmp_path_factory.mktemp("dask"), workers=2) as running:
        yield running


def work(*words: str) -> Work:
    contents = [f"{word}\n".encode() for word in words]
    items = tuple(Item(code_of(f"{i}.py", content), content) for i, content in enumerate(contents))
    return Work(WORDS, WORDS.kit(Scan(), Path()), items)


def batches() -> list[Work]:
    return [work(*(f"slow {batch}.{i}" for i in range(3))) for batch in range(8)]


def answers(futures: list[Future[Answered]]) -> list[list[str]]:
    return [[said.findings[0]["line"] for said in future.result(120).said] for future in futures]


def test_a_cluster_answers_as_the_pool_does_while_a_worker_dies(cluster: Dask) -> None:
    """Half-way through, a worker and its nanny are killed; what it had is done by the other one."""
    another = cluster.worker()
    with Pool(2) as pool:
        expected = answers([pool.submit(each) for each in batches()])
    with Cluster(cluster.address) as executor:
        futures = [executor.submit(each) for each in batches()]
        futures[2].result(60)
        cluster.kill(another)
        assert answers(futures) == expected


def test_a_batch_that_kills_every_worker_is_lost_and_others_are_not(cluster: Dask) -> None:
    with Cluster(cluster.address) as executor:
        held: Executor = executor
        bad, good = held.submit(work("crash")), held.submit(work("fine"))

        assert good.result(120).said[0].findings == ({"line": "fine"},)
        with pytest.raises(held.lost):
            bad.result(120)


def test_no_scheduler_and_no_worker_are_said(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="no Dask scheduler answers"):
        Cluster("tcp://127.0.0.1:9", patience=0.5)
    with dask(tmp_path / "empty", workers=0) as empty, pytest.raises(Missing, match="has no worker"):
        Cluster(empty.address, patience=0.5)


def test_workers_that_go_for_good_stop_the_command_and_nothing_waits_for_ever(tmp_path: Path) -> None:
    with dask(tmp_path / "gone", workers=1) as going, Cluster(going.address, patience=2.0) as executor:
        future = executor.submit(work("slow 1", "slow 2"))
        going.kill(going.processes[1])
        with pytest.raises(StoppedEarly, match="no worker for 2 s"):
            [executor.submit(work("slow")) for _ in range(3)][-1].result(60)
        assert future.done()
