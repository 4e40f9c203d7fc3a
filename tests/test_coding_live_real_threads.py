"""Real threads through the whole chain: a file, a real Label Studio, two scripted coders, and a crosstab."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from live_studio import LiveCoder, LiveStudio

import codebook
from codebook.rows import Coding, Quarantined, Thread
from codebook.study import Study

pytestmark = pytest.mark.live

BOOK = Path(codebook.__file__).parent / "example" / "codebook.yaml"
CODERS = ("coder_a", "coder_b")


def choice(study: Study, coder: str, unit_id: str) -> list[list[str]]:
    """What a scripted coder gives a unit: none to two codes, the same in every run; coders often agree."""
    leaves = study.codebook.leaves()
    digest = sha256(unit_id.encode()).digest()
    own = sha256(f"{coder} {unit_id}".encode()).digest()
    wanted = {digest[0] % len(leaves), *({own[1] % len(leaves)} if own[0] % 3 == 0 else set())}
    chosen = [leaves[number] for number in sorted(wanted)] if own[2] % 6 else []
    return [[code.id for code in study.codebook.path(leaf.id)] for leaf in chosen]


def given_by_label_studio(live: LiveStudio, projects: list[int]) -> Iterator[tuple[str, str, list[str]]]:
    """Unit, source and themes of every annotation, from Label Studio's own export."""
    for project in projects:
        for task in live.export(project):
            for annotation in task["annotations"]:
                paths = [p for item in annotation["result"] for p in item["value"].get("taxonomy", [])]
                yield task["data"]["unit_id"], task["data"]["source"], [path[0] for path in paths]


def counted(annotations: Iterator[tuple[str, str, list[str]]]) -> dict[tuple[str, str], int]:
    """Units by theme and source: a unit has a theme if at least one coder gave it a code under it."""
    themes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for unit, source, given in annotations:
        themes[unit, source] |= set(given)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for (_, source), found in themes.items():
        for theme in found:
            counts[theme, source] += 1
    return dict(counts)


def test_a_crosstab_of_real_threads_is_what_label_studios_export_says(
    shared: Callable[[str], Path],
    make_study: Callable[..., Study],
    run: Callable[..., Any],
    live: LiveStudio,
    coder_of: Callable[[Study, str], LiveCoder],
) -> None:
    path = shared("threads/real_threads.jsonl")
    team = f'[sources.team]\nkind = "file"\npath = {json.dumps(str(path))}\n[coders]\nnames = ["coder_a", "coder_b"]\n'
    study = make_study(team, codebook=BOOK.read_text(encoding="utf-8"))
    collected = run("collect", "threads", "--study", study.path)
    pushed = run("coding", "push", "--study", study.path, **live.env)
    assert (collected.code, pushed.code) == (0, 0), collected.err + pushed.err
    threads = [thread.thread_id for thread in study.read(Thread)]
    projects = []
    for name in CODERS:
        coder = coder_of(study, name)
        projects.append(coder.project)
        for thread_id in threads:
            coder.annotate(thread_id, *choice(study, name, thread_id))
    pulled = run("coding", "pull", "--study", study.path, **live.env)
    shown = run("analysis", "crosstab", "theme", "source", "--format", "json", "--study", study.path)

    assert (pulled.code, shown.code) == (0, 0), pulled.err + shown.err
    assert len(threads) == len(path.read_text(encoding="utf-8").splitlines()) == 50
    assert {(c.unit_id, c.coder) for c in study.read(Coding)} == {(t, c) for t in threads for c in CODERS}
    assert list(study.read(Quarantined)) == []
    expected = counted(given_by_label_studio(live, projects))
    cells = {(cell["row_id"], cell["col"]): cell["n"] for cell in json.loads(shown.out)}
    assert len(expected) > 6
    assert {key: n for key, n in cells.items() if n and key[0] in study.codebook.codes} == expected
