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
"""Names of files of code and configuration: their contents are kept, those of weights only by ``weights_up_to``."""

WEIGHTS = (
    *(
        "*.bin",
        "*.ckpt",
        "*.dat",
        "*.data",
        "*.dill",
        "*.joblib",
        "*.npy",
        "*.npz",
        "*.pickle",
        "*.pkl",
        "*.pt",
        "*.pth",
    ),
    *("*.h5", "*.keras", "*.gguf", "*.onnx", "*.mar", "*.nemo"),
)
"""Names of files that may hold weights together with code."""


class FolderOptions(HubOptions):
    """Where models lie on disk, and how much of them is kept.

    Args:
        path: Folder with ``<platform>/<owner>/<name>/`` in it; from the study folder, if it does not begin with ``/``.
        hashed_up_to: Bytes up to which any file is hashed; of a larger one the size alone is known.
        weights_up_to: Bytes up to which contents of weights are kept as well, for tools that look into them; 0: none.
    """

    path: str = Field(min_length=1)
    hashed_up_to: int = Field(default=100_000_000, ge=0)
    weights_up_to: int = Field(default=0, ge=0)

    def folder(self, registry: Registry) -> Path:
        """The folder with the platforms."""
        return registry.folder / self.path

    def keeps_weights(self, path: str, size: int) -> bool:
        """Whether a file is one of weights whose content is to be kept."""
        return 0 < size <= self.weights_up_to and _is_named(path, WEIGHTS)

    def content(self, registry: Registry, native_id: str, revision: str | None, path: str) -> str | Path:  # noqa: ARG002
        """See :meth:`scan.hub.HubOptions.content`."""
        return self.folder(registry) / on_disk(native_id) / on_disk(path)


def is_kept(path: str) -> bool:
    """Whether the content of a file is code or configuration, by its name."""
    return _is_named(path, KEPT)


def _is_named(path: str, patterns: tuple[str, ...]) -> bool:
    name = PurePosixPath(path).name
    return any(fnmatchcase(name, pattern) for pattern in patterns)
