"""Repositories of the Hugging Face Hub that stand in other sites' threads, by link or in code.

The Hub has no search in discussions, so what people elsewhere talk about is the best hint at where to look. Bodies are
gone through once, each text by two patterns whose parts are bounded and never give back what they took; so a hostile
text takes no longer than another of its length.
"""

import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils._validators import validate_repo_id

_SEGMENT = r"[\w.-]{1,120}+"
_LINK = re.compile(
    rf"(?<![\w.-])(?:www\.)?(?:huggingface|hf)\.co\\{{0,4}}/"
    rf"({_SEGMENT}(?:\\{{0,4}}/{_SEGMENT}){{0,5}}+)(…?)",
    re.ASCII,
)
_QUOTE = r"\\{0,4}[\"'`]"
_ARGUMENT = r"model|model_id|model_name|model_name_or_path|pretrained_model_name_or_path|repo_id|tokenizer"
_CALL = re.compile(
    rf"(?<![A-Za-z0-9])(?:(from_pretrained|snapshot_download|hf_hub_download|SentenceTransformer|CrossEncoder"
    rf"|load_dataset)\s{{0,20}}+\(\s{{0,200}}+(?:\w{{1,40}}+\s{{0,20}}+=\s{{0,20}}+)?+{_QUOTE}"
    rf"|(?:{_ARGUMENT})\s{{0,20}}+=\s{{0,20}}+{_QUOTE}|--(?:model|model-id|tokenizer)[= ]\s{{0,20}}+(?:{_QUOTE})?+)"
    rf"({_SEGMENT}\\{{0,4}}/{_SEGMENT})(?![\w/…]|\\{{1,4}}/)",
    re.ASCII,
)
_KIND = re.compile(r"repo_type\s{0,20}+=\s{0,20}+" + _QUOTE + r"(dataset|space)\b", re.ASCII)
_KIND_WITHIN = 200
"""Characters behind a call's repository in which the call ends and its ``repo_type`` is looked for."""

_INSIDE = re.compile(r"blame|blob|commits?|discussions|edit|raw|resolve|tree|viewer")
"""What stands behind a repository in links to something in it."""

_OF_AN_ACCOUNT = re.compile(
    r"activity|collections|datasets|followers|following|likes|models|papers|posts|spaces|upvotes"
)
"""What stands behind an account in links to its pages."""

_NO_ACCOUNT = re.compile(
    r"""about|agents|api|assistants|autotrain|avatars|blog|brand|buckets|changelog|chat|collections|contact
    |content-policy|courses?|datasets|deep-rl-course|docs|documentation|endpoints|enterprise|events|front|hub
    |inference(?:-api|-endpoints)?|jobs|join|kernels|languages|leaderboards|learn|login|logout|mcp|metrics|models
    |new(?:-dataset|-space)?|nlp|notifications|oauth|organizations|papers|password_reset|playground|posts|pricing
    |privacy|resources|search|security|settings|shop|sitemap|spaces|static|storage|support|tasks|terms-of-service
    |transformers|welcome""",
    re.VERBOSE | re.IGNORECASE,
)
"""First parts of paths on the Hub that belong to the Hub itself."""

_FOLDER = re.compile(r"checkpoints?|content|data|home|local|mnt|model|outputs?|path|results|root|tmp")
"""First parts of what in code is a folder on somebody's disk, or hardly an account."""

_FILE = re.compile(r"\.(?:bin|ckpt|gguf|h5|ipynb|json|onnx|pt|pth|py|safetensors|txt|ya?ml|zip)$", re.IGNORECASE)


def named_in(bodies: Iterable[bytes]) -> Counter[str]:
    """Count on how many different pages each repository is named.

    Args:
        bodies: Raw answers, JSON or not.

    Returns:
        Pages by ``owner/name``, ``datasets/owner/name`` and ``spaces/owner/name``. A model without an owner, as there
        were in the Hub's first years, is taken only from a link that leads into it (``gpt2/tree/main``), for
        ``huggingface.co/gpt2`` could be an account.
    """
    found: Counter[str] = Counter()
    seen: set[bytes] = set()
    for body in bodies:
        digest = blake2b(body, digest_size=16).digest()
        if digest not in seen:  # a page that a crash had fetched twice counts once
            seen.add(digest)
            found.update({name for text in _texts(body) for name in _names(text)})
    return found


def most_named(found: Counter[str], limit: int) -> list[str]:
    """The ``limit`` repositories on most pages, in order of the alphabet where they are on as many."""
    return sorted(found, key=lambda name: (-found[name], name))[:limit]


def _texts(body: bytes) -> Iterator[str]:
    """All texts in a body, without the escapes of JSON and HTML."""
    left: list[Any]
    try:
        left = [json.loads(body)]
    except (ValueError, RecursionError):
        left = [body.decode("utf-8", "replace")]
    while left:
        value = left.pop()
        if isinstance(value, str):
            yield html.unescape(value) if "&" in value else value
        elif isinstance(value, dict | list):
            left.extend(value.values() if isinstance(value, dict) else value)


def _names(text: str) -> Iterator[str]:
    if "/" not in text:
        return
    for link in _LINK.finditer(text) if ".co" in text else ():
        # Forums show long links with dots in place of their end.
        if not link[2] and not link[1].endswith("..") and (name := _linked(link[1].replace("\\", "").split("/"))):
            yield name
    for call in _CALL.finditer(text):
        owner, name = call[2].replace("\\", "").split("/")
        if not _NO_ACCOUNT.fullmatch(owner) and not _FOLDER.fullmatch(owner) and not _FILE.search(name):
            yield from _valid(_prefix(call, text), f"{owner}/{name}")


def _prefix(call: re.Match[str], text: str) -> str:
    end = text.find(")", call.end(), call.end() + _KIND_WITHIN)
    kind = _KIND.search(text, call.end(), end) if end > 0 else None
    return "datasets/" if call[1] == "load_dataset" else f"{kind[1]}s/" if kind else ""


def _linked(parts: list[str]) -> str | None:
    """The repository that the path of a link leads to; None if it leads to none."""
    if parts[0] == "api":
        parts = parts[2:] if parts[1:2] == ["resolve-cache"] else parts[1:]
        parts = parts[1:] if parts[:1] == ["models"] else parts if parts[:1] in (["datasets"], ["spaces"]) else []
    prefix = f"{parts[0]}/" if parts[:1] in (["datasets"], ["spaces"]) else ""
    parts = parts[1:] if prefix else parts
    if not parts or _NO_ACCOUNT.fullmatch(parts[0]) or (prefix and _INSIDE.fullmatch(parts[0])):
        return None
    second = parts[1] if len(parts) > 1 else ""
    if _INSIDE.fullmatch(second):
        return next(_valid(prefix, parts[0]), None) if prefix != "spaces/" else None
    if _OF_AN_ACCOUNT.fullmatch(second) or (not second and prefix != "datasets/"):
        return None
    return next(_valid(prefix, f"{parts[0]}/{second}" if second else parts[0]), None)


def _valid(prefix: str, name: str) -> Iterator[str]:
    """The name if it can be a repository's, without the marks of a sentence or of Markdown behind it."""
    plain = name.rstrip("._-").removesuffix(".git")
    try:
        validate_repo_id(plain)
    except HFValidationError:
        return
    yield prefix + plain
