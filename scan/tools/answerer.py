"""The process that answers for one file after the other; run as a file by ``python -I``, see ``answering.py``.

Its argument is a JSON file: ``module``, the file with ``prepared(job)``, which gives a function from a path to an
answer; ``files``, the paths; and whatever ``prepared`` wants. It imports nothing of the toolkit, so that it starts in a
tenth of a second. What a tool prints by itself goes nowhere: the answers have a descriptor of their own.
"""

import json
import os
import runpy
import sys
import time
from pathlib import Path


def main() -> None:
    """Say that a file begins, then what is to be said of it, one JSON line each."""
    job = json.loads(Path(sys.argv[1]).read_bytes())
    with os.fdopen(os.dup(1), "w", encoding="ascii") as out:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        answer = runpy.run_path(job["module"])["prepared"](job)
        for number, path in enumerate(job["files"]):
            print(json.dumps({"begins": number}), file=out, flush=True)
            began = time.monotonic()
            try:
                said = answer(Path(path))
            except MemoryError:
                said = {"status": "failed", "reason": "the tool needs more memory than it may have"}
            seconds = round(time.monotonic() - began, 3)
            print(json.dumps({"ends": number, "seconds": seconds, **said}), file=out, flush=True)


if __name__ == "__main__":
    main()
