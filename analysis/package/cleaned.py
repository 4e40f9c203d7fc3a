"""Settings and ledger without what is nobody else's business: keys, addresses of servers, folders of a machine."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from codebook import ledger
from codebook.masks import masked
from codebook.settings import toml_string
from codebook.study import Study

PATH, ADDRESS, MAIL = "[path]", "[address]", "[e-mail]"

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>]+")
_PATH = re.compile(r"(?<![\w./:~-])(?:~?/|[A-Za-z]:[\\/]|\\\\)[^\s\"'<>:;,]+")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PLACED = ("sources", "hubs", "scan", "platforms", "label_studio")
"""Sections whose values may be places on somebody's machine; all others are about the question."""


def without_places(value: Any) -> Any:
    """A value of the ledger, whatever its shape, without addresses, absolute paths, e-mail addresses and secrets."""
    if isinstance(value, Mapping):
        return {without_places(key): without_places(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_places(each) for each in value]
    if not isinstance(value, str):
        return value
    text = _ADDRESS.sub(ADDRESS, masked(value))
    return _MAIL.sub(MAIL, _PATH.sub(PATH, text))


def runs(study: Study) -> Iterator[dict[str, Any]]:
    """The runs behind the tables, done and begun; what ``analysis`` only rendered is none of them."""
    for line in (*ledger.runs(study), *ledger.open_runs(study)):
        if not line["command"].startswith("analysis ") or line["command"] == ledger.PACKING:
            yield {
                key: value if key in ("inputs", "outputs") and not _odd(value) else without_places(value)
                for key, value in line.items()
            }


def _odd(files: Any) -> bool:
    """Whether a list of files by hash is anything else than names below the study."""
    return not isinstance(files, dict) or any(not isinstance(name, str) or name.startswith("/") for name in files)


def json_lines(lines: list[dict[str, Any]]) -> str:
    """Lines of the ledger as its file has them."""
    return "".join(json.dumps(line, ensure_ascii=False, default=str) + "\n" for line in lines)


def settings(study: Study) -> str:
    """``study.toml`` written anew: comments, keys, credentials in addresses and absolute paths are gone."""
    values = tomllib.loads(study.origin.text)
    kept = {name: _stated(value, placed=name in _PLACED) for name, value in values.items()}
    return "# Written by `analysis package` from the study's own study.toml.\n\n" + "\n".join(_sections(kept, ()))


def _stated(value: Any, *, placed: bool) -> Any:
    if isinstance(value, dict):
        return {key: _stated(inner, placed=placed) for key, inner in value.items()}
    if isinstance(value, list):
        return [_stated(each, placed=placed) for each in value]
    if not isinstance(value, str):
        return value
    if placed and _ADDRESS.fullmatch(value):
        return masked(_address(value))
    return _PATH.sub(PATH, masked(value)) if placed else masked(value)


def _address(url: str) -> str:
    """An address without user, password, query and fragment: it says which site was asked."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ADDRESS
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")).rstrip("/")


def _sections(values: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Lines of TOML: first what stands in a section itself, then the sections in it."""
    plain = {key: value for key, value in values.items() if not isinstance(value, dict)}
    if path and (plain or not values):
        yield f"[{'.'.join(map(_key, path))}]"
    for key, value in plain.items():
        yield f"{_key(key)} = {_value(value)}"
    if plain or (path and not values):
        yield ""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _sections(value, (*path, key))


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else toml_string(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, date | time | datetime):
        return value.isoformat()
    return repr(value)  # a whole number, or one with a fraction: TOML writes both, inf and nan too, as Python does
