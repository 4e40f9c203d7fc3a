"""What ``collect threads`` says of a run's changes, and what ``study.toml`` leaves out."""

import json
from collections.abc import Callable

from conftest import Ran

from codebook.rows import Change, Exclusion, Thread
from codebook.study import Study, file_sha256

Run = Callable[..., Ran]
FILE = '\n[sources.team]\nkind = "file"\npath = "t.jsonl"\n'
LONG = (
    "Since the last release our nightly job asks whether it may run code from the hub, and nobody answers: trust_repo."
)
GERMAN = "Seit dem letzten Update fragt unser Lauf in der Nacht, ob er fremden Code ausführen darf: trust_repo."


def bring(study: Study, **texts: str) -> None:
    rows = [{"source": "hub", "url": f"https://h.example/{n}", "title": n, "text": t} for n, t in texts.items()]
    (study.path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def hashes(study: Study) -> dict[str, str]:
    return {p.name: file_sha256(p) for p in sorted((study.path / "tables").glob("*.parquet"))}


def test_each_run_says_what_it_found_new_and_updated(make_study: Callable[..., Study], run: Run) -> None:
    study = make_study(FILE)
    said = []
    for texts in ({"a": "1", "b": "1"}, {"a": "1", "b": "2", "c": "1"}, {"a": "1", "b": "2", "c": "1"}):
        bring(study, **texts)
        said.append(run("collect", "threads", "--study", study.path).err.splitlines()[-1])

    assert said == ["2 new", "1 new, 1 updated", "nothing new"]
    assert sorted((c.run_id[-1], c.change) for c in study.read(Change)) == [
        ("1", "new"),
        ("1", "new"),
        ("2", "new"),
        ("2", "updated"),
    ]


def test_a_rebuild_gives_the_same_bytes_and_leaves_no_names_behind(make_study: Callable[..., Study], run: Run) -> None:
    study = make_study(FILE)
    for text in ("1", "2"):
        bring(study, a=text, b="x")
        run("collect", "threads", "--study", study.path)
    killed = study.private / "derive-999999999-x"
    killed.mkdir()
    before = hashes(study)
    ran = run("collect", "threads", "--from-raw", "--study", study.path)

    assert ran.code == 0, ran.err
    assert ran.err.splitlines() == ["2 threads, 2 posts"]
    assert hashes(study) == before
    assert set(before) >= {"matches.parquet", "changes.parquet", "earlier_posts.parquet"}
    assert sorted(p.name for p in study.private.iterdir() if "derive" in p.name) == []


def test_the_study_says_which_threads_to_leave_out(make_study: Callable[..., Study], run: Run) -> None:
    study = make_study(FILE)
    text = (study.path / "study.toml").read_text()
    words = 'languages = ["en"]\nexclude = ["duplicate", "keyword only in code or log"]\n'
    (study.path / "study.toml").write_text(text.replace("\n\n[sources", f"\n{words}\n[sources"))
    bring(study, a=LONG, b=LONG + " Thanks!", c=GERMAN)
    ran = run("collect", "threads", "--study", study.path)

    assert ran.code == 0, ran.err
    url = {t.thread_id: t.url[-1] for t in study.read(Thread)}
    found = {url[e.thread_id]: (e.reason, e.by) for e in study.read(Exclusion)}
    kept = next(t.thread_id for t in study.read(Thread) if t.included)
    other = "b" if url[kept] == "a" else "a"
    assert found == {"c": ("language", "languages = en"), other: ("duplicate", f"copy of {kept}")}


def test_a_reason_or_language_that_is_none_is_one_clear_error(make_study: Callable[..., Study], run: Run) -> None:
    for name, words in (("study.exclude.0", 'exclude = ["bots"]'), ("study.languages.0", 'languages = ["English"]')):
        folder = make_study(FILE, name=name).path
        text = (folder / "study.toml").read_text()
        (folder / "study.toml").write_text(text.replace("\n\n[sources", f"\n{words}\n\n[sources"))
        ran = run("collect", "threads", "--study", folder)

        assert ran.code == 2
        assert ran.err.startswith(f"collect: study.toml:6: '{name}': "), ran.err
