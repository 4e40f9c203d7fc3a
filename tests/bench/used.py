"""What a command uses while it runs as a process of its own."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

# A small process between, because a peak that the system keeps for a process is at least that of the one that forked
# it: measured from a test suite of 600 MB, no command would ever have used less.
_BETWEEN = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
code = subprocess.call(sys.argv[1:], stdout=sys.stderr)
wall, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
peak = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
print(json.dumps([code, wall, used.ru_utime + used.ru_stime, peak]))
"""


@dataclass(frozen=True)
class Used:
    """What a process used: seconds of wall time, seconds of processor time, and megabytes of memory at its peak."""

    wall: float
    processor: float
    peak: float


def used_by(command: Sequence[str]) -> Used:
    """Run a command to its end; all that it prints goes to standard error.

    Raises:
        RuntimeError: It failed; what it printed is on standard error.
    """
    between = subprocess.run([sys.executable, "-c", _BETWEEN, *command], check=True, stdout=subprocess.PIPE)
    code, *used = json.loads(between.stdout)
    if code:
        raise RuntimeError(f"{command[0]} ended with {code}")
    return Used(*used)
