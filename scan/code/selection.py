"""Which contents tools look at: code that loading a model executes or may execute, kept weights, or all that is kept.

A content that several models have is one content. What its paths say of it is put together: it is Python if any of
them ends in ``.py``, whatever else it is called.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from codebook.blobs import Blobs
from codebook.study import Study
from scan.folder.options import WEIGHTS
from scan.scanner import Code

SUFFIXES = frozenset(
    (
        *(".py", ".pyi", ".pyw", ".pyc", ".pyd", ".so", ".pth", ".ipynb", ".sh", ".js", ".html", ".md", ".txt", ".csv"),
        *(".json", ".jsonl", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".xml", ".jinja", ".j2", ".jinja2"),
        *(".pkl", ".pickle", ".bin", ".pt", ".ckpt", ".joblib", ".dill", ".dat", ".data", ".npy", ".npz", ".model"),
        *(".h5", ".hdf5", ".keras", ".onnx", ".pb", ".tflite", ".safetensors", ".gguf", ".msgpack", ".mar", ".nemo"),
        *(".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".whl", ".egg"),
    )
)
"""What a copy of a content may be named by; all else ends in nothing."""

_MOST_PATHS = 5

_CONTENTS = """
SELECT sha256, max(bytes), list(DISTINCT path ORDER BY path)[:{most}],
       map_entries(histogram(suffix)), bool_or(suffix = '.py'), bool_or(relevant IS DISTINCT FROM false),
       min(files.problem)
FROM (SELECT *, regexp_extract(lower(path), '\\.[a-z0-9]+$') AS suffix FROM model_files) AS files
JOIN models USING (model_id)
WHERE sha256 IS NOT NULL AND ($every OR relevant IS DISTINCT FROM false OR list_contains($weights, suffix))
      AND (len($hubs) = 0 OR list_contains($hubs, hub))
GROUP BY sha256 ORDER BY sha256
"""

_REPOSITORIES = """
SELECT model_id, list({{'sha256': sha256, 'path': path}} ORDER BY path)
FROM model_files JOIN models USING (model_id)
WHERE sha256 IS NOT NULL AND (len($hubs) = 0 OR list_contains($hubs, hub))
GROUP BY model_id
HAVING $every OR bool_or(relevant IS DISTINCT FROM false)
ORDER BY model_id
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A content that tools are to look at.

    Args:
        code: What is told of it; whether it parses is not known yet.
        lost: Why nobody has its bytes; None if they are kept.
    """

    code: Code
    lost: str | None = None


def contents(study: Study, hubs: tuple[str, ...] = (), *, every: bool = False) -> Iterator[Chosen]:
    """The contents to look at, by their hashes.

    Args:
        study: The study folder.
        hubs: Only of models of these hubs; empty for all.
        every: Every content that is kept, also what loading does not execute.
    """
    blobs = Blobs.of(study)
    with study.connect() as con:
        asked = {"every": every, "hubs": list(hubs), "weights": [pattern.removeprefix("*") for pattern in WEIGHTS]}
        cursor = con.execute(_CONTENTS.format(most=_MOST_PATHS), asked)
        while rows := cursor.fetchmany(1000):
            for sha256, size, paths, suffixes, python, executed, problem in rows:
                kept = _size(blobs, sha256)
                if kept is None and not executed:
                    continue  # weights and what else nobody asked for
                code = Code(
                    sha256=sha256,
                    suffix=".py" if python else _commonest(suffixes),
                    bytes=size or 0 if kept is None else kept,
                    paths=tuple(paths),
                )
                lost = problem or "nobody has its content: scan fetch gets it"
                yield Chosen(code, lost if kept is None else None)


def repositories(
    study: Study, hubs: tuple[str, ...] = (), *, every: bool = False
) -> Iterator[tuple[str, dict[str, str]]]:
    """The models whose files tools look at as a whole, each with the hashes of all its files by path."""
    with study.connect() as con:
        cursor = con.execute(_REPOSITORIES.format(), {"every": every, "hubs": list(hubs)})
        while rows := cursor.fetchmany(100):
            for model_id, files in rows:
                yield model_id, {each["path"]: each["sha256"] for each in files}


def _size(blobs: Blobs, sha256: str) -> int | None:
    try:
        return blobs.path(sha256).stat().st_size
    except FileNotFoundError:
        return None


def _commonest(suffixes: list[dict[str, object]]) -> str:
    """The suffix of most files, of those that are known; of several, the first."""
    counted = [(-int(str(each["value"])), str(each["key"])) for each in suffixes if each["key"] in SUFFIXES]
    return min(counted)[1] if counted else ""
