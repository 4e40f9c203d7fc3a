"""The keys of ``[hubs.NAME]`` that only the kind ``folder`` knows."""

from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from pydantic import Field

from scan.folder.inventory import on_disk
from scan.hub import HubOptions, Registry

KEPT = (
    *("*.py", "*.pyi", "*.ipynb", "*.sh", "*.json", "*.yaml", "*.yml", "*.toml", "*.cfg", "*.ini", "*.md", "*.jinja"),
    *("requirements*.txt", "Dockerfile", "Makefile"),
)
"""Names of files of code and configuration: their contents are kept, those of weights never."""


class FolderOptions(HubOptions):
    """Where models lie on disk, and how much of them is kept.

    Args:
        path: Folder with ``<platform>/<owner>/<name>/`` in it; from the study folder, if it does not begin with ``/``.
        hashed_up_to: Bytes up to which any file is hashed; of a larger one the size alone is known.
    """

    path: str = Field(min_length=1)
    hashed_up_to: int = Field(default=100_000_000, ge=0)

    def folder(self, registry: Registry) -> Path:
        """The folder with the platforms."""
        return registry.folder / self.path

    def content(self, registry: Registry, native_id: str, revision: str | None, path: str) -> str | Path:  # noqa: ARG002
        """See :meth:`scan.hub.HubOptions.content`."""
        return self.folder(registry) / on_disk(native_id) / on_disk(path)


def is_kept(path: str) -> bool:
    """Whether the content of a file is code or configuration, by its name."""
    name = PurePosixPath(path).name
    return any(fnmatchcase(name, pattern) for pattern in KEPT)
