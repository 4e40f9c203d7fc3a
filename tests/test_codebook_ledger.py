"""The run ledger and the lock: runs that go on, runs that are given up, one writer at a time."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from codebook import ledger
from codebook.errors import StoppedEarly, StudyError
from codebook.raw import Page
from codebook.rows import Exclusion
from codebook.study import Study, file_sha256

ROW = Exclusion(thread_id="a:1", stage="collect", reason="no keyword", by="match = any", run_id="collect-threads-1")


def test_a_finished_run_is_one_line_with_its_outputs_by_hash(make_study: Callable[..., Study]) -> None:
    study = make_study()
    with ledger.run(study, "collect threads", {"site": ["a"]}) as run:
        run.used(study.path / "study.toml")
        run.write(Exclusion, [ROW])

    (line,) = ledger.runs(study)
    assert line["run_id"] == "collect-threads-1"
    assert line["arguments"] == {"site": ["a"]}
    assert line["inputs"] == {"study.toml": file_sha256(study.path / "study.toml")}
    assert line["outputs"] == {"tables/exclusions.parquet": file_sha256(study.table("exclusions"))}
    assert line["versions"]["qualdev"]
    assert list(ledger.open_runs(study)) == []


def test_a_run_that_failed_goes_on_under_its_id_with_its_arguments(make_study: Callable[..., Study]) -> None:
    study = make_study()
    with pytest.raises(StoppedEarly), ledger.run(study, "collect threads", {"until": "2026-01-01"}):
        raise StoppedEarly("the site is gone")

    with ledger.run(study, "collect threads", {"until": "2026-01-02"}) as run:
        assert (run.id, run.resumed, run.arguments) == ("collect-threads-1", True, {"until": "2026-01-01"})
    with ledger.run(study, "collect threads", {}) as run:
        assert (run.id, run.resumed) == ("collect-threads-2", False)


def test_runs_with_other_settings_are_open_side_by_side(make_study: Callable[..., Study]) -> None:
    study = make_study()
    with pytest.raises(StoppedEarly), ledger.run(study, "collect threads", {}, settings="one keyword"):
        raise StoppedEarly("the site is gone")
    with ledger.run(study, "collect threads", {}, settings="two keywords") as run:
        assert (run.id, run.resumed) == ("collect-threads-2", False)
    with ledger.run(study, "collect threads", {}, settings="one keyword") as run:
        assert (run.id, run.resumed) == ("collect-threads-1", True)

    assert [r["run_id"] for r in ledger.runs(study)] == ["collect-threads-2", "collect-threads-1"]
    assert list(ledger.open_runs(study)) == []


def test_a_lost_ledger_stops_what_would_give_an_old_id_again(make_study: Callable[..., Study]) -> None:
    study = make_study()
    with ledger.run(study, "collect threads", {}) as run:
        run.write(Exclusion, [ROW])
        study.raw("collect", "a").append(Page("GET /", 200, {}, b"{}", run.id))
    (study.path / "runs.jsonl").unlink()

    with pytest.raises(StudyError, match=r"runs\.jsonl is missing"), ledger.run(study, "collect threads", {}):
        pass


def test_a_first_run_that_stopped_has_tables_and_no_ledger_yet(make_study: Callable[..., Study]) -> None:
    study = make_study()

    def stopped() -> None:
        with ledger.run(study, "collect threads", {}) as run:
            run.write(Exclusion, [ROW])
            raise StoppedEarly("the site is gone")

    with pytest.raises(StoppedEarly):
        stopped()
    with ledger.run(study, "collect rebuild", {}) as run:
        assert run.id == "collect-rebuild-1"


@pytest.mark.parametrize("line", ["<<<<<<< HEAD", "[]", '{"command": 1}', "[" * 100_000])
def test_a_line_that_is_no_run_is_named(make_study: Callable[..., Study], line: str) -> None:
    study = make_study()
    with ledger.run(study, "coding push", {}):
        pass
    with (study.path / "runs.jsonl").open("a") as out:
        out.write(f"{line}\n")

    with pytest.raises(StudyError) as caught, ledger.run(study, "coding pull", {}):
        pass
    assert caught.value.where == "runs.jsonl:2"


def test_a_ledger_line_that_a_crash_cut_is_passed_over_and_replaced(make_study: Callable[..., Study]) -> None:
    study = make_study()
    with ledger.run(study, "coding push", {}):
        pass
    with (study.path / "runs.jsonl").open("a") as out:
        out.write('{"run_id": "coding-pull-1", "comm')
    with ledger.run(study, "coding pull", {}) as run:
        assert run.id == "coding-pull-1"

    lines = (study.path / "runs.jsonl").read_text().splitlines()
    assert [json.loads(line)["run_id"] for line in lines] == ["coding-push-1", "coding-pull-1"]


HOLD = """
import sys, time
from pathlib import Path
from codebook import ledger
from codebook.study import Study
with ledger.run(Study.open(Path(sys.argv[1])), "collect threads", {}):
    print("holding", flush=True)
    time.sleep(60)
"""


def test_a_second_writer_is_told_who_writes_and_a_killed_writer_holds_nothing(make_study: Callable[..., Study]) -> None:
    study = make_study()
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(study.path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    assert holder.stdout.readline() == "holding\n"

    with pytest.raises(StoppedEarly) as caught, ledger.run(study, "coding push", {}):
        pass
    assert f"another command is writing to this study: collect threads (process {holder.pid})" in str(caught.value)
    holder.kill()
    holder.wait()
    with ledger.run(study, "collect threads", {}) as run:
        assert run.resumed
