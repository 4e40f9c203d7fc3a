"""For every kind of hub a small world on this machine: what the tests that are the same for all hubs run against."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sites.github_repositories import RepositoriesSite
from sites.hub_models import HubModelsSite, model
from sites.modelscope import ModelScopeSite
from sites.modelscope import world as scope_models
from sites.opencsg import OpenCSGSite
from sites.opencsg import world as csg_models
from sites.server import Asked, LocalSite


@dataclass(frozen=True)
class HubWorld:
    """A hub that answers, and what it has.

    Args:
        base_url: Where it is; empty for a folder.
        options: The keys of its section.
        native_ids: All of its models.
        seen: The requests that it gets, filled while it runs.
    """

    base_url: str
    options: dict[str, Any]
    native_ids: frozenset[str]
    seen: list[Asked] = field(default_factory=list)


@contextmanager
def huggingface(_folder: Path) -> Iterator[HubWorld]:
    """Twenty-five models on pages of ten."""
    with LocalSite(HubModelsSite(range(25), cap=10)) as local:
        ids = frozenset(model(number)["id"] for number in range(25))
        yield HubWorld(local.base_url, {}, ids, local.seen)


@contextmanager
def folder(folder: Path) -> Iterator[HubWorld]:
    """Sixty models of two platforms."""
    names = [f"{'huggingface' if n % 3 else 'pytorch_hub'}/owner{n % 5}/model-{n}" for n in range(60)]
    for name in names:
        path = folder / "models" / name
        path.mkdir(parents=True)
        (path / "config.json").write_text("{}")
        (path / "model.safetensors").write_text(name)
    yield HubWorld("", {"path": "models"}, frozenset(names))


@contextmanager
def modelscope(_folder: Path) -> Iterator[HubWorld]:
    """Fifty-two models on pages of fifty, one of them with code and configuration."""
    files = {"configuration.json": b'{"plugins": ["adaseq"]}', "ms_wrapper.py": b"", "config.json": b"{}"}
    first, *others = scope_models(52)
    models = [replace(first, files=files), *others]
    with LocalSite(ModelScopeSite(models)) as local:
        yield HubWorld(local.base_url, {}, frozenset(each.id for each in models), local.seen)


@contextmanager
def opencsg(_folder: Path) -> Iterator[HubWorld]:
    """Twelve models, one of them with code and configuration."""
    first, *others = csg_models(12)
    models = [replace(first, files={"config.json": b"{}", "a.py": b""}), *others]
    with LocalSite(OpenCSGSite(models)) as local:
        yield HubWorld(local.base_url, {}, frozenset(each.path for each in models), local.seen)


@contextmanager
def openmmlab(folder: Path) -> Iterator[HubWorld]:
    """An unpacked package with three metafiles of two models each."""
    root = folder / "wheel" / "mmheron" / ".mim"
    for name in "abc":
        (root / name).mkdir(parents=True)
        models = "".join(f"  - {{Name: {name}{n}, Config: {name}/{n}.py, Weights: {n}.pth}}\n" for n in (1, 2))
        (root / name / "metafile.yml").write_text("Models:\n" + models)
        (root / name / "1.py").write_text("model = {}")
    (root / "model-index.yml").write_text("Import: [a/metafile.yml, b/metafile.yml, c/metafile.yml]")
    yield HubWorld("", {"paths": ["wheel"]}, frozenset(f"mmheron/{name}{n}" for name in "abc" for n in (1, 2)))


@contextmanager
def pytorch_hub(_folder: Path) -> Iterator[HubWorld]:
    """Five cards of three repositories, on GitHub."""
    cards = {f"{n}.md": f"---\ngithub-id: owner/repo-{n % 3}\n---\n".encode() for n in range(5)}
    names = [f"owner/repo-{n}" for n in range(3)]
    site = RepositoriesSite({"pytorch/hub": cards} | {name: {"hubconf.py": b"", "a/b.py": b"1"} for name in names})
    with LocalSite(site) as local:
        yield HubWorld(local.base_url, {}, frozenset(names), local.seen)


RIGS: dict[str, Callable[[Path], Any]] = {
    "folder": folder,
    "huggingface": huggingface,
    "modelscope": modelscope,
    "opencsg": opencsg,
    "openmmlab": openmmlab,
    "pytorch_hub": pytorch_hub,
}
"""A context manager per kind: it takes a folder of its own and gives a :class:`HubWorld`."""
