"""Contents by their hash: each once, whole or not at all, under no other name."""

from pathlib import Path

import pytest

from codebook.blobs import Blobs
from codebook.errors import StudyError


def test_a_content_that_is_damaged_is_said(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    sha256 = blobs.keep(b"x = 1\n")
    assert blobs.read(sha256) == b"x = 1\n"
    blobs.path(sha256).write_bytes(b"x = ")
    with pytest.raises(StudyError, match="does not have the hash that is its name"):
        blobs.read(sha256)

    assert blobs.keep(b"x = 1\n") == sha256
    assert blobs.read(sha256) == b"x = 1\n"
    assert blobs.read("0" * 64) is None


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63 + "\n"])
def test_a_content_has_no_other_name_than_its_hash(name: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="not a SHA-256"):
        Blobs(tmp_path).read(name)
