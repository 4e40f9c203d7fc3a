"""``scan code`` killed at any moment and run again gives the same tables, and leaves nobody at work."""

import random
import time
from pathlib import Path

from code_study import killed, left_in, start, study_of

FILES: dict[str, str | bytes] = {f"a{n}.py": f"n = {n}\nbad\n" for n in range(30)} | {
    "crash.py": "x = 'CRASH'\n",
    "silence.py": "x = 'SILENCE'\n",
}
FAKES = "f.Fake(batch=4), f.Fake('other', batch=7)"


def test_a_run_that_is_killed_again_and_again_gives_the_same_tables(tmp_path: Path) -> None:
    """Three kills here; ``bench/bench_kills.py`` makes as many as wanted."""
    whole, broken = (study_of(tmp_path / name, FILES) for name in ("whole", "broken"))
    began = time.monotonic()
    assert not killed(whole, FAKES, 300)
    took, chance, kills = time.monotonic() - began, random.Random(7), 0
    while kills < 3 and killed(broken, FAKES, chance.uniform(0.3, 0.9) * took):
        kills += 1
    assert not killed(broken, FAKES, 300)

    assert kills
    assert whole.hashes == broken.hashes
    assert whole.runs == ["scan-models-1", "scan-code-1"]


def test_after_a_kill_nobody_is_left_at_work_and_nothing_lies_about(tmp_path: Path) -> None:
    study, scratch = study_of(tmp_path / "study", {"a.py": "x = 'HANG'\n"}), tmp_path / "scratch"
    scratch.mkdir()
    process = start(study, "f.Fake(batch=1)", TMPDIR=str(scratch))
    until = time.monotonic() + 60
    while not any(each.startswith("process") for each in left_in(scratch)) and time.monotonic() < until:
        time.sleep(0.1)
    begun = left_in(scratch)
    process.kill()
    process.communicate()
    while left_in(scratch) and time.monotonic() < until:
        time.sleep(0.1)

    assert any(each.startswith("process") for each in begun)
    assert left_in(scratch) == []


def test_a_run_that_is_interrupted_says_that_it_can_go_on_and_leaves_nobody_at_work(tmp_path: Path) -> None:
    study, scratch = study_of(tmp_path / "study", {"a.py": "x = 'HANG'\n"}), tmp_path / "scratch"
    scratch.mkdir()
    process = start(study, "f.Fake(batch=1)", TMPDIR=str(scratch))
    until = time.monotonic() + 60
    while not any(each.startswith("process") for each in left_in(scratch)) and time.monotonic() < until:
        time.sleep(0.1)
    process.send_signal(2)
    _, err = process.communicate(timeout=60)

    assert (process.returncode, "interrupted" in err) == (3, True), err
    assert left_in(scratch) == []
