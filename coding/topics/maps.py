"""Write the maps that were asked for, and enter them in the run ledger."""

from collections.abc import Callable
from pathlib import Path

from codebook import ledger
from codebook.errors import StudyError
from codebook.html_page import replace_whole
from codebook.study import Study, file_sha256
from coding.topics import picture as static
from coding.topics.page import corpus
from coding.topics.page import page as html


def must_fit(page: Path | None, picture: Path | None) -> None:
    """Refuse names of files before minutes are spent.

    Raises:
        StudyError: A picture is neither SVG nor PNG, or both are one file.
    """
    if picture and picture.suffix.lower() not in static.KINDS:
        raise StudyError("a picture is an SVG or a PNG", where=str(picture), hint="Let its name end with .svg or .png.")
    if page and picture and page.resolve() == picture.resolve():
        raise StudyError("--map and --picture name one file", where=str(page), hint="Name two.")


def write(study: Study, page: Path | None, picture: Path | None, tell: Callable[[str], None]) -> None:
    """Write a page, a picture, or both, each whole or not at all.

    Raises:
        StudyError: There are no topics, or a file cannot be used.
        StoppedEarly: The disk is full; the file is as it was before.
    """
    shown = corpus(study)
    named = {kind: path.name for kind, path in (("map", page), ("picture", picture)) if path}
    with ledger.run(study, "coding topics map", named, named) as run:
        for name in ("topics", "threads", "posts"):
            if study.table(name).exists():
                run.used(study.table(name))
        if page:
            replace_whole(page, [html(study, shown)])
        if picture:
            static.write(shown, study.settings.study.title, picture)
        run.outputs |= {path.name: file_sha256(path) for path in (page, picture) if path}
    for path in (page, picture):
        if path:
            tell(f"wrote {path}")
