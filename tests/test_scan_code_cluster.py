"""The same batches on a real Dask scheduler with real workers, some of which die."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import distributed
import pytest
from code_rig import code_of
from code_study import found, outcomes, start, study_of
from dask_rig import Dask, dask
from dask_scanner import Killer

from codebook.errors import Missing, StoppedEarly
from codebook.scanning import Scan
from scan.code.cluster import Cluster
from scan.code.pool import Pool
from scan.code.work import Answered, Executor, Item, Work
from scan.scanner import Said

KILLER = "__import__('dask_scanner').Killer(batch=4)"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    with dask(tmp_path_factory.mktemp("dask"), workers=2) as running:
        yield running


client: Any = distributed.Client


def work(*words: str) -> Work:
    contents = [f"{word}\n".encode() for word in words]
    items = tuple(Item(code_of(f"{i}.py", content), content) for i, content in enumerate(contents))
    return Work(Killer(), Killer().kit(Scan(), Path()), items)


def answers(futures: list[Future[Answered]]) -> list[tuple[Said, ...]]:
    return [future.result(120).said for future in futures]


def test_a_cluster_answers_as_the_pool_does_while_a_worker_dies(cluster: Dask) -> None:
    """Half-way through, a worker and its nanny are killed; what it had is done by the others."""
    batches = [work(*(f"SLOW bad {batch}.{i}" for i in range(3))) for batch in range(8)]
    another = cluster.worker()
    with Pool(2) as pool:
        expected = answers([pool.submit(each) for each in batches])
    with Cluster(cluster.address) as executor:
        futures = [executor.submit(each) for each in batches]
        futures[2].result(60)
        cluster.kill(another)

        assert answers(futures) == expected
    assert [len(said) for said in expected] == [3] * 8


def test_a_batch_that_kills_every_worker_is_lost_and_the_next_is_not(cluster: Dask) -> None:
    with Cluster(cluster.address) as executor:
        held: Executor = executor
        with pytest.raises(held.lost):
            held.submit(work("PARENT")).result(120)

        assert held.submit(work("bad")).result(120).said[0].findings == ({"line": 1},)


def test_an_answer_that_went_with_its_worker_is_computed_anew(tmp_path: Path) -> None:
    """Batches whose answers lie on a worker that is killed before we fetch them."""
    with dask(tmp_path / "going", workers=1) as running, Cluster(running.address) as executor:
        watching, fetching = client(running.address, set_as_default=False), threading.Event()
        first = watching.submit(int)
        first.add_done_callback(lambda _: fetching.wait(60))  # in the one thread that takes answers of all clients
        while not first.done():
            time.sleep(0.05)
        futures = [executor.submit(work(f"bad {n}")) for n in range(3)]
        until = time.monotonic() + 60
        while sum(len(keys) for keys in watching.has_what().values()) < 4 and time.monotonic() < until:
            time.sleep(0.05)
        assert not any(future.done() for future in futures)
        running.kill(running.processes[1])
        running.worker()
        fetching.set()

        assert [said[0].findings for said in answers(futures)] == [({"line": 1},)] * 3
        watching.close()


def test_scan_code_on_a_cluster_finds_what_it_finds_here_though_workers_die(cluster: Dask, tmp_path: Path) -> None:
    """One worker is killed half-way, and one file kills every worker that looks at it: that is its outcome."""
    good = {f"a{n}.py": f"n = {n}  # SLOW\nbad\n" for n in range(20)}
    here, there = study_of(tmp_path / "here", good), study_of(tmp_path / "there", good | {"b.py": "x = 'PARENT'\n"})
    _, err = (begun := start(here, KILLER)).communicate(timeout=120)
    assert begun.returncode == 0, err

    another = cluster.worker()
    begun = start(there, KILLER, "--scheduler", cluster.address)
    while begun.poll() is None and not list((there.folder / "raw/scan/code/fake").glob("*")):
        time.sleep(0.1)
    cluster.kill(another)
    _, err = begun.communicate(timeout=240)

    assert begun.returncode == 0, err
    assert found(there) == found(here)
    assert len(found(here)) == 20
    lost = {("fake", "b.py"): ("failed", "the place where it ran was lost, also when it ran alone")}
    hub = {("fake", "hubconf.py"): ("scanned", None)}
    assert outcomes(there) == outcomes(here) | hub | lost


def test_no_scheduler_and_no_worker_are_said(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="no Dask scheduler answers"):
        Cluster("tcp://127.0.0.1:9", connecting=0.5)
    with pytest.raises(Missing, match="unknown address scheme 'http'"):
        Cluster("http://127.0.0.1:9")
    with pytest.raises(Missing, match="missing port"):
        Cluster("127.0.0.1")
    with dask(tmp_path / "empty", workers=0) as empty, pytest.raises(Missing, match="has no worker"):
        Cluster(empty.address, connecting=0.5)


def test_workers_that_go_for_good_stop_the_command_and_nothing_waits_for_ever(tmp_path: Path) -> None:
    with dask(tmp_path / "gone", workers=1) as going, Cluster(going.address, patience=2.0) as executor:
        future = executor.submit(work("SLOW 1", "SLOW 2"))
        going.kill(going.processes[1])
        with pytest.raises(StoppedEarly, match="no worker for 2 s"):
            [executor.submit(work("SLOW")) for _ in range(3)][-1].result(60)
        assert future.done()
