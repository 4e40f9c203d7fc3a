"""Batches on a Dask cluster: the same work, in cells of its workers.

A worker that dies is the scheduler's business: it gives the batch to another one. A batch after which several workers
have died comes back as lost, though another that they had may be to blame; it is then tried in smaller ones, and in the
end alone. Workers read nothing of the study: a batch brings its contents and the rules. A cluster runs what it is sent,
so that its network has to be trusted.
"""

import threading
import time
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import Any, Self

from codebook.errors import Missing, StoppedEarly, StudyError
from codebook.extras import require
from scan.code.cell import Cell
from scan.code.work import Answered, Work

PATIENCE = 60.0
"""Seconds without a worker, or without the scheduler, after which the command stops."""

_TICK = 1.0
_MUST_BE_EQUAL = ("qualdev", "bandit", "semgrep", "yara-python", "picklescan")


class Cluster:
    """An executor of a Dask cluster; a context that leaves it as it was.

    Args:
        address: The scheduler's, for example ``tcp://10.0.0.1:8786``.
        patience: Seconds without a worker after which batches that wait are given up.
        connecting: Seconds in which the scheduler has to answer, and a first worker to be there.

    Raises:
        Missing: The scheduler cannot be reached, has no worker, or Dask is not installed.
        StudyError: A worker has other versions of qualdev or of the tools.
    """

    def __init__(self, address: str, patience: float = PATIENCE, connecting: float = 20.0) -> None:
        distributed = require("distributed", "cluster")
        self._address, self._patience = address, patience
        try:
            _must_be_an_address(address)
            self._client = distributed.Client(address, timeout=connecting, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:  # the last where TLS is not set up
            raise Missing(
                f"no Dask scheduler answers: {error}",
                where=address,
                hint="Start one with: dask scheduler. Or leave --scheduler out; scan code then runs on this machine.",
            ) from error
        self.lost: tuple[type[BaseException], ...] = (distributed.scheduler.KilledWorker,)
        self._waiting: dict[int, tuple[Future[Answered], Any]] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        try:
            self.slots = self._ready(connecting)
        except BaseException:
            self._client.close()
            raise
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._watcher.join()
        with self._lock:
            left = [future for _, future in self._waiting.values()]
            self._waiting.clear()
        with suppress(OSError, TimeoutError):
            self._client.cancel(left, force=True)
            self._client.run(close_cells)
        self._client.close()

    def submit(self, work: Work) -> "Future[Answered]":
        """Begin a batch as soon as a worker is idle."""
        ours: Future[Answered] = Future()
        ours.set_running_or_notify_cancel()
        theirs = self._client.submit(answered_there, work, pure=False, retries=0)
        with self._lock:
            self._waiting[id(ours)] = (ours, theirs)
        theirs.add_done_callback(lambda done: self._done(ours, done))
        return ours

    def _done(self, ours: "Future[Answered]", theirs: Any) -> None:
        """Hand over what came of a batch, computed anew if the worker that had the answer is gone by now."""
        with suppress(InvalidStateError):  # given up in the meantime
            try:
                if failure := theirs.exception():
                    ours.set_exception(failure)
                else:
                    ours.set_result(theirs.result())
            except (CancelledError, OSError) as error:
                ours.set_exception(self._stopped(f"it has given a batch up: {error}"))
            except self.lost as gone:  # while it was computed anew
                ours.set_exception(gone)
        with self._lock:
            self._waiting.pop(id(ours), None)

    def _stopped(self, what: str) -> StoppedEarly:
        return StoppedEarly(
            f"the Dask cluster did not answer: {what}",
            where=self._address,
            hint="What was scanned is kept. Start scheduler and workers and run the same command again.",
        )

    def _workers(self) -> dict[str, Any]:
        found: dict[str, Any] = self._client.scheduler_info(n_workers=-1).get("workers", {})
        return found

    def _ready(self, connecting: float) -> int:
        """Wait for a worker; how many batches the workers run at once.

        Raises:
            Missing: None came.
            StudyError: One is not like us.
        """
        until = time.monotonic() + connecting
        while not self._workers() and time.monotonic() < until:
            time.sleep(_TICK / 10)
        if not self._workers():
            raise Missing(
                "the Dask scheduler has no worker",
                where=self._address,
                hint=f"Start some with: dask worker {self._address} --nthreads 1",
            )
        here = versions()
        for worker, there in self._client.run(versions).items():
            other = sorted(name for name in here if there.get(name) != here[name])
            if other:
                told = ", ".join(f"{name} {there.get(name) or 'none'} (here {here[name] or 'none'})" for name in other)
                raise StudyError(
                    f"a worker of the cluster has other versions: {told}",
                    where=str(worker),
                    hint="Install the same versions on it, from the same lock file.",
                )
        return sum(worker["nthreads"] for worker in self._workers().values())

    def _watch(self) -> None:
        """Give up what waits if there has been no worker for too long."""
        seen = time.monotonic()
        while not self._over.wait(_TICK):
            if self._client.status == "running" and self._workers():
                seen = time.monotonic()
            elif time.monotonic() - seen > self._patience:
                self._give_up(f"no worker for {self._patience:g} s")
                return

    def _give_up(self, what: str) -> None:
        with self._lock:
            left = list(self._waiting.values())
        for ours, _ in left:
            with suppress(InvalidStateError):
                ours.set_exception(self._stopped(what))


def versions() -> dict[str, str | None]:
    """What has to be the same everywhere; None for what is not installed."""
    found: dict[str, str | None] = {}
    for name in _MUST_BE_EQUAL:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


_HERE = threading.local()
_CELLS: list[Cell] = []


def answered_there(work: Work) -> Answered:
    """A batch in a cell of the worker's thread that calls, bounded as on this machine."""
    if not hasattr(_HERE, "cell"):
        _HERE.cell = Cell()
        _CELLS.append(_HERE.cell)
    cell: Cell = _HERE.cell
    return cell.answer(work)


def close_cells() -> None:
    """End the processes of a worker's cells; the next batch begins one anew."""
    for cell in _CELLS:
        cell.close()


def _must_be_an_address(address: str) -> None:
    """Refuse what no scheduler can have as its address, before a client is made that nobody could close.

    Raises:
        ValueError: The address is of no known kind, or has no port.
    """
    from distributed.comm import addressing, registry  # of an extra

    scheme, place = addressing.parse_address(address)
    registry.get_backend(scheme)
    addressing.parse_host_port(place)
