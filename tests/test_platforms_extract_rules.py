"""Rules that need no following: defaults, overrides, settings, what is executed; and sources that nobody can read."""

import sys
from pathlib import Path

import pytest
from code_history import claims_of, plug_in, release
from hypothesis import given, settings
from hypothesis import strategies as st

from codebook.rows.claims import Claim
from platforms.evidence import Default, Executed, Gate, Override, Setting
from platforms.extract.claims import of_release
from platforms.extract.skeleton import skeleton
from platforms.extract.skeletons import Skeletons

WEIGHTS = Default(
    name="pack.weights",
    mechanism="safe formats",
    surface="load",
    parameter="weights_only",
    symbols=("read",),
    levels={"True": ("opt-in", "only weights"), "False": ("none", "whole pickles")},
    without=("none", "whole pickles"),
)
OVERRIDE = Override(
    name="pack.override",
    mechanism="execution gate",
    surface="serve",
    parameter="trust",
    levels={"True": ("none", "opened here")},
)
HASH = Setting(
    name="pack.hash",
    mechanism="hash verification",
    surface="download",
    constant="CHECK",
    levels={"False": ("none", "not compared")},
)
CONFIG = Executed(
    name="pack.config",
    mechanism="execution gate",
    surface="load",
    symbols=("Config.fromfile",),
    runs=("exec", "eval"),
    what="the configuration",
)
GATE = Gate(
    name="pack.load",
    mechanism="execution gate",
    surface="load",
    parameter="trust",
    symbols=("load",),
    runs=("run_module",),
    absent=("run_module", "trust"),
)


def told(found: Claim) -> tuple[object, ...]:
    """What tests compare of a claim."""
    return found.level, found.default, found.symbol, found.line, found.on_default


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def read(f, *, weights_only=True): ...", ("opt-in", "True", "read", 1, "only weights")),
        ("def read(f, **kw):\n    kw.get('weights_only', False)", ("none", "False", "read", 2, "whole pickles")),
        ("def read(f): ...", ("none", None, "read", 1, "there is no such switch: whole pickles")),
        (
            "def read(f, weights_only=AUTO): ...",
            ("unknown", "AUTO", "read", 1, "no rule says what the default AUTO means"),
        ),
        ("def other(): ...", ("unknown", None, "read", None, "read was not found in the files that are kept")),
        (
            "@overload\ndef read(f, weights_only: bool): ...\ndef read(f, weights_only=False): ...",
            ("none", "False", "read", 3, "whole pickles"),
        ),
    ],
)
def test_a_default_has_the_level_that_the_rule_gives_it(source: str, expected: tuple[object, ...]) -> None:
    (found,) = claims_of({"pack/read.py": source}, WEIGHTS)

    assert expected == told(found)


def test_the_default_of_a_field_of_a_dataclass_is_read() -> None:
    rule = Default(**{f: getattr(WEIGHTS, f) for f in WEIGHTS.__slots__ if f != "symbols"}, symbols=("Options",))
    source = "@dataclass\nclass Options:\n    weights_only: bool = field(default=True, metadata={})\n"
    (found,) = claims_of({"pack/options.py": source}, rule)

    assert told(found) == ("opt-in", "True", "Options", 3, "only weights")


def test_a_call_that_opens_the_gate_itself_is_a_claim_of_its_own() -> None:
    source = """
    def serve(name):
        model = Model.load(
            name,
            trust=True,
        )
        return model, Model.load(name, trust=True), Model.load(name, trust=False), Model.load(name, trust=asked)
    """
    (found,) = claims_of({"pack/serve.py": source}, OVERRIDE)

    assert told(found) == ("none", "True", "serve > Model.load = True", 5, "opened here")
    assert found.bypasses == ("again in pack/serve.py:7",)


def test_a_constant_of_a_module_is_a_setting() -> None:
    (found,) = claims_of({"pack/settings.py": "CHECK: bool = False\n"}, HASH)

    assert told(found) == ("none", "False", "CHECK", 1, "not compared")
    assert claims_of({"pack/settings.py": "OTHER = False\n"}, HASH) == []


def test_what_is_executed_without_any_switch_is_none() -> None:
    source = "class Config:\n    @staticmethod\n    def fromfile(path):\n        exec(open(path).read())\n"
    (found,) = claims_of({"pack/config.py": source}, CONFIG)
    (gone,) = claims_of({"pack/config.py": source.replace("exec", "parse")}, CONFIG)

    assert told(found) == ("none", None, "Config.fromfile", 4, "exec runs the configuration")
    assert told(gone) == ("unknown", None, "Config.fromfile", 3, "none of exec, eval is called in it")


def test_where_nothing_is_executed_and_there_is_no_switch_the_scope_says_so() -> None:
    (found,) = claims_of({"pack/load.py": "def load(name):\n    return read(name)\n"}, GATE)

    assert found.level == "none"
    assert found.on_default is not None
    assert found.on_default == "there is no such switch, and none of the kept files says any of: run_module, trust"
    assert found.scope == "nothing is known to be executed that such a switch would stop"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (b"print 'trust'\ndef load(name, trust=False): raise ValueError, 'no'\n", "line 1"),
        (b"def load(name, trust=False): ...\nmatch trust:\n    case x if: ...\nunless trust: pass\n", "line 3"),
        (b"def load(name, trust=\x00): ...\n", "null bytes"),
        (b"trust = " + b"(" * 5000 + b")" * 5000, "line 1"),
        (b"# trust\n" + b"x\n" * 1_500_000, ""),
        (b"\xff\xfe def load(trust): ...", "line"),
    ],
    ids=["Python 2", "a later syntax", "null byte", "nested", "too much memory", "no text"],
)
def test_a_file_that_cannot_be_parsed_makes_the_claim_unknown_with_the_reason(source: bytes, why: str) -> None:
    (found,) = claims_of({"pack/load.py": source, "pack/other.py": "def other(): ..."}, GATE)

    assert found.level == "unknown"
    assert found.on_default is not None
    assert found.on_default.startswith("load was not found, and pack/load.py could not be read: ")
    assert why in found.on_default


def test_the_next_file_is_read_after_one_that_killed_the_parser() -> None:
    files: dict[str, str | bytes] = {
        "pack/a.py": b"# trust\n" + b"x\n" * 1_500_000,
        "pack/b.py": "def load(name, trust=True): ...",
    }
    (found,) = claims_of(files, GATE)

    assert (found.level, found.default) == ("none", "True")


def test_a_source_that_has_too_many_ways_is_given_up_not_followed_for_ever() -> None:
    """Thirty functions that each call the next twice with values that differ, and tests of which none is known."""
    functions = "".join(
        f"def f{i}(trust, a):\n" + "".join(f"    if unknown({j}):\n        f{i + 1}(trust, {j})\n" for j in range(30))
        for i in range(8)
    )
    source = f"def load(name, trust=False):\n    f0(trust, 0)\n{functions}def f8(trust, a):\n    pass\n"
    (found,) = claims_of({"pack/load.py": source}, GATE)

    assert found.level == "unknown"


def test_nothing_of_a_source_is_executed(tmp_path: Path) -> None:
    mark = f"{tmp_path}/canary"
    source = f"open({mark!r}, 'w')\ndef load(name, trust=open({mark!r}, 'w')):\n    pass\n"
    claims_of({"pack/load.py": source}, GATE)

    assert not Path(mark).exists()


def test_the_same_content_is_parsed_once_for_all_releases_and_runs(tmp_path: Path) -> None:
    memory = tmp_path / "skeletons.sqlite"
    files: dict[str, str | bytes] = {"pack/load.py": "def load(name, trust=False):\n    run_module(name)\n"}
    with Skeletons(memory) as skeletons:
        first = [of_release(release(v, files), plug_in(GATE), skeletons) for v in ("1.0", "1.1")]
        parsed = skeletons.parsed
    with Skeletons(memory) as again:
        second = [of_release(release(v, files), plug_in(GATE), again) for v in ("1.0", "1.1")]

    assert (parsed, again.parsed) == (1, 0)
    assert first == second


def test_a_memory_that_is_damaged_is_made_anew(tmp_path: Path) -> None:
    memory = tmp_path / "skeletons.sqlite"
    memory.write_bytes(b"no database" * 500)
    with Skeletons(memory) as skeletons:
        (found,) = of_release(release("1.0", {"pack/load.py": "def load(trust=True): ..."}), plug_in(GATE), skeletons)

    assert found.level == "none"


def test_a_memory_that_breaks_within_or_has_no_room_costs_time_and_nothing_else(tmp_path: Path) -> None:
    """The pages behind the first are overwritten; then the file may not grow by a page, as on a full disk."""
    memory = tmp_path / "skeletons.sqlite"
    files: dict[str, str | bytes] = {"pack/load.py": "def load(name, trust=True): ...\n" + "# trust\n" * 2000}
    with Skeletons(memory) as skeletons:
        first = of_release(release("1.0", files), plug_in(GATE), skeletons)
        skeletons.keep(["filler"], "x" * 50_000)
    content = memory.read_bytes()
    memory.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))
    with Skeletons(memory) as broken:
        again = of_release(release("1.0", files), plug_in(GATE), broken)
    with Skeletons(memory) as full:
        full._db.execute("PRAGMA max_page_count = 1")  # the least that sqlite takes: as many as there are
        full.keep(["filler"], "x" * 500_000)
        third = of_release(release("1.0", files), plug_in(GATE), full)

    assert first == again == third
    assert broken.parsed == full.parsed == 1


_WORDS = st.sampled_from(
    [
        "def load(name, trust=None):",
        "if trust:",
        "raise ValueError",
        "run_module(name)",
        "    ",
        "\n",
        "trust = x",
        "try:",
        "except E:",
        "while trust is None:",
        "input('?')",
        "return",
        "class A:",
        "lambda: 0",
        "(",
        ")",
        "é",
        "\x00",
        "'",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_WORDS, max_size=40).map("".join))
def test_any_text_has_a_skeleton_or_a_reason(text: str) -> None:
    made = skeleton(text.encode(), {"trust", "load"})

    try:
        compile(text.encode(), "text", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        pass
    else:
        assert made["problem"] is None
    assert set(made) == {"problem", "functions", "fields", "constants"}


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["None", "False", "True", "'check'", "1"]), st.booleans(), st.booleans())
def test_a_gate_is_none_only_where_nothing_stops_the_code(default: str, stops: bool, runs: bool) -> None:
    """The level of a simple gate is what a person would say of it."""
    body = "    if trust is not True:\n        raise ValueError\n" if stops else ""
    body += "    run_module(name)\n" if runs else "    pass\n"
    (found,) = claims_of({"pack/load.py": f"def load(name, trust={default}):\n{body}"}, GATE)

    opened = default == "True"
    expected = "none" if opened else "opt-in" if stops else "none" if runs else "unknown"
    assert expected == found.level


def test_python_is_named_where_it_cannot_parse() -> None:
    made = skeleton(b"print 'x'", {"x"})

    assert made["problem"].startswith(f"Python {sys.version_info[0]}.{sys.version_info[1]} cannot parse it: line 1")
