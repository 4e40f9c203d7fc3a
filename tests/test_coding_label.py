"""The line by which a study finds its projects, and its private files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from codebook.errors import StudyError
from codebook.study import Study
from coding.label_studio import private_file
from coding.projects.label import Label, Place, Shown, in_description, marker

MakeStudy = Callable[..., Study]
BOOK = 'version: "{}"\ncodes:\n  - {{id: A, name: A, definition: A.}}\n'


def shown(study: Study, now: str) -> Label:
    """The label of a coder's project from a moment on."""
    return Label.new(study, Place("coder_a")).showing(study.codebook.version, study.codebook.sha256, "p", now)


def test_a_label_comes_back_from_a_description_that_people_have_added_to(make_study: MakeStudy) -> None:
    study = make_study(codebook=BOOK.format("1.0.0"))
    label = shown(study, "2026-01-01T00:00:00+00:00")

    assert in_description(f"Ours! <b>\n\n{label.description()}\nthanks") == label
    assert label.codebooks == (Shown(version="1.0.0", sha256=study.codebook.sha256, since="2026-01-01T00:00:00+00:00"),)


@pytest.mark.parametrize("text", ["", "A project", '{"qualdev": 1}', '{"qualdev": {"study": "x"}}', '{"qualdev"'])
def test_other_descriptions_have_no_label(text: str) -> None:
    assert in_description(text) is None


def test_a_codebook_is_entered_once_and_its_successors_behind_it(make_study: MakeStudy) -> None:
    study = make_study(codebook=BOOK.format("1.0.0"))
    first = shown(study, "2026-01-01")
    again = first.showing("1.0.0", study.codebook.sha256, "p", "2026-01-02")
    (study.path / "codebook.yaml").write_text(BOOK.format("2.0.0"), encoding="utf-8")
    later = first.showing("2.0.0", Study.open(study.path).codebook.sha256, "q", "2026-01-03")

    assert again == first
    assert [(s.version, s.since) for s in later.codebooks] == [("1.0.0", "2026-01-01"), ("2.0.0", "2026-01-03")]
    assert [later.version_at(day) for day in ("2025", "2026-01-02", "2026-01-03")] == ["1.0.0", "1.0.0", "2.0.0"]


def test_studies_have_different_markers_and_keep_theirs(make_study: MakeStudy) -> None:
    one, two = make_study(name="one"), make_study(name="two")

    assert marker(one) == marker(Study.open(one.path)) != marker(two)


def test_a_private_file_is_for_its_owner_only_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "coders.json"

    assert private_file.load(path) == {}
    private_file.save(path, {"a": 1})
    assert path.stat().st_mode & 0o777 == 0o600
    assert private_file.load(path) == {"a": 1}
    for text in ("{", "[]"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(StudyError, match=r"coders\.json"):
            private_file.load(path)
