"""Discussions in: threads from GitHub, Hugging Face, Discourse and Stack Exchange sites, and from files."""

from collect.discourse import Discourse
from collect.file import File
from collect.github import GitHub
from collect.huggingface import HuggingFace
from collect.source import Source
from collect.stackexchange import StackExchange

SOURCES: dict[str, Source] = {
    "discourse": Discourse(),
    "file": File(),
    "github": GitHub(),
    "huggingface": HuggingFace(),
    "stackexchange": StackExchange(),
}
"""Every kind of site by the word that `kind` in study.toml uses."""
