"""Small repositories in memory for the tests of scan.relevance, and what Transformers itself would gather of one."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from transformers.dynamic_module_utils import get_relative_import_files, get_relative_imports

from scan.relevance import Closure, Parser, Repository, Tree, Unread, Verdict, closure

Files = Mapping[str, str | bytes | None]


def looked_at(files: Files, platform: str, parser: Parser, native_id: str = "owner/name") -> Closure:
    """The closure of a repository; a file whose content is None is listed, and its content is not there."""

    def read(path: str) -> bytes:
        content = files[path]
        if content is None:
            raise Unread("its content was not fetched")
        return content.encode() if isinstance(content, str) else content

    tree = Tree(platform, dict.fromkeys(files), read, native_id)
    return closure(tree, Repository(tree, parser, {}))


def by_path(found: Closure) -> dict[str, Verdict]:
    """The verdicts of a closure by path."""
    return {verdict.path: verdict for verdict in found.files}


def relevant(found: Closure) -> dict[str, int | None]:
    """The relevant files, with their distance."""
    return {verdict.path: verdict.distance for verdict in found.files if verdict.relevant}


def on_disk(folder: Path, files: Files) -> None:
    """Write a repository."""
    for path, content in files.items():
        if content is not None:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)


def from_disk(folder: Path) -> dict[str, bytes]:
    """The files of a repository on disk."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def gathered_by_transformers(folder: Path) -> set[str]:
    """The files that the loader of Transformers gathers for a repository's class references, by its own functions.

    These read text only; what imports anything (``check_imports``) is not called.
    """
    found: set[str] = set()
    for module in _modules(folder):
        if not module.is_file():
            continue
        try:
            files = [str(module), *get_relative_import_files(module)]
        except FileNotFoundError:
            files = _what_is_there(module)
        found |= {str(Path(f).resolve().relative_to(folder.resolve())) for f in files}
    return found


def _what_is_there(module: Path) -> list[str]:
    """The same walk with the loader's own reading of each file, without the files that do not exist."""
    done: list[str] = []
    todo = [str(module)]
    while todo:
        path = todo.pop()
        if path not in done and Path(path).is_file():
            done.append(path)
            todo += [f"{module.parent / name}.py" for name in get_relative_imports(path)]
    return done


def _modules(folder: Path) -> Iterator[Path]:
    for config in ("config.json", "tokenizer_config.json", "preprocessor_config.json", "processor_config.json"):
        if not (folder / config).is_file():
            continue
        text = json.loads((folder / config).read_text(encoding="utf-8"))
        maps = text.get("auto_map", {})
        values = [*(maps.values() if isinstance(maps, dict) else maps)]
        values += [entry["impl"] for entry in text.get("custom_pipelines", {}).values()]
        for value in values:
            for reference in (
                [value] if isinstance(value, str) else value.values() if isinstance(value, dict) else value
            ):
                if reference and "--" not in reference:
                    yield folder / (reference.split(".")[0] + ".py")
    if (folder / "custom_generate" / "generate.py").is_file():
        yield folder / "custom_generate" / "generate.py"
