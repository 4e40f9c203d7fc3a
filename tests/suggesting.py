"""Studies with threads on three subjects, for tests of ``coding suggest``."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from click.testing import CliRunner, Result
from hand_study import coding, decision, post, thread

from codebook import ledger
from codebook.rows import Coding, Decision, Post, Suggestion, Thread
from codebook.study import Study
from coding.cli import cli
from coding.embeddings.embed import Embedded

BOOK = """\
version: "1.0.0"
codes:
  - {id: SLOW, name: Slow loading, definition: Loading takes long., examples: [It takes an hour to load.]}
  - {id: CACHE, name: Broken cache, definition: The cache is broken.}
  - {id: UNSAFE, name: Unsafe code, definition: Code is feared., exclude: [The cache is broken.]}
  - {id: OLD, name: Old, definition: Not used any more., status: retired}
"""

SUBJECTS = ("slow loading takes long", "the cache is broken", "unsafe code is feared")
CODES = ("SLOW", "CACHE", "UNSAFE")


def embed(_study: Study, texts: Sequence[str]) -> Embedded:
    """Vectors that tell words apart, in place of a model's."""
    found = np.zeros((len(texts), 1009), np.float32)
    for place, text in enumerate(texts):
        for word in re.findall(r"\w+", text.lower()):
            found[place, int(hashlib.sha256(word.encode()).hexdigest(), 16) % 1009] += 1
    unit = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    return Embedded(unit, "words", computed=len(texts), cached=0)


def filled(study: Study, count: int, decided: int, *, body: str = "", arm: str = "plain") -> Study:
    """Threads on three subjects in turn, the first of them decided."""
    assert study.key  # collect makes it
    with ledger.run(study, "collect threads", {}) as run:
        run.write(Thread, [thread(f"s:{at:03}", "s", 2024, title=f"Report {at}") for at in range(count)])
        bodies = [body or f"Hello, I am number {at}. I say that {SUBJECTS[at % 3]} here.\n" for at in range(count)]
        run.write(Post, [post(f"s:{at:03}", 0, body=bodies[at]) for at in range(count)])
    with ledger.run(study, "coding pull", {}) as run:
        run.write(Coding, [coding(f"s:{at:03}", "a", CODES[at % 3], arm=arm) for at in range(decided)])
    if decided:
        with ledger.run(study, "coding adjudicate", {}) as run:
            run.write(Decision, [decision(f"s:{at:03}", CODES[at % 3]) for at in range(decided)])
    return study


def suggest(study: Study, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["suggest", "--study", str(study.path), "--format", "json", *arguments])


def rows(study: Study) -> list[Suggestion]:
    return list(study.read(Suggestion))
