"""What ``hubconf.py`` executes: imports as Python would find them with the repository's root on the path."""

from collections.abc import Iterator

import pytest
from relevance_rig import Files, by_path, looked_at, relevant

from scan.relevance import Parser

SMALL: Files = {
    "hubconf.py": "dependencies = ['torch']\nimport torch\nfrom models.common import Model\n"
    "def load():\n    from pack import side\n"
    "try:\n    import fast\nexcept ImportError:\n    fast = None\n"
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import types_only\nelse:\n    import really\n"
    "if __name__ == '__main__':\n    import script\n",
    "models/__init__.py": "",
    "models/common.py": "from . import near\nfrom .deep.er import thing\nfrom ..above import x\n",
    "models/near.py": "import models.common\n",
    "models/deep/__init__.py": "from .er import *\n",
    "models/deep/er.py": "from .. import star\nfrom ... import outside\n",
    "models/star.py": "from pack import *\n",
    "pack/side.py": "",
    "pack/other.py": "",
    "fast.py": "",
    "really.py": "",
    "types_only.py": "",
    "script.py": "",
    "setup.py": "",
    "conftest.py": "",
}


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    with Parser() as started:
        yield started


def test_a_small_repository_by_hand(parser: Parser) -> None:
    found = looked_at(SMALL, "pytorch_hub", parser)
    rows = [(v.path, v.distance, v.reason) for v in found.files if v.relevant or v.reason]
    expected = [
        ("fast.py", 1, "import: hubconf.py line 7, in a try"),
        ("hubconf.py", 0, "hubconf: hubconf.py"),
        ("models/__init__.py", 1, "package __init__: hubconf.py line 3"),
        ("models/common.py", 1, "import: hubconf.py line 3"),
        ("models/deep/__init__.py", 2, "package __init__: models/common.py line 2"),
        ("models/deep/er.py", 2, "import: models/common.py line 2"),
        ("models/near.py", 2, "import: models/common.py line 1"),
        ("models/star.py", 3, "import: models/deep/er.py line 1"),
        ("pack/side.py", 1, "import: hubconf.py line 5, in a function"),
        ("really.py", 1, "import: hubconf.py line 14"),
        ("script.py", None, "not executed: hubconf.py line 16"),
        ("types_only.py", None, "not executed: hubconf.py line 12"),
    ]

    assert rows == expected
    assert (found.loads_by, found.needs_custom_code) == (("hubconf",), True)


def test_relative_imports_above_the_top_are_unresolved(parser: Parser) -> None:
    found = by_path(looked_at(SMALL, "pytorch_hub", parser))

    assert found["models/common.py"].unresolved == ("line 3: ..above leads above the top-level package",)
    assert found["models/deep/er.py"].unresolved == ("line 2: ... leads above the top-level package",)


WITH_PATHLIB = """
import sys
from pathlib import Path
ROOT = Path(__file__).resolve().parent
sys.path.append(str(ROOT / "src"))
import q
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import importlib\nimportlib.import_module('a.b')", {"hubconf.py", "a/__init__.py", "a/b.py"}),
        ("from importlib import import_module as im, import_module\nimport_module('c')", {"hubconf.py", "c.py"}),
        ("__import__('c')", {"hubconf.py", "c.py"}),
        ("import a.missing", {"hubconf.py", "a/__init__.py"}),
        ("from a import *", {"hubconf.py", "a/__init__.py", "a/b.py"}),
        ("from a import b, name", {"hubconf.py", "a/__init__.py", "a/b.py"}),
        ("import space.inner", {"hubconf.py", "space/inner.py"}),
        ("from space import inner", {"hubconf.py", "space/inner.py"}),
        ("import space.torch_like.x", {"hubconf.py"}),
        ("import fast", {"hubconf.py", "fast.cpython-311-x86_64-linux-gnu.so"}),
        ("import both", {"hubconf.py", "both.py", "both.pyd", "both.cpython-39-darwin.so"}),
        ("import bytecode", {"hubconf.py", "bytecode.pyc"}),
        ("import bytes_package.inner", {"hubconf.py", "bytes_package/__init__.pyc", "bytes_package/inner.pyc"}),
        ("from bytes_package import inner", {"hubconf.py", "bytes_package/__init__.pyc", "bytes_package/inner.pyc"}),
        ("import cached", {"hubconf.py"}),
        ("class A:\n    with x:\n        for y in z:\n            import c", {"hubconf.py", "c.py"}),
        ("match x:\n    case 1:\n        import c", {"hubconf.py", "c.py"}),
        ("import sys, os\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'src'))\nimport q", {"src/q.py"}),
        (WITH_PATHLIB, {"src/q.py"}),
        ("import sys\nsys.path.append('src')\nimport q", {"hubconf.py"}),
    ],
)  # fmt: skip
def test_forms_of_imports(code: str, expected: set[str], parser: Parser) -> None:
    files: Files = {
        "hubconf.py": code,
        "a/__init__.py": "__all__ = ['b', 'name']\n",
        "a/b.py": "",
        "c.py": "",
        "space/inner.py": "",
        "fast.cpython-311-x86_64-linux-gnu.so": b"\x7fELF",
        "src/q.py": "",
        "both.py": "",
        "both.pyc": b"",
        "both.pyd": b"",
        "both.cpython-39-darwin.so": b"",
        "bytecode.pyc": b"",
        "bytes_package/__init__.pyc": b"",
        "bytes_package/inner.pyc": b"",
        "__pycache__/cached.cpython-311.pyc": b"",
    }

    assert set(relevant(looked_at(files, "pytorch_hub", parser))) == expected | {"hubconf.py"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import importlib\nimportlib.import_module(name)", "line 2: import_module() of a computed name"),
        ("__import__(a + b)", "line 1: __import__() of a computed name"),
        ("exec(open('x').read())", "line 1: exec()"),
        ("\n\neval('1')", "line 3: eval()"),
        ("import runpy\nrunpy.run_path('x')", "line 2: run_path()"),
        ("spec = importlib.util.spec_from_file_location('a', p)", "line 1: spec_from_file_location()"),
        ("import sys\nsys.path.insert(0, 'elsewhere')", "line 2: sys.path gets a computed folder"),
        ("import sys\nsys.path.insert(0, __file__ + '/../../..')",
         "line 2: sys.path gets a folder outside of the repository"),
        ("import sys\nsys.path += ['x']", "line 2: sys.path is assigned"),
        ("import a.missing", "line 1: a.missing is not in the repository"),
        ("import torch\ntorch.hub.load('o/r', 'm')", "line 2: hub.load('o/r')"),
        ("M.from_pretrained('o/r', trust_remote_code=True)",
         "line 1: from_pretrained('o/r', trust_remote_code=...)"),
        ("\U0001d41exec(x)", "line 1: exec()"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_named_with_its_line(code: str, said: str, parser: Parser) -> None:
    found = by_path(looked_at({"hubconf.py": code, "a/__init__.py": ""}, "pytorch_hub", parser))

    assert found["hubconf.py"].unresolved == (said,)


def test_a_method_named_eval_is_no_dynamic_import(parser: Parser) -> None:
    found = by_path(looked_at({"hubconf.py": "model.eval()\nre.compile('x')\n"}, "pytorch_hub", parser))

    assert found["hubconf.py"].unresolved == ()
