"""Hostile and broken files: each is a row that says what happened; nothing hangs, nothing is dropped."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relevance_rig import Files, by_path, looked_at, relevant

from scan.relevance import LOADERS, Closure, Parser, follow, repository
from scan.relevance.source import Source

_DEEP = "it is nested too deeply for the parser, or needs more memory as a syntax tree than the parser may have"

_KINDS_OF_BAD = (
    *("python2", "syntax", "nul", "latin1", "utf16", "utf16le", "coding", "brackets", "open", "unary", "memory"),
    *("chain", "30MB", "absent"),
)


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    with Parser() as started:
        yield started


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"print 'Python 2'\n", "cannot parse it: line 1: Missing parentheses in call to 'print'"),
        (b"def f(:\n", "cannot parse it: line 1: invalid syntax"),
        (b"x = 1\0\n", "cannot parse it: line 0: source code string cannot contain null bytes"),
        ("import ä\n".encode("latin-1"), "cannot parse it: line 1: (unicode error) 'utf-8' codec can't decode"),
        ("import x\n".encode("utf-16"), "cannot parse it: line 0: source code string cannot contain null bytes"),
        ("import x\n".encode("utf-16-le"), "cannot parse it: line 0: source code string cannot contain null bytes"),
        (b"# coding: nonsense\n", "cannot parse it: line 0: unknown encoding: nonsense"),
        (b"(" * 5000 + b")" * 5000, "cannot parse it: line 1: too many nested parentheses"),
        (b"[" * 5000, "cannot parse it: line 1: too many nested parentheses"),
        (b"-" * 100_000 + b"1", _DEEP),
        (b"x\n" * 1_500_000, _DEEP),
        (b"a" + b".b" * 200_000, "cannot parse it: maximum recursion depth exceeded"),
        (b"#" * 30_000_000, "30000000 bytes, more than the 4000000 that are parsed"),
        (None, "its content was not fetched"),
    ],
    ids=_KINDS_OF_BAD,
)  # fmt: skip
def test_a_source_that_cannot_be_parsed_is_in_and_says_why(content: bytes | None, said: str, parser: Parser) -> None:
    found = looked_at({"hubconf.py": content, "other.py": "", "w.bin": b""}, "pytorch_hub", parser)
    rows = {v.path: v for v in found.files}

    assert rows["hubconf.py"].relevant is True
    assert said in (rows["hubconf.py"].problem or "")
    assert (rows["other.py"].relevant, rows["other.py"].problem) == (
        None,
        "not known, because hubconf.py could not be read",
    )
    assert rows["w.bin"].relevant is False


@pytest.mark.parametrize(
    "content",
    [b"# coding: latin-1\nimport x # \xe4\n", b"\xef\xbb\xbfimport x\n", b"# -*- coding: cp1252 -*-\r\nimport x\r\n"],
)
def test_a_source_that_declares_its_encoding_is_read(content: bytes, parser: Parser) -> None:
    assert relevant(looked_at({"hubconf.py": content, "x.py": ""}, "pytorch_hub", parser)) == {
        "hubconf.py": 0,
        "x.py": 1,
    }


def test_latin1_is_refused_by_the_loader_of_transformers(parser: Parser) -> None:
    files: Files = {"config.json": '{"auto_map": {"AutoModel": "m.M"}}', "m.py": b"# coding: latin-1\n# \xe4\n"}

    assert by_path(looked_at(files, "huggingface", parser))["m.py"].problem == (
        "not UTF-8: invalid continuation byte at byte 20"
    )


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (b"{", "broken JSON: Expecting property name"),
        (b"[" * 100_000, "broken JSON: maximum recursion depth exceeded"),
        (b"\xff\xfe{", "broken JSON: 'utf-8' codec can't decode"),
        (b"\xef\xbb\xbf{}", "broken JSON: Unexpected UTF-8 BOM"),
        (b"[1, 2]", "not a JSON object: list"),
        (b"null", None),
        (b"9" * 10_000, "broken JSON: Exceeds the limit"),
        (b" " * 9_000_000, "9000000 bytes, more than the 8000000 that are read"),
        (None, "its content was not fetched"),
    ],
    ids=["broken", "deep", "utf16", "bom", "list", "null", "digits", "9MB", "absent"],
)
def test_a_configuration_that_cannot_be_read_says_why(config: bytes | None, said: str | None, parser: Parser) -> None:
    found = looked_at({"config.json": config, "m.py": ""}, "huggingface", parser)
    problem = by_path(found)["config.json"].problem
    unknown = config is None or len(config) > 8_000_000

    assert problem is None if said is None else said in (problem or "")
    assert (by_path(found)["m.py"].relevant, found.needs_custom_code) == ((None, None) if unknown else (False, False))


def test_files_that_import_each_other_and_themselves_end(parser: Parser) -> None:
    files: Files = {
        "config.json": '{"auto_map": {"AutoModel": "a.A"}}',
        "a.py": "from .b import x\nfrom .a import y\n",
        "b.py": "from .a import x\n",
        "hubconf.py": "import a\nimport hubconf\n",
    }

    assert relevant(looked_at(files, "huggingface", parser)) == {"a.py": 0, "b.py": 1}
    assert relevant(looked_at(files, "pytorch_hub", parser)) == {"a.py": 1, "hubconf.py": 0}


def test_a_repository_with_too_many_imports_ends_and_says_so(parser: Parser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "MOST_LOOKUPS", 100)
    everything = "".join(f"import m{n}\n" for n in range(40))
    files: Files = {f"m{n}.py": everything for n in range(40)} | {"hubconf.py": "import m0\n", "unknown.py": ""}
    found = by_path(looked_at(files, "pytorch_hub", parser))

    assert found["m5.py"].problem == "its imports were not all followed, because the repository has too many"
    assert (found["m39.py"].relevant, found["unknown.py"].relevant) == (True, None)


def test_what_is_listed_of_one_file_is_bounded_and_counted(parser: Parser) -> None:
    """Hundreds of thousands of broken references cost a sentence."""
    broken = {f"A{n}": f"m{n}.X" for n in range(2000)}
    files: Files = {
        "config.json": json.dumps({"auto_map": broken | {"B": "m.X"}}),
        "m.py": "".join(f"from .gone{n} import x\n" for n in range(2000)),
    }
    found = looked_at(files, "huggingface", parser)

    assert found.problems[0].endswith("; and more")
    assert by_path(found)["m.py"].unresolved[-2:] == ("line 1000: .gone999 is not in the repository", "and 1000 more")


def test_a_parser_that_takes_too_long_costs_one_file() -> None:
    slow = b'f"' + b"{a}" * 300_000 + b'"\nfrom .b import x\n'
    with Parser(seconds=0.3) as parser:
        began = time.monotonic()
        found = parser.source(slow)
        took = time.monotonic() - began
        after = parser.source(b"import x\n")

    assert found.problem == "the parser took longer than 0.3 seconds"
    assert [row.module for row in found.beside] == ["b"]
    assert [row.module for row in after.imports] == ["x"]
    assert took < 10


def test_a_repository_whose_sources_take_too_long_ends_and_says_so(
    parser: Parser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "MOST_SECONDS", 0.0)
    files: Files = {"hubconf.py": "import a\n", "a.py": "import b\n", "b.py": "x = 1\n", "c.py": ""}
    found = by_path(looked_at(files, "pytorch_hub", parser))

    assert found["hubconf.py"].problem is None
    assert found["a.py"].problem == "not parsed: the sources before it took more than 0 seconds"
    assert (found["a.py"].relevant, found["b.py"].relevant, found["c.py"].relevant) == (True, None, None)


def test_a_parser_that_dies_costs_one_file() -> None:
    with Parser() as parser:
        parser.source(b"")
        process = parser._apart._process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        found = parser.source(b"import x\n")
        after = parser.source(b"import x\n")

    assert found == Source(problem="the parser died on it (signal 9)")
    assert [row.module for row in after.imports] == ["x"]


def test_a_parser_that_is_killed_at_work_costs_one_file() -> None:
    slow = b'f"' + b"{a}" * 300_000 + b'"\n'
    with Parser() as parser:
        parser.source(b"")
        process = parser._apart._process
        assert process is not None
        killer = threading.Timer(0.2, process.kill)
        killer.start()
        found = parser.source(slow)
        killer.join()

    assert found.problem == "the parser died on it (signal 9)"


PATHS = st.sampled_from(
    ["hubconf.py", "config.json", "configuration.json", "modules.json", "model_index.json", "a.py", "d/b.py", "d"]
) | st.sampled_from(
    ["-rf.py", "new\nline.py", "bytes\\xff.py", "../out.py", "/abs.py", "d/../a.py", "", ".py", "configs/c.py", "a.so"]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["a.A", "d/b.B", "../x.Y", "o/r--a.A", "a", "auto_map"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["auto_map", "AutoModel", "_class_name", "plugins", "types", "type", "path", "impl"])
            | st.sampled_from(["custom_pipelines", "allow_remote", "x", ".."]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
CONTENTS = (
    st.none()
    | st.binary(max_size=20)
    | VALUES.map(lambda value: json.dumps(value).encode())
    | st.lists(
        st.sampled_from(
            ["import a", "from .a import b", "from .. import c", "import d.b", "_base_ = 'x'", "x = {", "\0"]
        )
        | st.sampled_from(["from d import *", "custom_imports = dict(imports=['a'])", "__all__ = ['b']", "eval(x)"]),
        max_size=4,
    ).map(lambda lines: "\n".join(lines).encode())
)


@settings(max_examples=200, deadline=None)
@given(files=st.dictionaries(PATHS, CONTENTS, max_size=8), platform=st.sampled_from([*LOADERS, "another"]))
def test_any_repository_gives_one_row_per_file_and_the_same_ones_again(
    files: dict[str, bytes | None], platform: str, parser: Parser
) -> None:
    found = looked_at(files, platform, parser)
    as_stored = Closure.from_json(json.loads(json.dumps(found.as_json())))

    assert [v.path for v in found.files] == sorted(files)
    assert as_stored == found == looked_at(files, platform, parser)
    assert all((v.distance is not None) == (v.relevant is True) for v in found.files)
    assert all(v.problem for v in found.files if v.relevant is None)
    assert all(v.reason for v in found.files if v.relevant)
