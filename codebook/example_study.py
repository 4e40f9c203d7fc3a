"""The example study that ships with the package: invented threads, coders, models, scans, releases and pages."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

from codebook.errors import StudyError
from codebook.study import IGNORED, Study


def unpack(folder: Path) -> Study:
    """Copy the example study into a new folder.

    Raises:
        StudyError: The folder is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise StudyError("the folder is not empty", where=str(folder), hint="Name a new folder.")
    with as_file(files("codebook") / "example") as example:
        shutil.copytree(example, folder, dirs_exist_ok=True)
    (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")
    return Study.open(folder)
