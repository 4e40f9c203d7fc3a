"""Relevant files of a Hugging Face style repository are those that Transformers' own functions gather."""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relevance_rig import Files, by_path, from_disk, gathered_by_transformers, looked_at, on_disk, relevant
from transformers.dynamic_module_utils import get_relative_imports

from scan.relevance import Parser, Reference
from scan.relevance.source import relative_imports

QWEN: Files = {
    "config.json": json.dumps(
        {
            "auto_map": {
                "AutoConfig": "configuration_x.XConfig",
                "AutoModel": "modeling_x.XModel",
                "AutoModelForCausalLM": "modeling_x.XForCausalLM",
            },
            "custom_pipelines": {"chat": {"impl": "pipeline_x.XPipeline", "pt": ["AutoModel"]}},
        }
    ),
    "tokenizer_config.json": json.dumps({"auto_map": {"AutoTokenizer": ["tokenization_x.XTokenizer", None]}}),
    "preprocessor_config.json": json.dumps({"auto_map": {"AutoImageProcessor": {"pil": "image_x.XImages"}}}),
    "configuration_x.py": "from transformers import PretrainedConfig\n",
    "modeling_x.py": 'from .configuration_x import XConfig\n"""\nfrom .in_a_docstring import nothing\n"""\n'
    "def f():\n    from .visual import V\n",
    "in_a_docstring.py": "",
    "visual.py": "from .resampler import R\nfrom . import not_gathered\nfrom ..above import x\n",
    "resampler.py": "from .modeling_x import XModel\nimport importlib\nimportlib.import_module(name)\n",
    "not_gathered.py": "",
    "pipeline_x.py": "",
    "tokenization_x.py": "import not_imported\n",
    "not_imported.py": "",
    "image_x.py": "",
    "custom_generate/generate.py": "from .beside import x\nfrom .resampler import y\n",
    "custom_generate/beside.py": "",
    "setup.py": "",
    "model.safetensors": b"\0",
}


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    with Parser() as started:
        yield started


def test_each_file_says_why_it_is_in_and_how_far(parser: Parser) -> None:
    found = looked_at(QWEN, "huggingface", parser)
    rows = [(v.path, v.relevant, v.distance, v.reason) for v in found.files if v.path.endswith(".py")]
    expected = [
        ("configuration_x.py", True, 0, "auto_map: auto_map.AutoConfig in config.json"),
        ("custom_generate/beside.py", True, 1, "relative import: custom_generate/generate.py line 1"),
        ("custom_generate/generate.py", True, 0, "custom_generate: custom_generate/generate.py"),
        ("image_x.py", True, 0, "auto_map: auto_map.AutoImageProcessor.pil in preprocessor_config.json"),
        ("in_a_docstring.py", True, 1, "relative import: modeling_x.py line 3"),
        ("modeling_x.py", True, 0, "auto_map: auto_map.AutoModel in config.json"),
        ("not_gathered.py", False, None, None),
        ("not_imported.py", False, None, None),
        ("pipeline_x.py", True, 0, "custom_pipelines: custom_pipelines.chat in config.json"),
        ("resampler.py", True, 2, "relative import: visual.py line 1"),
        ("setup.py", False, None, None),
        ("tokenization_x.py", True, 0, "auto_map: auto_map.AutoTokenizer in tokenizer_config.json"),
        ("visual.py", True, 1, "relative import: modeling_x.py line 6"),
    ]

    assert rows == expected
    assert (found.loads_by, found.needs_custom_code) == (("auto_map", "custom_generate", "custom_pipelines"), True)


def test_what_the_loader_would_miss_is_named_with_its_line(parser: Parser) -> None:
    found = by_path(looked_at(QWEN, "huggingface", parser))

    assert found["visual.py"].unresolved == (
        "line 3: ..above is not in the repository",
        "line 2: . is not gathered by the loader",
    )
    assert found["resampler.py"].unresolved == ("line 3: import_module() of a computed name",)
    assert found["custom_generate/generate.py"].unresolved == ("line 2: .resampler is not in the repository",)


def test_the_same_files_as_transformers_gathers(parser: Parser, tmp_path: Path) -> None:
    on_disk(tmp_path, QWEN)

    assert set(relevant(looked_at(QWEN, "huggingface", parser))) == gathered_by_transformers(tmp_path)


LINES = st.sampled_from(
    [
        "from .{m} import x",
        "  from\t.{m}  import (",
        "import .{m}",
        "import .{m}   ",
        "from .{m}.{m} import x",
        "from ..{m} import x",
        "from . import {m}",
        'x = """from .{m} import y',
        '"""',
        "from .{m}\n import z",
        "from .\\\n{m} import z",
        "# from .{m} import x",
        "x = 1; from .{m} import x",
        "from .missing import x",
        "\ufefffrom .{m} import x",
        "\x0c from .{m} import x",
        "",
        "\u2028from .{m} import x",
        "import importlib",
    ]
)
NAMES = [f"m{n}" for n in range(5)]
TEXTS = st.lists(
    st.tuples(LINES, st.sampled_from(NAMES), st.sampled_from(["\n", "\r\n", "\r", "\n\n  "])), max_size=7
).map(lambda rows: "".join(line.replace("{m}", name) + end for line, name, end in rows))


@settings(max_examples=60, deadline=None)
@given(texts=st.fixed_dictionaries({f"{name}.py": TEXTS for name in NAMES}), entry=st.sampled_from(NAMES))
def test_any_repository_gives_the_files_that_transformers_gathers(
    texts: dict[str, str], entry: str, parser: Parser
) -> None:
    files: Files = {**texts, "config.json": json.dumps({"auto_map": {"AutoModel": f"{entry}.X"}})}
    with tempfile.TemporaryDirectory() as folder:
        on_disk(Path(folder), files)
        expected = gathered_by_transformers(Path(folder))

    assert set(relevant(looked_at(files, "huggingface", parser))) == expected


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "from",
                "import",
                ".",
                "..",
                "a",
                "b",
                " ",
                "  ",
                "\n",
                "\r",
                "\r\n",
                "\t",
                "/",
                "é",
                ",",
                "(",
                '"""',
                "\\",
            ]
        )
        | st.sampled_from(
            ["from", "import", ".", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u3000", "\ufeff"],
        ),
        max_size=40,
    ).map("".join)
)
def test_any_text_has_the_relative_imports_that_transformers_reads_in_it(text: str) -> None:
    with tempfile.NamedTemporaryFile(suffix=".py") as file:
        file.write(text.encode())
        file.flush()
        expected = set(get_relative_imports(file.name))
    rows, problem = relative_imports(text.encode())

    assert {row.module for row in rows} == expected
    assert problem is None


def test_a_million_blank_lines_take_no_time_worth_telling() -> None:
    """Transformers' own pattern is quadratic in them: this would take it hours."""
    rows, _ = relative_imports(b"\n" * 1_000_000 + b"from .a import b\n" + b" " * 1_000_000)

    assert [(row.line, row.module) for row in rows] == [(1_000_001, "a")]


def test_code_in_another_repository_is_named_and_not_looked_for_here(parser: Parser) -> None:
    files: Files = {
        "config.json": json.dumps(
            {"auto_map": {"AutoModel": "other/code--modeling_y.Y", "AutoConfig": "owner/name--modeling_x.X"}}
        ),
        "modeling_x.py": "",
        "modeling_y.py": "",
    }
    found = looked_at(files, "huggingface", parser)

    assert found.elsewhere == (Reference("other/code", "modeling_y.py", "config.json auto_map.AutoModel", None),)
    assert relevant(found) == {"modeling_x.py": 0}
    assert found.needs_custom_code is True


@pytest.mark.parametrize(
    ("auto_map", "said"),
    [
        (
            {"AutoModel": "missing.X"},
            "config.json: auto_map.AutoModel names missing.py, which is not in the repository",
        ),
        (
            {"AutoModel": "config.json"},
            "config.json: auto_map.AutoModel names config.py, which is not in the repository",
        ),
        ({"AutoModel": "a.b.C"}, "config.json: auto_map.AutoModel is no class reference: 'a.b.C'"),
        ({"AutoModel": ""}, "config.json: auto_map.AutoModel is no class reference: ''"),
        ({"AutoModel": "a--b--c.D"}, "config.json: auto_map.AutoModel is no class reference: 'a--b--c.D'"),
        ({"AutoModel": 7}, "config.json: auto_map.AutoModel is no class reference: int"),
        ({"AutoModel": [["x.Y"]]}, "config.json: auto_map.AutoModel is no class reference: list"),
        ("modeling_x.X", "config.json: auto_map is neither an object nor a list: str"),
        (True, "config.json: auto_map is neither an object nor a list: bool"),
        (
            {"AutoModel": "../../etc/x.Y"},
            "config.json: auto_map.AutoModel is no class reference: '../../etc/x.Y'",
        ),
    ],
)
def test_an_auto_map_of_anything_is_a_row_that_says_so(auto_map: object, said: str, parser: Parser) -> None:
    found = looked_at({"config.json": json.dumps({"auto_map": auto_map}), "x.py": ""}, "huggingface", parser)

    assert found.problems == (said,)
    assert (found.loads_by, relevant(found)) == (("auto_map",), {})


@pytest.mark.parametrize("platform", ["huggingface", "opencsg", "modelscope"])
def test_platforms_that_load_with_transformers_have_its_rules(platform: str, parser: Parser) -> None:
    files: Files = {"config.json": '{"auto_map": {"AutoModel": "m.M"}}', "m.py": "from .n import x", "n.py": ""}

    assert relevant(looked_at(files, platform, parser)) == {"m.py": 0, "n.py": 1}


@pytest.mark.skipif("MODELS_ON_DISK" not in os.environ, reason="set MODELS_ON_DISK to folders with public models")
def test_public_repositories_give_what_transformers_gathers(parser: Parser) -> None:
    folders = [Path(folder) for folder in os.environ["MODELS_ON_DISK"].split(os.pathsep)]
    expected = {folder.name: gathered_by_transformers(folder) for folder in folders}
    actual = {f.name: set(relevant(looked_at(from_disk(f), "huggingface", parser))) for f in folders}

    assert actual == expected
