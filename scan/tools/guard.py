"""What stands between us and a tool: a process of its own that bounds the tool and goes down with whoever started it.

It is run as a file, by ``python -I -S``, and imports nothing but the standard library. Its standard input is the line
to the process that started it: when that ends, however it ends, the line closes, and the whole process group is killed.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import threading

CANNOT_START = 127
"""The exit status of a tool that could not be started, as in shells."""


def main() -> None:
    """Bound, start, wait, and end as the tool ended."""
    limits, argv = json.loads(sys.argv[1]), sys.argv[2:]
    for name, most in limits.items():
        _limit(getattr(resource, name, None), most)
    try:
        tool = subprocess.Popen(argv, stdin=subprocess.DEVNULL)
    except OSError as error:
        sys.stderr.write(f"{argv[0]}: {error.strerror}\n")
        sys.exit(CANNOT_START)
    threading.Thread(target=_until_nobody_is_there, daemon=True).start()
    _end_as(tool.wait())


def _limit(which: int | None, most: int) -> None:
    if which is None:  # this system has no such limit: the watch from outside is all there is
        return
    hard = resource.getrlimit(which)[1]
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (allowed, allowed))


def _until_nobody_is_there() -> None:
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)


def _end_as(code: int) -> None:
    if code < 0 and -code not in (signal.SIGSTOP, signal.SIGCONT):
        signal.signal(-code, signal.SIG_DFL) if -code != signal.SIGKILL else None
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main()
