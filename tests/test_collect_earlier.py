"""What a run knows of earlier ones, and what ``--dry-run`` says before the first request."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import Ran
from four_sites import TOKEN, example, four_sites
from hand_study import row

from codebook import ledger
from codebook.ledger import Run
from codebook.rows import Slice, Thread
from codebook.study import Study
from collect import earlier
from collect.source import Earlier, Known, Whole

Command = Callable[..., Ran]
MAY, JUNE, JULY = (datetime(2024, month, 1, tzinfo=UTC) for month in (5, 6, 7))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study.create(tmp_path / "study", "t")


def thread(native_id: str, run_id: str, version: str | None = "v1") -> Thread:
    about = {"uid": f"u{native_id}", "version": version, "created_at": MAY, "item": "issue"}
    return row(Thread, thread_id=f"s:{native_id}", site="s", native_id=native_id, run_id=run_id, **about)


def window(query: str, start: datetime, end: datetime, **values: object) -> Slice:
    common = {"reported": 3, "got": 3, "state": "complete", "run_id": "collect-threads-1"}
    return row(Slice, site="s", source="s", query=query, window_start=start, window_end=end, **common | values)


def collect(study: Study, threads: list[Thread], slices: list[Slice], site: str = "s") -> Run:
    """A finished run that asked ``site`` and wrote these tables."""
    with ledger.run(study, "collect threads", {}) as run:
        run.notes[site] = {"requests": 1}
        run.write(Thread, threads)
        run.write(Slice, slices)
    return run


def test_a_window_knows_the_run_that_asked_for_it_last(study: Study) -> None:
    """What changed since then is asked for, although a run in between, of other dates, did not ask for it."""
    slices = [window("q", MAY, JUNE), window("q", JUNE, JULY, run_id="collect-threads-2")]
    for began, written in ((JUNE, slices[:1]), (JULY, slices)):
        with ledger.run(study, "collect threads", {}) as run:
            run.began = began.isoformat()
            run.notes["s"] = {"requests": 1}
            run.write(Thread, [])
            run.write(Slice, written)
    with ledger.run(study, "collect threads", {}) as third:
        known = earlier.read(earlier.set_aside(third, must_not_be_called), "s")

    assert [whole.asked for whole in known.windows["q"]] == [JUNE, JULY]
    assert known.since == JULY


def must_not_be_called(folder: Path) -> None:
    raise AssertionError(f"{folder} was rebuilt though the tables are there")


def test_a_first_run_knows_nothing(study: Study) -> None:
    with ledger.run(study, "collect threads", {}) as run:
        folder = earlier.set_aside(run, must_not_be_called)

    assert earlier.read(folder, "s") == Earlier()


def test_a_later_run_knows_the_threads_and_whole_windows_of_finished_runs(study: Study) -> None:
    first = collect(
        study,
        [thread("1", "collect-threads-1"), thread("2", "collect-threads-7"), thread("3", "collect-threads-1", None)],
        [
            window("q", MAY, JUNE),
            window("q", JUNE, JULY, state="truncated"),
            window("r", MAY, JUNE, run_id="collect-threads-7"),
        ],
    )
    with ledger.run(study, "collect threads", {}) as second:
        known = earlier.read(earlier.set_aside(second, must_not_be_called), "s")

    expected = Earlier(
        datetime.fromisoformat(first.began),
        {"1": Known("issue", "v1", "u1", MAY), "3": Known("issue", None, "u3", MAY)},
        {"q": (Whole(MAY, JUNE, 3, 3),)},
    )
    assert expected == known
    assert (known.has("1", "v1"), known.has("1", "v2"), known.has("3", None), known.has("4", "v1")) == (
        True,
        False,
        False,
        False,
    )


def test_a_site_that_no_finished_run_asked_is_new(study: Study) -> None:
    collect(study, [thread("1", "collect-threads-1")], [])

    assert earlier.now(study, "another") == Earlier()


def test_a_run_that_goes_on_sees_the_past_as_it_began_with_it(study: Study) -> None:
    collect(study, [thread("1", "collect-threads-1")], [])
    seen: list[Earlier] = []

    def killed_in_the_middle() -> None:
        with ledger.run(study, "collect threads", {}) as second:
            seen.append(earlier.read(earlier.set_aside(second, must_not_be_called), "s"))
            second.write(Thread, [thread("1", "collect-threads-2", "v2")])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed_in_the_middle()
    with ledger.run(study, "collect threads", {}) as again:
        after = earlier.read(earlier.set_aside(again, must_not_be_called), "s")

    assert again.resumed
    assert seen == [after]
    assert list(after.threads) == ["1"]


@pytest.mark.parametrize("harm", ["deleted", "changed"])
def test_tables_that_are_not_as_they_were_written_are_made_anew(study: Study, harm: str) -> None:
    collect(study, [thread("1", "collect-threads-1")], [window("q", MAY, JUNE)])
    if harm == "deleted":
        study.table("threads").unlink()
    else:
        study.write(Thread, [])
    rebuilt: list[Path] = []

    def rebuild(folder: Path) -> None:
        rebuilt.append(folder)
        study.write(Thread, [thread("9", "collect-threads-1")], folder)
        study.write(Slice, [], folder)

    with ledger.run(study, "collect threads", {}) as run:
        known = earlier.read(earlier.set_aside(run, rebuild), "s")

    assert len(rebuilt) == 1
    assert list(known.threads) == ["9"]


def test_the_past_of_older_runs_is_not_kept(study: Study) -> None:
    for _ in range(3):
        with ledger.run(study, "collect threads", {}) as run:
            earlier.set_aside(run, lambda _folder: None)

    assert [folder.name for folder in (study.private / "earlier").iterdir()] == ["collect-threads-3"]


def test_a_dry_run_says_what_every_site_will_cost_and_asks_none(tmp_path: Path, run: Command) -> None:
    with four_sites(example()) as sites:
        folder = tmp_path / "study"
        folder.mkdir()
        (folder / "study.toml").write_text(
            '[study]\ntitle = "t"\nkeywords = ["trust_remote_code"]\nsince = 2019-01-01\n' + sites.toml()
        )
        ran = run("collect", "threads", "--dry-run", "--study", folder, "--format", "json", **TOKEN)

        assert sites.requests == 0
    assert ran.code == 0, ran.err
    rows = json.loads(ran.out)
    assert [row["site"] for row in rows] == ["github", "huggingface", "pytorch_forum", "stackoverflow"]
    assert all(row["listing"] > 0 and row["per_1000_threads"] > 0 and row["note"] for row in rows)
    assert not (folder / "raw").exists()
    assert not (folder / "runs.jsonl").exists()


def test_a_dry_run_cannot_be_a_rebuild(tmp_path: Path, run: Command) -> None:
    Study.create(tmp_path / "s", "t")
    ran = run("collect", "threads", "--dry-run", "--from-raw", "--study", tmp_path / "s")

    assert ran.code == 2
    assert "--dry-run and --from-raw exclude each other" in ran.err
