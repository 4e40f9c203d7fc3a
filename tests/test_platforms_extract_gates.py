"""Gates: what a switch does if the user sets nothing, in each shape that real code has had."""

import pytest
from code_history import claims_of

from codebook.rows.claims import Claim
from platforms.evidence import Bypass, Gate

GATE = Gate(
    name="pack.load",
    mechanism="execution gate",
    surface="load",
    parameter="trust",
    symbols=("Model.load",),
    runs=("run_module",),
)

RAISES = """
class Model:
    @classmethod
    def load(cls, name, **kwargs):
        trust = kwargs.pop("trust", False)
        if has_code(name):
            if not trust:
                raise ValueError("set trust=True")
            return run_module(name)
"""

WARNS = """
import warnings

class Model:
    def load(self, name, trust=None):
        return _get(name, trust)

def _get(name, trust):
    if trust is None and not known(name):
        warnings.warn("this will be an error")
    return run_module(name)
"""

ASKS = """
WAIT = 15

class Model:
    def load(self, name, trust=None):
        trust = resolve(trust, name, has_local=name in NATIVE, has_remote=True)
        if trust:
            return run_module(name)

def _late(signum, frame):
    raise ValueError("no answer")

def resolve(trust, name, has_local, has_remote):
    if trust is None:
        if has_local:
            trust = False
        elif has_remote and WAIT > 0:
            try:
                while trust is None:
                    answer = input("run it? [y/N]")
                    if answer == "y":
                        trust = True
                    elif answer == "n":
                        trust = False
            except Exception:
                raise ValueError("set trust=True")
        elif has_remote:
            _late(None, None)
    if has_remote and not has_local and not trust:
        raise ValueError("set trust=True")
    return trust
"""

SILENT = """
class Model:
    def load(self, name, trust=True):
        if not trust:
            raise ValueError("not trusted")
        return run_module(name)
"""

NO_SWITCH = """
class Model:
    def load(self, name):
        return self._load(name)
    def _load(self, name):
        return run_module(name)
"""

UNUSED = """
class Model:
    def load(self, name, trust=False):
        return run_module(name)
"""

ELSEWHERE = """
from other import decide

class Model:
    def load(self, name, trust=None):
        decide(name, trust=trust)
"""

NO_ERROR_OF_ITS = """
class Model:
    def load(self, name, trust=False):
        if not name:
            raise ValueError("no name")
        check(trust)
        return run_module(name)

def check(trust):
    return trust
"""


def summary(found: Claim) -> tuple[str, str | None, str | None]:
    """What tests compare of a claim."""
    return found.level, found.default, found.on_default


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (RAISES, ("opt-in", "False", "raises (pack/model.py:8)")),
        (WARNS, ("warn", "None", "warns (pack/model.py:10)")),
        (ASKS, ("prompt", "None", "asks the user (pack/model.py:20); raises (pack/model.py:26, pack/model.py:30)")),
        (SILENT, ("none", "True", "the gate is open by default")),
        (NO_SWITCH, ("none", None, "there is no such switch; run_module (pack/model.py:6) runs")),
        (UNUSED, ("none", "False", "nothing depends on it before run_module (pack/model.py:4) runs")),
        (NO_ERROR_OF_ITS, ("none", "False", "nothing depends on it before run_module (pack/model.py:7) runs")),
        (
            ELSEWHERE,
            ("unknown", "None", "the switch goes where it cannot be followed: decide (pack/model.py:6)"),
        ),
        ("x = 1\n", ("unknown", None, "Model.load was not found in the files that are kept")),
    ],
    ids=["raises", "warns", "asks", "open", "no switch", "unused", "other error", "elsewhere", "not there"],
)
def test_the_level_is_what_the_switch_does(source: str, expected: tuple[str, str | None, str]) -> None:
    (found,) = claims_of({"pack/model.py": source}, GATE)

    assert expected == summary(found)


def test_a_claim_shows_where_the_default_stands() -> None:
    (found,) = claims_of({"pack/model.py": RAISES}, GATE)

    expected = ("pack/model.py", 5, "Model.load", 'trust = kwargs.pop("trust", False)', "pack.load")
    assert expected == (found.path, found.line, found.symbol, found.quote, found.extractor)


def test_a_helper_is_followed_into_the_module_that_it_moved_to() -> None:
    head, tail = ASKS.split("def _late")
    apart = {
        "pack/model.py": f"from .deep.gate import resolve\n{head}",
        "pack/deep/gate.py": f"WAIT = 15\ndef _late{tail}",
    }
    (here,), (there,) = claims_of({"pack/model.py": ASKS}, GATE), claims_of(apart, GATE)

    assert ("prompt", here.default, here.symbol) == (there.level, there.default, there.symbol)
    assert there.on_default is not None
    assert "pack/deep/gate.py" in there.on_default


def test_a_function_that_was_renamed_keeps_its_name_in_claims() -> None:
    rule = Gate(**{f: getattr(GATE, f) for f in GATE.__slots__ if f != "symbols"}, symbols=("Model.load", "Old.load"))
    (found,) = claims_of({"pack/model.py": RAISES.replace("class Model", "class Old")}, rule)

    assert (found.symbol, found.scope) == ("Model.load", "as Old.load in this release")


def test_a_switch_that_a_constant_of_another_module_decides_is_followed_there() -> None:
    source = """
    from . import config

    class Model:
        def load(self, name, trust=None):
            trust = trust if trust is not None else config.TRUST
            if trust is False:
                raise ValueError("no")
            return run_module(name)
    """
    config = 'import os\nYES = {"1", "TRUE"}\n_SET = os.environ.get("TRUST", "%s")\nTRUST = _SET.upper() in YES\n'
    (closed,) = claims_of({"pack/model.py": source, "pack/config.py": config % "no"}, GATE)
    (opened,) = claims_of({"pack/model.py": source, "pack/config.py": config % "true"}, GATE)

    assert closed.level == "opt-in"
    assert opened.level == "none"


def test_a_decision_that_depends_on_what_is_not_known_is_unknown_and_never_none() -> None:
    source = """
    class Model:
        def load(self, name, trust=False):
            trust = trust and not OFF
            if not trust:
                raise ValueError("no")
            return run_module(name)
    """
    (found,) = claims_of({"pack/model.py": source}, GATE)

    expected = ("unknown", "False", "whether it decides over ValueError('no') (pack/model.py:6) is not known")
    assert expected == summary(found)


def test_an_error_that_no_switch_avoids_is_a_block() -> None:
    source = """
    class Model:
        def load(self, name, **kwargs):
            if kwargs.pop("trust", None):
                print("trust is not used any more")
            if name.endswith(".py"):
                raise RuntimeError("scripts are no longer supported")
    """
    rule = Gate(**{f: getattr(GATE, f) for f in GATE.__slots__ if f != "refuses"}, refuses="no longer supported")
    (found,) = claims_of({"pack/model.py": source}, rule)

    assert found.level == "block"


def test_who_is_trusted_and_what_slips_through_is_told_with_its_line() -> None:
    source = """
    OWNERS = ("alice", "bob")

    class Model:
        def load(self, name, trust="check"):
            trusted = name in cached() or name.split("/")[0] in OWNERS
            if trust is False or (trust == "check" and not trusted):
                if input("run it?") != "y":
                    raise ValueError("not trusted")
            return run_module(name)
    """
    rule = Gate(
        **{f: getattr(GATE, f) for f in GATE.__slots__ if f not in ("allow_lists", "bypasses")},
        allow_lists=("OWNERS",),
        bypasses=(Bypass("what is in the cache", "Model.load", r"in cached\(\)"),),
    )
    gate, owners = claims_of({"pack/model.py": source}, rule)

    assert (
        gate.level,
        gate.default,
        gate.bypasses,
    ) == ("prompt", "'check'", ("what is in the cache (pack/model.py:6)",))
    assert (
        owners.mechanism,
        owners.symbol,
        owners.line,
        owners.allow_list,
    ) == ("allow-list", "OWNERS", 2, ("alice", "bob"))


def test_whether_a_revision_reaches_what_fetches_is_told() -> None:
    source = """
    class Model:
        def load(self, name, revision=None):
            one = fetch(name, "config", revision=revision)
            return fetch(name, "code")
    """
    rule = Gate(
        name="pack.pin",
        mechanism="pinning",
        surface="download",
        parameter="revision",
        symbols=("Model.load",),
        opened="0" * 40,
        otherwise="none",
        downloads=("fetch",),
    )
    (found,) = claims_of({"pack/model.py": source}, rule)

    expected = ("none", "revision handed on in 1 of 2 calls that fetch; not in pack/model.py:5")
    assert expected == (found.level, found.pinning)


def test_a_function_without_the_switch_has_the_gate_of_what_it_hands_its_keywords_to() -> None:
    source = (
        RAISES
        + """
def pipeline(name, **kwargs):
    return Model.load(name, **kwargs)
"""
    )
    rule = Gate(**{f: getattr(GATE, f) for f in GATE.__slots__ if f != "symbols"}, symbols=("pipeline",))
    (found,) = claims_of({"pack/model.py": source}, rule)

    said = "it is not in the signature, and handed on among the keywords: raises (pack/model.py:8)"
    assert ("opt-in", None, said) == summary(found)
