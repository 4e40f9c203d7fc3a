"""Model repositories on disk that nobody has written: 3 to 12 files each, drawn from a seed, of four platforms.

Code is of the kinds that such repositories have: ``modeling_*.py`` with relative imports, configurations, tokenizers,
``hubconf.py`` with a package, Python configs of mmengine. A part of the files is byte for byte the same in many
repositories, as copies of well-known models are.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SHARES = {"huggingface": 70, "modelscope": 12, "pytorch_hub": 10, "openmmlab": 8}
_WORDS = ("attention", "gate", "encoder", "mixer", "rope", "expert", "norm", "embed", "head", "vision")
_COPIES = 40
"""Different codes of a kind that are copied as they are."""


@dataclass(frozen=True)
class Repository:
    """One repository: where it lies, and its files."""

    platform: str
    owner: str
    name: str
    files: dict[str, str]

    def write(self, root: Path) -> Path:
        """Write it below ``root``; its folder."""
        folder = root / self.platform / self.owner / self.name
        for path, content in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content, encoding="utf-8")
        return folder


_WEAK = (
    "    state = torch.load(path)",
    "    table = eval(open(path).read())",
    "    os.system('tar xf ' + path)",
    "    assert os.path.exists(path)",
    "    import pickle; rows = pickle.load(open(path, 'rb'))",
    "    import subprocess; subprocess.run('ls ' + path, shell=True)",
    "    import yaml; settings = yaml.load(open(path))",
    "    token = os.environ.get('HF_TOKEN')",
)
"""Lines of which scanners report some."""


class Chance(random.Random):
    """Where everything random comes from; ``copies`` is the share of repositories with the code of another one."""

    copies = 0.4


def weak(found: Iterator[Repository], seed: int = 20261122) -> Iterator[Repository]:
    """The same repositories, with weaknesses in about half of their modules; copies have the same ones."""
    for each in found:
        files = {path: _weakened(text, seed) if path.endswith(".py") else text for path, text in each.files.items()}
        yield Repository(each.platform, each.owner, each.name, files)


def _weakened(text: str, seed: int) -> str:
    chance = random.Random(f"{seed}{text}")
    if "import torch" not in text or chance.random() < 0.5:
        return text
    lines = chance.sample(_WEAK, chance.randrange(1, 4))
    return text + "\n".join(["\ndef restore(path):", *lines]) + "\n"


def repositories(count: int, seed: int = 20260120, *, copies: float = 0.4, first: int = 0) -> Iterator[Repository]:
    """So many repositories, the same ones for the same seed.

    Args:
        count: How many.
        seed: Of everything random.
        copies: The share of repositories whose code is that of one of a few, byte for byte; of 0, no code is.
        first: Number of the first.
    """
    chance = Chance(seed)
    chance.copies = copies
    platforms, weights = list(SHARES), list(SHARES.values())
    for number in range(first, first + count):
        platform = chance.choices(platforms, weights)[0]
        files = _OF[platform](chance, number)
        yield Repository(platform, f"owner{number % 97}", f"model-{number}", files | _more(chance, len(files)))


def _code(chance: random.Random, name: str, imports: tuple[str, ...], classes: int) -> str:
    """A module of Python as models have it: classes with layers, and functions."""
    lines = [f'"""{name}."""', "import math", "import os", "from typing import Optional, Tuple", "", "import torch"]
    lines += ["from torch import nn", *imports, ""]
    for index in range(classes):
        word = chance.choice(_WORDS)
        width = chance.randrange(64, 4096, 64)
        lines += [
            f"class {name.title().replace('_', '')}{word.title()}{index}(nn.Module):",
            f'    """The {word} of layer {index}."""',
            "",
            f"    def __init__(self, config, width: int = {width}, dropout: Optional[float] = None) -> None:",
            "        super().__init__()",
            f"        self.{word} = nn.Linear(config.hidden_size, width, bias={chance.random() < 0.5})",
            f"        self.scale = 1.0 / math.sqrt({width})",
            "        self.dropout = nn.Dropout(dropout or config.dropout)",
            "",
            "    def forward(self, x: torch.Tensor, mask: Optional[torch.Tensor] = None) -> Tuple[torch.Tensor, ...]:",
            f"        states = [self.dropout(part) for part in torch.split(self.{word}(x), {chance.randrange(8, 64)})]",
            "        if mask is not None:",
            "            states = [state.masked_fill(mask == 0, float('-inf')) for state in states]",
            "        return tuple(state * self.scale for state in states)",
            "",
        ]
    return "\n".join(lines) + "\n"


def _named(chance: Chance, number: int) -> random.Random:
    """A source of chance that is the repository's own, or, for a copy, that of the original."""
    is_copy = chance.random() < chance.copies
    return random.Random(chance.randrange(_COPIES)) if is_copy else random.Random(10_000 + number)


def _transformers(chance: Chance, number: int) -> dict[str, str]:
    own = _named(chance, number)
    kind = f"m{own.randrange(400)}"
    tags = f"tags:\n- custom_code\n- {chance.choice(_WORDS)}"
    card = f"---\n{tags}\nlicense: mit\npipeline_tag: text-generation\n---\n# {number}\n"
    files = {
        "README.md": card,
        "model.safetensors" if chance.random() < 0.6 else "pytorch_model.bin": f"weights {number}",
    }
    config: dict[str, object] = {"model_type": kind, "hidden_size": own.randrange(256, 4096, 256)}
    if chance.random() < 0.6:
        config["auto_map"] = {
            "AutoConfig": f"configuration_{kind}.Config",
            "AutoModelForCausalLM": f"modeling_{kind}.Model",
        }
        parts = [f"{word}_{kind}" for word in own.sample(_WORDS, own.randrange(0, 4))]
        imports = tuple(f"from .{part} import Part" for part in parts)
        files[f"configuration_{kind}.py"] = _code(own, "config", (), 1)
        files[f"modeling_{kind}.py"] = _code(
            own, kind, (f"from .configuration_{kind} import Config", *imports), own.randrange(3, 14)
        )
        files |= {f"{part}.py": _code(own, part, (), own.randrange(1, 5)) for part in parts}
        if own.random() < 0.5:
            files[f"tokenization_{kind}.py"] = _code(own, "tokenization", (), 2)
            files["tokenizer_config.json"] = json.dumps(
                {"auto_map": {"AutoTokenizer": [f"tokenization_{kind}.T", None]}}
            )
    files["config.json"] = json.dumps(config)
    return files


def _modelscope(chance: Chance, number: int) -> dict[str, str]:
    files = _transformers(chance, number)
    files["configuration.json"] = json.dumps(
        {"framework": "pytorch", "task": "chat", "allow_remote": chance.random() < 0.5}
    )
    if chance.random() < 0.3:
        files["ms_wrapper.py"] = _code(_named(chance, number), "wrapper", (), 2)
    return files


def _pytorch_hub(chance: Chance, number: int) -> dict[str, str]:
    own = _named(chance, number)
    names = own.sample(_WORDS, own.randrange(1, 6))
    imports = tuple(f"from models.{name} import Part" for name in names)
    files = {f"models/{name}.py": _code(own, name, (), own.randrange(1, 6)) for name in names}
    files |= {"models/__init__.py": "", "setup.py": _code(own, "setup", (), 1), "README.md": f"# {number}\n"}
    return files | {"hubconf.py": "dependencies = ['torch']\n" + _code(own, "hubconf", imports, 1)}


def _openmmlab(chance: Chance, number: int) -> dict[str, str]:
    own = _named(chance, number)
    base = {f"_base_/{part}.py": f"{part} = dict(type='X', width={own.randrange(999)})\n" for part in _WORDS[:3]}
    named = ", ".join(repr(f"../{path}") for path in base)
    config = f"_base_ = [{named}]\ncustom_imports = dict(imports=['plugin.layers'])\nmodel = dict(number={number})\n"
    plugin = {"plugin/__init__.py": "", "plugin/layers.py": _code(own, "layers", (), own.randrange(1, 4))}
    return base | plugin | {f"configs/c{number % 7}.py": config, "metafile.yml": f"Models:\n- Name: m{number}\n"}


_OF = {
    "huggingface": _transformers,
    "modelscope": _modelscope,
    "pytorch_hub": _pytorch_hub,
    "openmmlab": _openmmlab,
}


def _more(chance: random.Random, there: int) -> dict[str, str]:
    extra = max(3 - there, min(chance.randrange(3), 12 - there))
    return {f"docs/page{n}.md": f"# {chance.choice(_WORDS)}\n" * chance.randrange(1, 40) for n in range(extra)}
