"""All four kinds of site at once, serving one world, and the part of ``study.toml`` that points at them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sites.corpus import CorpusThread, load
from sites.discourse import DiscourseSite
from sites.github import GitHubSite
from sites.huggingface import HuggingFaceSite
from sites.server import LocalSite
from sites.stackexchange import StackExchangeSite

from codebook.study import file_sha256

TABLES = ("threads", "posts", "slices", "exclusions", "matches", "changes", "earlier_posts")

EXAMPLE = Path(__file__).parent / "sites" / "example_threads.yaml"
TOKEN = {"GITHUB_TOKEN": "gh-t0ken"}
"""The environment in which the local GitHub accepts us."""


@dataclass(frozen=True)
class FourSites:
    """The running sites by their names in ``study.toml``."""

    local: dict[str, LocalSite]
    repos: tuple[str, ...]

    @property
    def requests(self) -> int:
        return sum(len(site.seen) for site in self.local.values())

    def toml(self) -> str:
        """Sections for all four."""
        url = {name: site.base_url for name, site in self.local.items()}
        repos = ", ".join(f'"{r}"' for r in self.repos)
        return f"""
[sources.github]
kind = "github"
base_url = "{url["github"]}"
token_env = "GITHUB_TOKEN"

[sources.huggingface]
kind = "huggingface"
base_url = "{url["huggingface"]}"
public_url = "https://huggingface.example"
repos = [{repos}]

[sources.pytorch_forum]
kind = "discourse"
base_url = "{url["pytorch_forum"]}"
public_url = "https://discuss.pytorch.example"

[sources.stackoverflow]
kind = "stackexchange"
base_url = "{url["stackoverflow"]}"
site = "stackoverflow"
"""


def example() -> list[CorpusThread]:
    return load(EXAMPLE)


@contextmanager
def four_sites(threads: Sequence[CorpusThread], **how: dict[str, Any]) -> Iterator[FourSites]:
    """Serve ``threads``; ``how`` gives a site by name more arguments for :class:`LocalSite`."""
    made = {
        "github": GitHubSite(threads, token=TOKEN["GITHUB_TOKEN"]),
        "huggingface": HuggingFaceSite(threads),
        "pytorch_forum": DiscourseSite(threads),
        "stackoverflow": StackExchangeSite(threads),
    }
    repos = sorted({t.repo for t in threads if t.site == "huggingface"})
    with ExitStack() as stack:
        local = {name: stack.enter_context(LocalSite(site, **how.get(name, {}))) for name, site in made.items()}
        yield FourSites(local, tuple(repos))


def hashes(folder: Path) -> dict[str, str]:
    return {name: file_sha256(folder / "tables" / f"{name}.parquet") for name in TABLES}


def collected(
    tmp_path: Path, sites: FourSites, run: Callable[..., Any], name: str = "calm", *options: object
) -> tuple[Path, Any]:
    """A study folder with the key that all studies of a test share, after one ``collect threads``."""
    folder = tmp_path / name
    if not folder.exists():
        (folder / ".private").mkdir(parents=True)
        (folder / ".private" / "pseudonyms.key").write_text("ab" * 32)
    point_at(folder, sites)
    return folder, run("collect", "threads", "--study", folder, *options, **TOKEN)


def point_at(folder: Path, sites: FourSites) -> None:
    head = (
        '[study]\ntitle = "t"\nkeywords = ["trust_remote_code", "trust_repo"]\nsince = 2019-01-01\nuntil = 2026-01-01\n'
    )
    (folder / "study.toml").write_text(head + sites.toml(), encoding="utf-8")
