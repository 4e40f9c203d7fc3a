"""Runs ``coding`` commands in processes forked from one that has imported everything, so that each begins at once.

A line of JSON on standard input is a command's arguments; its process id and then its exit status come back as lines.
"""

import json
import os
import sys
from typing import NoReturn

import label_studio_sdk  # noqa: F401 - what takes the longest to import

import coding.projects.desk
import coding.pull
from coding.cli import cli

SMALL = 8
"""Units per request, so that a small study makes as many requests as a large one."""


def run(arguments: list[str]) -> NoReturn:
    """Run a command and end the process; what it says is thrown away."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    code: object = 1
    try:
        cli(arguments, prog_name="coding")
    except SystemExit as end:
        code = end.code
    finally:
        os._exit(code if isinstance(code, int) else 0)


def main() -> None:
    """Serve until standard input is closed."""
    coding.projects.desk._BATCH_TASKS = coding.pull._RANGE = coding.pull._HEADS = SMALL
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            run(json.loads(line))
        print(pid, flush=True)  # noqa: T201 - the protocol
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)  # noqa: T201 - the protocol


if __name__ == "__main__":
    main()
