"""A real Dask scheduler and workers on loopback, as processes of their own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).resolve().parent


@dataclass
class Dask:
    """A scheduler, and its workers; each worker has a nanny, which starts it again when it dies."""

    folder: Path
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start ``dask`` with these arguments."""
        path = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
        quiet = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1", "PYTHONPATH": path}
        with (self.folder / f"dask-{len(self.processes)}.log").open("wb") as log:
            command = [sys.executable, "-m", "dask", *arguments]
            env = os.environ | quiet
            process = subprocess.Popen(
                command, stdout=log, stderr=log, env=env, cwd=self.folder, start_new_session=True
            )
        self.processes.append(process)
        return process

    @property
    def address(self) -> str:
        """Where the scheduler listens; waited for."""
        for _ in range(600):
            for log in self.folder.glob("dask-0.log"):
                for line in log.read_text(errors="replace").splitlines():
                    if "Scheduler at:" in line:
                        return line.split()[-1]
            time.sleep(0.1)
        raise AssertionError((self.folder / "dask-0.log").read_text(errors="replace"))

    def worker(self) -> "subprocess.Popen[bytes]":
        """Start one worker with one thread."""
        place = ["--host", "127.0.0.1", "--local-directory", str(self.folder)]
        return self.start("worker", self.address, "--nthreads", "1", "--no-dashboard", *place)

    @staticmethod
    def kill(worker: "subprocess.Popen[bytes]") -> None:
        """Kill a worker and its nanny, so that nobody starts it again."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


@contextmanager
def dask(folder: Path, workers: int) -> Iterator[Dask]:
    """A scheduler with so many workers; all are ended."""
    folder.mkdir(exist_ok=True)
    cluster = Dask(folder)
    cluster.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    try:
        for _ in range(workers):
            cluster.worker()
        yield cluster
    finally:
        for process in reversed(cluster.processes):
            process.terminate()
        for process in reversed(cluster.processes):
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
