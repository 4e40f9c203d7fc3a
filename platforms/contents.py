"""Contents that raw records speak of."""

from codebook.blobs import Blobs
from codebook.errors import StudyError


def content_of(blobs: Blobs, sha256: str) -> bytes:
    """A content that a raw record speaks of.

    Raises:
        StudyError: It is gone or damaged.
    """
    content = blobs.read(sha256)
    if content is None:
        raise StudyError(
            "a content is gone that a raw record speaks of",
            where=str(blobs.path(sha256)),
            hint="Restore it from a backup, or get it again with: platforms fetch",
        )
    return content
