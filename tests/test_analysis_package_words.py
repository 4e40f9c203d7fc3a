"""Which words of people are in a package: what was asked for, and never what was taken down where it was said."""

import hand_study
import pytest
from click.testing import CliRunner
from hand_study import coding, decision, post, row, thread
from package_study import few_outputs, packed, study_at

from analysis.cli import cli
from analysis.package.words import HARMLESS, TEXTS, WORDS, Texts, left_out
from codebook import ledger
from codebook.rows import (
    TABLES,
    Coding,
    Decision,
    EarlierPost,
    Model,
    Post,
    Quarantined,
    ShownText,
    Thread,
    UnitOfCoding,
)
from codebook.study import Study
from codebook.tables import columns

MODELS = "tables/joins-models.csv"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Study]:
    """The study, and a package of each kind."""
    folder = tmp_path_factory.mktemp("words")
    study = written(study_at(folder / "study"))
    with pytest.MonkeyPatch.context() as patch:
        few_outputs(patch, (MODELS,))
        made = {texts: packed(study, folder / texts, "--texts", texts) for texts in TEXTS}
    return {"study": study, **made}


def written(study: Study) -> Study:
    """Of the threads, t1 stands, of t2 a post is gone, t3 was deleted."""
    hand_study.write(study)
    with ledger.run(study, "collect threads", {}) as run:
        threads = [("t1", None, 2), ("t2", None, 2), ("t3", "deleted", 1)]
        run.write(Thread, [thread(t, "github", 2024, gone=gone, n_posts=n) for t, gone, n in threads])
        bodies = [("t1", 0, "I fear Ann/Model and x/y", False), ("t1", 1, "see https://hub.example/ann/model/x", False)]
        bodies += [
            ("t2", 0, "still here", False),
            ("t2", 1, "gone away: EVAL it", True),
            ("t3", 0, "deleted ann/model", False),
        ]
        run.write(Post, [post(t, n, body=body, gone=gone) for t, n, body, gone in bodies])
        run.write(EarlierPost, [row(EarlierPost, post_id="t1/0", sha256="a", thread_id="t1", body="tampered with")])
    with ledger.run(study, "coding pull", {}) as run:
        quotes = [("t1", "I fear"), ("t2", "still here"), ("t2", "gone away"), ("t3", "deleted")]
        run.write(
            Coding,
            [coding(t, "coder_a", "SEC.mal", quote=q, memo="a note", start=n) for n, (t, q) in enumerate(quotes)],
        )
        run.write(UnitOfCoding, [row(UnitOfCoding, unit_id=t, thread_id=t, kind="thread") for t in ("t1", "t2", "t3")])
        run.write(
            ShownText, [row(ShownText, unit_id=t, content_sha256="a", text=f"all of {t}") for t in ("t1", "t2", "t3")]
        )
        run.write(
            Quarantined, [row(Quarantined, annotation_id="1/2/3", reason="x", value=v) for v in ("anna", "berta")]
        )
    with ledger.run(study, "coding adjudicate", {}) as run:
        run.write(Decision, [decision("t1", "SEC.mal", reason="because")])
    with ledger.run(study, "scan models", {}) as run:
        run.write(Model, [row(Model, model_id="hub:Ann/Model@1", owner="Ann", name="Model", role="listed")])
    return study


@pytest.mark.parametrize(
    ("texts", "titles", "bodies", "quotes", "notes", "shown"),
    [
        (
            "none",
            ["", "", ""],
            ["ann/model", "ann/model", "", "eval", "ann/model"],
            [None] * 4,
            [None] * 4,
            ["", "", ""],
        ),
        (
            "quotes",
            ["Title of t1", "Title of t2", ""],
            ["ann/model", "ann/model", "", "eval", "ann/model"],
            ["I fear", "still here", None, None],
            ["a note"] * 4,
            ["", "", ""],
        ),
        (
            "all",
            ["Title of t1", "Title of t2", ""],
            ["I fear Ann/Model and x/y", "see https://hub.example/ann/model/x", "still here", "eval", "ann/model"],
            ["I fear", "still here", None, None],
            ["a note"] * 4,
            ["all of t1", "", ""],
        ),
    ],
)
def test_words_are_those_that_were_asked_for(
    packages: dict[str, Study],
    texts: Texts,
    titles: list[str],
    bodies: list[str],
    quotes: list[str | None],
    notes: list[str | None],
    shown: list[str],
) -> None:
    package = packages[texts]

    assert [each.title for each in package.read(Thread)] == titles
    assert [each.body for each in package.read(Post)] == bodies
    assert [each.quote for each in package.read(Coding)] == quotes
    assert [each.memo for each in package.read(Coding)] == notes
    assert [each.text for each in package.read(ShownText)] == shown
    assert [each.reason for each in package.read(Decision)] == [None if texts == "none" else "because"]


@pytest.mark.parametrize("texts", TEXTS)
def test_what_was_edited_away_or_could_not_be_read_is_in_no_package(packages: dict[str, Study], texts: Texts) -> None:
    package = packages[texts]

    everything = b"".join(path.read_bytes() for path in package.path.rglob("*") if path.is_file())
    assert [each.body for each in package.read(EarlierPost)] == [""]
    assert len({each.value for each in package.read(Quarantined)}) == 2
    assert all(word not in everything for word in (b"tampered with", b"anna", b"berta", b"gone away"))


@pytest.mark.parametrize("texts", TEXTS)
def test_models_that_threads_name_are_the_same_without_their_words(packages: dict[str, Study], texts: Texts) -> None:
    study = packages["study"]

    done = CliRunner().invoke(cli, ["joins", "models", "--format", "csv", "--study", str(study.path)])

    assert "hub:Ann/Model@1" in done.stdout
    assert (packages[texts].path / "out" / MODELS).read_text() == done.stdout


def test_a_table_from_which_nothing_is_left_out_is_the_same_file(packages: dict[str, Study]) -> None:
    study, package = packages["study"], packages["quotes"]

    same = [
        name
        for name in ("threads", "posts", "codings", "decisions", "models", "units")
        if package.table(name).read_bytes() == study.table(name).read_bytes()
    ]
    assert same == ["decisions", "models", "units"]
    line = list(ledger.runs(package))[-1]
    assert line["notes"]["emptied"]["posts"] == {"body": 5}
    assert set(line["inputs"]) == set(line["outputs"])


def test_the_readme_says_which_words_are_there(packages: dict[str, Study]) -> None:
    text = (packages["quotes"].path / "README.md").read_text()

    assert "Made with `--texts quotes`." in text
    assert "posts.body 5, earlier_posts.body 1, shown.text 3, codings.quote 2, quarantine.value 2" in text


def test_every_column_of_text_is_known_to_hold_words_of_people_or_not() -> None:
    """Whoever adds one says in analysis/package/words.py what it is."""
    unknown = [
        f"{table}.{column.name}"
        for table, row_type in TABLES.items()
        for column in columns(row_type)
        if column.type is str and not column.choices
        if column.name not in WORDS.get(table, {}) and column.name not in HARMLESS
    ]
    gone = [f"{t}.{c}" for t, of in WORDS.items() for c in of if c not in {x.name for x in columns(TABLES[t])}]

    assert (unknown, gone) == ([], [])


def test_less_is_left_out_the_more_is_asked_for() -> None:
    for table in TABLES:
        assert left_out(table, "all").items() <= left_out(table, "quotes").items() <= left_out(table, "none").items()
