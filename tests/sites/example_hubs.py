"""The invented models of the example study, each on its hub: five hubs in four kinds of site."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from sites.github_repositories import RepositoriesSite
from sites.hub_code import CodeModel, HubCodeSite
from sites.modelscope import ModelScopeSite, ScopeModel, configuration
from sites.opencsg import CsgModel, OpenCSGSite
from sites.server import LocalSite, as_json

WORLD = Path(__file__).with_name("example_hubs.yaml")
CARDS = "sandbar/hub-cards"
"""The repository of the invented cards of PyTorch Hub."""

_WEIGHTS = {
    "safetensors": ("model.safetensors",),
    "pickle": ("pytorch_model.bin",),
    "both": ("model.safetensors", "pytorch_model.bin"),
}
_MODIFIED = "2025-{month:02}-03T10:11:12{end}Z"


@dataclass(frozen=True)
class Entry:
    """A model of the world.

    Args:
        id: ``<owner>/<name>``.
        files: Contents by path.
        weights: Their format.
        model: The module that its configuration names; empty if it names none.
        tokenizer: The same of its tokenizer.
        mirror: The model of Hugging Face that it is a copy of.
        remote: Its configuration asks to run its own code.
        gated: Nobody is given its files.
        lost: Files that the hub lists and does not have.
    """

    id: str
    task: str = ""
    licence: str = ""
    downloads: int = 0
    weights: str = ""
    model: str = ""
    tokenizer: str = ""
    mirror: str = ""
    remote: bool = False
    gated: bool = False
    lost: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def all_files(self) -> dict[str, bytes]:
        """Its files with configuration and weights, which hold nothing."""
        maps = {"AutoModel": f"{self.model}.Model"} if self.model else {}
        config: dict[str, Any] = {"architectures": ["Model"], "hidden_size": 256, "layers": 4}
        made = {"config.json": _json(config | ({"auto_map": maps} if maps else {}))}
        if self.tokenizer:
            named = [f"{self.tokenizer}.Tokenizer", None]
            made["tokenizer_config.json"] = _json({"rule": "str.lower", "auto_map": {"AutoTokenizer": named}})
        return made | dict.fromkeys(_WEIGHTS[self.weights], b"invented") | self.files

    @property
    def tags(self) -> tuple[str, ...]:
        """The hub's."""
        return ("transformers", *(("custom_code",) if self.model else ()), "region:invented")

    @property
    def commit(self) -> str:
        """Its only one."""
        return sha1(self.id.encode()).hexdigest()

    def modified(self, end: str = "") -> str:
        """When."""
        return _MODIFIED.format(month=len(self.id) % 12 + 1, end=end)


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


def world() -> dict[str, Any]:
    """What stands in the file."""
    return dict(YAML(typ="safe", pure=True).load(WORLD.read_text(encoding="utf-8")))


def entries(told: Mapping[str, Any], hub: str) -> list[Entry]:
    """The models of a hub, those without code last."""
    sources = {name: text.encode() for name, text in told["sources"].items()}
    found = [
        Entry(**each | {"files": {path: sources[name] for path, name in each["files"].items()}})
        for each in told["hubs"][hub]
    ]
    return found + [each for group in told["plain"].get(hub, ()) for each in _plain(group)]


def _plain(group: Mapping[str, Any]) -> Iterator[Entry]:
    for number, name in enumerate(group["names"]):
        mirror = group["mirrors"][number] if "mirrors" in group else ""
        downloads = 9000 // (number + 1)
        yield Entry(
            f"{group['owner']}/{name}",
            group["task"],
            "apache-2.0",
            downloads=downloads,
            weights=group["weights"],
            mirror=mirror,
        )


def _huggingface(told: Mapping[str, Any]) -> HubCodeSite:
    found = entries(told, "huggingface")
    lost = {path: as_json({"error": "Entry not found"}, 404) for each in found for path in each.lost}
    return HubCodeSite([_on_the_hub(each) for each in found], replies=lost)


def _on_the_hub(each: Entry) -> CodeModel:
    told = {"pipeline_tag": each.task, "downloads": each.downloads, "library_name": "transformers"}
    said = told | {"cardData": {"license": each.licence}, "lastModified": each.modified(".000")}
    return CodeModel(each.id, each.all_files, each.tags, said=said, refused=403 if each.gated else 0)


def _modelscope(told: Mapping[str, Any]) -> ModelScopeSite:
    models = []
    for each in entries(told, "modelscope"):
        files = each.all_files | {"configuration.json": configuration(task=each.task, allow_remote=each.remote)}
        models.append(
            ScopeModel(
                each.id,
                (each.task,),
                each.licence,
                tags=each.tags,
                downloads=each.downloads,
                modified=each.modified(),
                files=files,
                commit=each.commit,
            )
        )
    return ModelScopeSite(models, names_the_commit=True)


def _opencsg(told: Mapping[str, Any]) -> OpenCSGSite:
    models = []
    for rank, each in enumerate(entries(told, "opencsg")):
        tags = (("task", each.task), *(("industry", tag) for tag in each.tags if tag == "custom_code"))
        models.append(
            CsgModel(
                each.id,
                "huggingface" if each.mirror else "local",
                each.mirror,
                tags,
                each.licence,
                each.downloads,
                each.modified(),
                each.all_files,
                commit=each.commit,
                rank=rank,
            )
        )
    return OpenCSGSite(models)


def _repositories(told: Mapping[str, Any]) -> RepositoriesSite:
    """The cards of PyTorch Hub, the repositories that they name, and the packages of OpenMMLab."""
    sources = {name: text.encode() for name, text in told["sources"].items()}
    cards, repositories = dict[str, bytes](), dict[str, dict[str, bytes]]()
    for each in told["hubs"]["pytorch_hub"]:
        cards[each["id"].replace("/", "_") + ".md"] = _card(each["id"], each["task"])
        repositories[each["id"]] = {path: sources[name] for path, name in each["files"].items()}
    for name, models in told["hubs"]["openmmlab"].items():
        repositories[name] = _package(models, sources)
    return RepositoriesSite({CARDS: cards} | repositories)


def _card(repository: str, task: str) -> bytes:
    load = f'import torch\nmodel = torch.hub.load("{repository}", "invented")\n'
    return f"---\ntitle: Invented\ngithub-id: {repository}\ntags: [{task}]\n---\n```python\n{load}```\n".encode()


def _package(models: list[dict[str, str]], sources: Mapping[str, bytes]) -> dict[str, bytes]:
    lines = [
        f"  - Name: {each['id']}\n    Config: {each['config']}\n    Results:\n      - Task: {each['task']}\n"
        f"    Weights: https://files.invented.example/{each['id']}-{sha1(each['id'].encode()).hexdigest()[:8]}.pth\n"
        for each in models
    ]
    return {
        "model-index.yml": b"Import:\n  - configs/metafile.yml\n",
        "configs/metafile.yml": ("Models:\n" + "".join(lines)).encode(),
    } | {each["config"]: sources[each["of"]] for each in models}


@contextmanager
def example_hubs() -> Iterator[dict[str, LocalSite]]:
    """The running hubs by their names in ``study.toml``; two of them are one site."""
    told = world()
    with ExitStack() as stack:
        made = {"huggingface": _huggingface(told), "modelscope": _modelscope(told), "opencsg": _opencsg(told)}
        local = {name: stack.enter_context(LocalSite(site)) for name, site in made.items()}
        repositories = stack.enter_context(LocalSite(_repositories(told)))
        yield local | {"pytorch_hub": repositories, "openmmlab": repositories}
