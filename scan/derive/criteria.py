"""What is told from a model's tags, file names and facts alone: published criteria, formats, and how it is loaded.

The published criteria count a model by a tag or by names of files; they say nothing of what a loader does. The loader's
truth is what would be executed, by the platform's own loader; it stands in a column of its own.
"""

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from codebook.rows.risk import Formats

TAG = "custom_code"

FILE_NAMES = (
    "tokenizer.py",
    "__init__.py",
    "hubconf.py",
    "modeling_*.py",
    "tokenization_*.py",
    "configuration_*.py",
)
"""The file names of the published criterion, wherever in the repository they stand."""

PICKLE = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".dill"})
"""Suffixes of weights that a loader unpickles; a file with such a name may hold something else."""

_TRANSFORMERS = frozenset({"huggingface", "opencsg", "modelscope"})
_MAY_NAME_CODE = frozenset(
    {"config.json", "tokenizer_config.json", "processor_config.json", "preprocessor_config.json"}
)


def criteria(platform: str, tags: Collection[str], paths: Collection[str]) -> tuple[str, ...]:
    """The published criteria that a model meets, sorted."""
    met = {
        "tag": TAG in tags,
        "file_name": any(_is_named(path) for path in paths if path.endswith(".py")),
        "openmmlab": platform == "openmmlab",
    }
    return tuple(sorted(name for name, holds in met.items() if holds))


def _is_named(path: str) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatchcase(name, pattern) for pattern in FILE_NAMES)


def formats(paths: Collection[str], *, whole: bool) -> Formats | None:
    """Formats of the weights by the names of the files; None if these are not all known."""
    if not whole:
        return None
    suffixes = {PurePosixPath(path).suffix.lower() for path in paths}
    safe, pickled = ".safetensors" in suffixes, bool(suffixes & PICKLE)
    if safe:
        return "both" if pickled else "safetensors"
    return "pickle" if pickled else "none"


def loads_by(platform: str, facts: Mapping[str, tuple[str, ...]], paths: Collection[str]) -> tuple[str, ...]:
    """What the platform's own loader would execute code of a model through, as far as a listing shows, sorted."""
    ways = set()
    if platform in _TRANSFORMERS and facts.get("auto_map"):
        ways.add("auto_map")
    if platform == "modelscope":
        ways |= {"configuration.json"} if facts.get("plugins") or facts.get("allow_remote") else set()
        ways |= {"ms_wrapper"} if "ms_wrapper.py" in paths else set()
    if platform == "pytorch_hub" and "hubconf.py" in paths:
        ways.add("hubconf")
    if platform == "openmmlab" and any(path.endswith(".py") for path in paths):
        ways.add("python_config")
    return tuple(sorted(ways))


def is_known(platform: str, facts: Mapping[str, tuple[str, ...]], paths: Collection[str], *, whole: bool) -> bool:
    """Whether a listing shows that a loader that nothing was found for would execute nothing."""
    if not whole:
        return False
    if not any(path.endswith(".py") for path in paths):
        return True  # there is nothing to execute
    if platform in ("pytorch_hub", "openmmlab"):
        return True
    asked = _MAY_NAME_CODE & set(paths)
    if platform == "modelscope" and "configuration.json" in paths and "plugins" not in facts:
        return False
    return platform in _TRANSFORMERS and asked <= {"config.json"} and ("auto_map" in facts or not asked)
