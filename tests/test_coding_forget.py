"""What coders were shown, and noted, of what is forgotten; people and credentials in coders' notes."""

import gzip
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import hand_study
import pytest

from codebook.pseudonyms import Pseudonyms
from codebook.rows import Coding, Quarantined, SaturationStep, ShownText, Topic, UnitOfCoding, Withheld
from codebook.study import Study
from coding import derive, records
from coding.arms.offer import Offer
from coding.projects.label import Label, Shown
from coding.records import Pull, Push, PushedUnit
from coding.topics import record as topics
from collect.forget import erase

SHOWN = (Shown(version="1.0.0", sha256="x", since="2026-01-01T00:00:00+00:00"),)
LABEL = Label(study="s", uid="u1", coder="coder_a", codebooks=SHOWN)
THREADS = ("github:o/r#1", "github:o/r#2")


def marked(number: int) -> dict[str, Any]:
    """A passage of a task's page."""
    value = {"globalOffsets": {"start": 0, "end": 5}, "text": f"words {number}"[:5], "hypertextlabels": ["B"]}
    return {"from_name": "passages", "value": value}


def task(number: int, memo: str, words: str) -> dict[str, Any]:
    thread = THREADS[number - 1]
    data = {"unit_id": thread, "thread_id": thread, "title": f"title {number}", "html": f"<p>{words}</p>"}
    result = [
        {"from_name": "codes", "value": {"taxonomy": [["A"]]}},
        {"from_name": "memo", "value": {"text": [memo]}},
        marked(number),
    ]
    annotation = {"id": number, "completed_by": 7, "updated_at": "2026-02-01T00:00:01Z", "result": result}
    return {"id": number, "data": data, "annotations": [annotation]}


def export(memo: str, words: str) -> bytes:
    return json.dumps([task(1, memo, words), task(2, "note 2", "words 2")]).encode()


def coded(study: Study, memo: str = "note 1", words: str = "words 1") -> None:
    """What one push and one pull store; memo and words are those of the first thread."""
    store = records.store(study, "coder_a")
    units = tuple(
        PushedUnit(unit_id=t, thread_id=t, kind="thread", content_sha256=sha256(text.encode()).hexdigest())
        for t, text in zip(THREADS, (words, "words 2"), strict=True)
    )
    store.append(records.push_page(Push(label=LABEL, project=3, units=units, run_id="coding-push-1"), "http://x"))
    pulled(study, memo, words)


def pulled(study: Study, memo: str = "note 1", words: str = "words 1") -> None:
    store = records.store(study, "coder_a")
    page = store.erase(records.export_page(LABEL, 0, 99, export(memo, words), "coding-pull-1", "http://x"))
    store.append(page)
    end = Pull(
        label=LABEL, project=3, account=7, codes={"A": "leaf", "B": "leaf"}, exports=(sha256(page.body).hexdigest(),)
    )
    store.append(records.pull_page(end, "coding-pull-1", "http://x"))
    store.close()


def said(study: Study) -> str:
    return "".join(gzip.decompress(p.read_bytes()).decode() for p in (study.path / "raw").rglob("*.gz"))


@pytest.fixture
def study(make_study: Callable[..., Study]) -> Study:
    made = make_study('[coders]\nnames = ["coder_a"]\n')
    coded(made)
    return made


def forget(study: Study, *tombstones: tuple[Any, str]) -> None:
    forgotten = study.forgotten
    forgotten.add(forgotten.tombstone(what, name, "collect-forget-1") for what, name in tombstones)
    erase(study, forgotten, keep=True)


def rebuilt(study: Study) -> tuple[set[str], set[str]]:
    derive.rebuild(study, lambda _: None)
    return {row.thread_id for row in study.read(Coding)}, {row.thread_id for row in study.read(UnitOfCoding)}


def test_of_a_forgotten_thread_no_task_no_note_and_no_coding_is_left(study: Study) -> None:
    assert rebuilt(study) == (set(THREADS), set(THREADS))
    forget(study, ("thread", THREADS[0]))

    assert [w for w in ("title 1", "words 1", "note 1") if w in said(study)] == []
    assert [w for w in ("title 2", "words 2", "note 2") if w not in said(study)] == []
    assert rebuilt(study) == ({THREADS[1]}, {THREADS[1]})
    assert list(study.read(Quarantined)) == []


def test_the_server_still_has_it_and_a_later_pull_does_not_bring_it_back(study: Study) -> None:
    forget(study, ("thread", THREADS[0]))
    pulled(study)

    assert "words 1" not in said(study)
    assert rebuilt(study) == ({THREADS[1]}, {THREADS[1]})


def test_what_coders_were_shown_of_a_forgotten_persons_threads_goes_and_their_codes_stay(study: Study) -> None:
    forget(study, ("author", "ada-l"), ("text", THREADS[0]))

    assert [w for w in ("title 1", "words 1") if w in said(study)] == []
    assert "words 2" in said(study)
    assert rebuilt(study) == (set(THREADS), set(THREADS))


def passages(study: Study) -> dict[str, list[tuple[str, int | None, str | None]]]:
    """Code, beginning and quote of all codings, by thread."""
    derive.rebuild(study, lambda _: None)
    found: dict[str, list[tuple[str, int | None, str | None]]] = {thread: [] for thread in THREADS}
    for row in study.read(Coding):
        found[row.thread_id].append((row.code, row.start, row.quote))
    return found


def test_the_words_that_coders_marked_go_with_a_forgotten_persons_and_the_code_counts_for_the_unit(
    study: Study,
) -> None:
    before = passages(study)
    forget(study, ("author", "ada-l"), ("text", THREADS[0]))

    whole, part = ("A", None, None), ("B", 0, "words")
    assert before == {THREADS[0]: [whole, part], THREADS[1]: [whole, part]}
    assert passages(study) == {THREADS[0]: [whole, ("B", None, None)], THREADS[1]: [whole, part]}
    assert said(study).count("words") == 2, "the page of the other thread, and the passage in it"
    assert [(row.unit_id, row.text) for row in study.read(ShownText)] == [(THREADS[1], "words 2")]
    assert [(row.unit_id, row.reason) for row in study.read(Quarantined)] == [(THREADS[0], "page was changed")]


def test_of_a_forgotten_thread_no_text_is_left_in_the_tables(study: Study) -> None:
    derive.rebuild(study, lambda _: None)
    before = [row.text for row in study.read(ShownText)]
    forget(study, ("thread", THREADS[0]))
    derive.rebuild(study, lambda _: None)

    assert before == ["words 1", "words 2"]
    assert [row.text for row in study.read(ShownText)] == ["words 2"]


def test_a_forgotten_name_in_anothers_thread_changes_the_page_and_the_codes_of_its_passages_stay(
    make_study: Callable[..., Study],
) -> None:
    study = make_study('[coders]\nnames = ["coder_a"]\n')
    coded(study, words="words of @ada-l")
    forget(study, ("author", "ada-l"))

    assert passages(study)[THREADS[0]] == [("A", None, None), ("B", None, None)]
    assert [row.text for row in study.read(ShownText)] == ["words of @someone", "words 2"]


def test_people_and_credentials_in_a_note_are_replaced_in_the_table(make_study: Callable[..., Study]) -> None:
    token = "hf_" + "aBcDeFgHiJ" * 3 + "abcd"
    study = make_study('[coders]\nnames = ["coder_a"]\n')
    coded(study, f"ask @ada-l or ada@example.org, token {token}")
    derive.rebuild(study, lambda _: None)
    names = Pseudonyms(study.key)
    memos = {row.thread_id: row.memo for row in study.read(Coding)}

    assert memos[THREADS[1]] == "note 2"
    assert memos[THREADS[0]] == (
        f"ask @{names.of('ada-l')} or {names.of('ada@example.org')}@example.invalid, token [token]"
    )


def test_what_models_said_of_a_forgotten_thread_goes_and_so_do_all_vectors(make_study: Callable[..., Study]) -> None:
    study = make_study('[coders]\nnames = ["coder_a"]\n')
    units = tuple(PushedUnit(unit_id=t, thread_id=t, kind="thread", content_sha256="0") for t in THREADS)
    offers = {t: (Offer(code=f"C{n}", score=0.9, start=None, end=None, run="r"),) for n, t in enumerate(THREADS)}
    pushed = Push(label=LABEL, project=3, units=units, run_id="coding-push-1", suggested=offers)
    store = records.store(study, "coder_a")
    store.append(records.push_page(pushed, "http://x"))
    store.close()
    found = [
        topics.TopicOf(unit_id=t, thread_id=t, topic=0, probability=0.5, x=n + 1.25, y=2.5)
        for n, t in enumerate(THREADS)
    ]
    made = topics.Made(topic=0, size=2, code=None, words=[("word", 1.0)], units=list(THREADS))
    topics.append(study, topics.Model(made_with={}, topics=[made], units=found, run_id="coding-topics-1"))
    vectors, arrays = study.path / "raw/coding/embeddings/m/000001.vectors", study.private / "ranking-0.npz"
    for path in (vectors, arrays):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"numbers")
    derive.rebuild(study, lambda _: None)
    study.write(SaturationStep, [hand_study.row(SaturationStep, thread_id=t, n=n) for n, t in enumerate(THREADS)])
    before = ([(row.unit_id, row.code) for row in study.read(Withheld)], [row.x for row in study.read(Topic)])
    forget(study, ("thread", THREADS[0]))
    derive.rebuild(study, lambda _: None)

    assert before == ([(THREADS[0], "C0"), (THREADS[1], "C1")], [1.25, 2.25])
    assert [(row.unit_id, row.code) for row in study.read(Withheld)] == [(THREADS[1], "C1")]
    assert [(row.unit_id, row.x, row.representative) for row in study.read(Topic)] == [(THREADS[1], 2.25, 2)]
    assert [word in said(study) for word in ("C0", "1.25", "C1", "2.25")] == [False, False, True, True]
    assert not vectors.exists()
    assert not study.table("saturation").exists()
    assert not arrays.exists()
