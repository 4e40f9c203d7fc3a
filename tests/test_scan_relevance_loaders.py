"""Entry points of the other loaders: ModelScope, mmengine, Diffusers, Sentence Transformers."""

import json
from collections.abc import Iterator

import pytest
from relevance_rig import Files, by_path, looked_at, relevant

from scan.relevance import Closure, Parser, Reference


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    with Parser() as started:
        yield started


MODEL_FOLDER: Files = {
    "ms_wrapper.py": "from .near import x\n",
    "near.py": "",
    "deep/inner.py": "from __hidden import x\n",
    "deep/__init__.py": "",
    "__hidden.py": "",
    "__pycache__/cached.py": "",
    "README.md": "",
}


def test_modelscope_imports_every_file_if_remote_code_is_allowed(parser: Parser) -> None:
    files = {**MODEL_FOLDER, "configuration.json": '{"allow_remote": true}'}
    found = looked_at(files, "modelscope", parser)

    assert relevant(found) == {
        "__hidden.py": 1,
        "deep/__init__.py": 0,
        "deep/inner.py": 0,
        "ms_wrapper.py": 0,
        "near.py": 0,
    }
    assert by_path(found)["near.py"].reason == "configuration.json: allow_remote"
    assert found.loads_by == ("configuration.json", "ms_wrapper")


def test_modelscope_runs_the_wrapper_alone_otherwise(parser: Parser) -> None:
    found = looked_at({**MODEL_FOLDER, "configuration.json": '{"task": "chat"}'}, "modelscope", parser)

    assert relevant(found) == {"ms_wrapper.py": 0, "near.py": 1}
    assert found.loads_by == ("ms_wrapper",)


def test_plugins_of_modelscope_are_code_from_elsewhere(parser: Parser) -> None:
    config = json.dumps({"plugins": ["adaseq>=0.5", "pai-easycv"]})
    found = looked_at({"configuration.json": config, "a.py": ""}, "modelscope", parser)

    assert found.elsewhere == (Reference("adaseq>=0.5", "", "configuration.json plugins"),)
    assert relevant(found) == {"a.py": 0}


@pytest.mark.parametrize("plugins", ["7", "[7]", '{"a": 1}', "true"])
def test_plugins_of_any_kind_are_a_problem_that_is_told(plugins: str, parser: Parser) -> None:
    found = looked_at({"configuration.json": f'{{"plugins": {plugins}}}', "a.py": ""}, "modelscope", parser)

    assert [p.split(":")[0] for p in found.problems] == ["configuration.json"]
    assert relevant(found) == {}


CONFIGS: Files = {
    "configs/a.py": "_base_ = ['../base/b.py', 'mmdet::x.py']\n"
    "custom_imports = dict(imports=['projects.p.q', 'elsewhere'], allow_failed_imports=False)\n"
    "model = dict(type={{_base_.model.type}}, name='{{ fileBasename }}')\n",
    "base/b.py": "_base_ = './c.py'\n",
    "base/c.py": "x = {{ fileDirname }}\n",
    "configs/new.py": "from mmengine.config import read_base\nwith read_base():\n    from ..base.d import *\n"
    "from projects.p.r import R\n",
    "base/d.py": "",
    "configs/computed.py": "_base_ = [f'{x}.py' for x in y]\nimport os\n",
    "alone.py": "default_scope = 'mmdet'\n",
    "projects/__init__.py": "",
    "projects/p/q.py": "from .r import R\n",
    "projects/p/r.py": "",
    "tools/train.py": "import projects\n",
}


def _rows(found: Closure) -> list[tuple[str, int | None, str | None]]:
    return [(v.path, v.distance, v.reason) for v in found.files if v.relevant]


def test_every_python_configuration_is_executed_with_what_it_inherits_and_imports(parser: Parser) -> None:
    found = looked_at(CONFIGS, "openmmlab", parser)
    expected = [
        ("alone.py", 0, "python_config: alone.py"),
        ("base/b.py", 0, "python_config: base/b.py"),
        ("base/c.py", 1, "_base_: base/b.py line 1"),
        ("base/d.py", 1, "_base_: configs/new.py line 3"),
        ("configs/a.py", 0, "python_config: configs/a.py"),
        ("configs/computed.py", 0, "python_config: configs/computed.py"),
        ("configs/new.py", 0, "python_config: configs/new.py"),
        ("projects/__init__.py", 1, "custom_imports: configs/a.py line 2"),
        ("projects/p/q.py", 1, "custom_imports: configs/a.py line 2"),
        ("projects/p/r.py", 1, "import: configs/new.py line 4"),
    ]

    assert _rows(found) == expected
    assert (found.loads_by, found.problems) == (("python_config",), ())


def test_a_configuration_tells_what_it_takes_from_elsewhere(parser: Parser) -> None:
    found = by_path(looked_at(CONFIGS, "openmmlab", parser))

    assert found["configs/a.py"].unresolved == (
        "line 1: _base_ mmdet::x.py is not in the repository",
        "line 2: custom_imports of elsewhere, not in the repository",
    )
    assert found["configs/computed.py"].unresolved == ("line 1: _base_ is computed",)
    assert found["base/c.py"].problem is None


def test_a_configuration_of_the_repositorys_own_package_is_found(parser: Parser) -> None:
    files: Files = {
        "configs/a.py": "_base_ = ['mmdet::b/c.py', 'mmcv::b/c.py', 'mmdet::../../x.py']\n",
        "configs/b/c.py": "",
        "mmdet/__init__.py": "",
    }
    found = by_path(looked_at(files, "openmmlab", parser))

    assert found["configs/b/c.py"].reason == "python_config: configs/b/c.py"
    assert found["configs/a.py"].unresolved == (
        "line 1: _base_ mmcv::b/c.py is not in the repository",
        "line 1: _base_ mmdet::../../x.py is not in the repository",
    )


def test_configurations_in_yaml_and_json_have_python_imported(parser: Parser) -> None:
    files: Files = {
        "configs/a.yml": "_base_: [./b.py, c.yml]\ncustom_imports:\n  imports: [own.thing, elsewhere]\n",
        "configs/b.json": '{"custom_imports": {"imports": "other"}}',
        "configs/tag.yaml": "custom_imports: !!python/object/apply:os.system ['x']\n",
        "configs/bomb.yml": "_base_: &a0 [x, x]\n"
        + "".join(f"k{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)),
        "configs/metafile.yml": "Models: [",
        "configs/b.py": "",
        "own/__init__.py": "",
        "own/thing.py": "",
        "other.py": "",
        "lone.py": "",
    }
    found = looked_at(files, "openmmlab", parser)

    assert _rows(found) == [
        ("configs/b.py", 0, "python_config: configs/b.py"),
        ("other.py", 0, "custom_imports: configs/b.json"),
        ("own/__init__.py", 0, "custom_imports: configs/a.yml"),
        ("own/thing.py", 0, "custom_imports: configs/a.yml"),
    ]
    assert found.problems == (
        "configs/a.yml: custom_imports of elsewhere, not in the repository",
        "configs/bomb.yml: with its aliases written out it has more than 500000 values, and is not read",
        "configs/tag.yaml: it is no valid YAML (ConstructorError)",
    )


def test_diffusers_runs_custom_pipelines_and_components(parser: Parser) -> None:
    index = {
        "_class_name": ["pipeline", "MyPipeline"],
        "unet": ["my_unet", "MyUNet"],
        "vae": ["diffusers", "AutoencoderKL"],
        "text": ["transformers", "T5"],
    }
    files: Files = {
        "model_index.json": json.dumps(index),
        "pipeline.py": "from .parts.one import x\n",
        "parts/one.py": "",
        "unet/my_unet.py": "from .blocks import b\n",
        "unet/blocks.py": "",
        "blocks.py": "",
        "vae/config.json": '{"auto_map": {"AutoModel": "own.Vae"}}',
        "vae/own.py": "",
        "my_unet.py": "",
    }
    found = looked_at(files, "huggingface", parser)

    assert relevant(found) == {
        "parts/one.py": 1,
        "pipeline.py": 0,
        "unet/blocks.py": 1,
        "unet/my_unet.py": 0,
        "vae/own.py": 0,
    }
    assert found.loads_by == ("auto_map", "model_index.json")


def test_sentence_transformers_runs_module_types_of_the_repository(parser: Parser) -> None:
    modules = [
        {"idx": 0, "name": "0", "path": "0_T", "type": "custom_st.Transformer"},
        {"idx": 1, "name": "1", "path": "", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "../..", "type": "pylate.models.Dense"},
        {"idx": 3, "name": "3", "path": "r", "type": "other/repo--mod.Class"},
        "nothing",
    ]
    files: Files = {
        "modules.json": json.dumps(modules),
        "custom_st.py": "",
        "0_T/config.json": '{"auto_map": {"AutoModel": "m.M"}}',
        "0_T/m.py": "",
    }
    found = looked_at(files, "huggingface", parser)

    assert relevant(found) == {"0_T/m.py": 0, "custom_st.py": 0}
    assert found.elsewhere == (
        Reference("other/repo", "mod.py", "modules.json 3.type of modules.json"),
        Reference("pylate", "pylate.models", "modules.json 2.type"),
    )
    assert found.problems == ("modules.json: module 4 has no type",)


def test_a_platform_without_a_known_loader_leaves_relevance_unknown(parser: Parser) -> None:
    found = looked_at({"hubconf.py": "", "weights.bin": b""}, "elsewhere", parser)

    assert [(v.path, v.relevant) for v in found.files] == [("hubconf.py", None), ("weights.bin", False)]
    assert found.needs_custom_code is None
