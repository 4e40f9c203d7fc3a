"""``codebook diff`` after an edit."""

from collections.abc import Callable
from typing import Any

from test_codebook_versions import ONE, written

from codebook.study import Study

MakeStudy = Callable[..., Study]


def test_diff_of_an_edit_under_the_same_version_asks_for_a_new_one(
    make_study: MakeStudy, run: Callable[..., Any]
) -> None:
    study = make_study(codebook=written("1.0.0", ONE))
    first = run("codebook", "migrate", "--study", study.path)
    (study.path / "codebook.yaml").write_text(written("1.0.0", ONE.replace("Malice", "Malevolence")), encoding="utf-8")
    edited = run("codebook", "diff", "--study", study.path)
    (study.path / "codebook.yaml").write_text(written("1.0.1", ONE.replace("Malice", "Malevolence")), encoding="utf-8")
    raised = run("codebook", "diff", "--study", study.path)

    assert first.code == 0, first.err
    assert (edited.code, "Raise `version` above 1.0.0" in edited.err, "could stand" in edited.err) == (1, True, False)
    assert (raised.code, '  - {version: "1.0.1", rename: SEC.mal}' in raised.err) == (1, True)
