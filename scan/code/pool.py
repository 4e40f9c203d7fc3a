"""Batches on this machine: as many processes as are wanted, each in a cell of its own."""

import os
import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from scan.code.cell import Cell
from scan.code.scratch import sweep
from scan.code.work import Answered, Work


class Pool:
    """An executor of this machine; a context that ends its processes.

    Args:
        processes: How many batches run at once; 0 for one a processor.
    """

    lost: tuple[type[BaseException], ...] = ()

    def __init__(self, processes: int = 0) -> None:
        sweep()
        self.slots = processes or os.cpu_count() or 1
        self._stop = threading.Event()
        self._idle = queue.LifoQueue[Cell]()
        self._cells = [Cell(self._stop) for _ in range(self.slots)]
        for cell in reversed(self._cells):
            self._idle.put(cell)
        self._threads = ThreadPoolExecutor(self.slots)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._threads.shutdown(cancel_futures=True)
        for cell in self._cells:
            cell.close()

    def submit(self, work: Work) -> Future[Answered]:
        """Begin a batch as soon as a process is idle."""
        return self._threads.submit(self._answered, work)

    def _answered(self, work: Work) -> Answered:
        cell = self._idle.get()
        try:
            return cell.answer(work)
        finally:
            self._idle.put(cell)
