"""Rules of the OpenMMLab packages, on sources in the shape of each generation; and what functions hand to calls."""

from collections.abc import Mapping

import pytest
from code_history import claims_of, release

from codebook.rows.claims import Claim
from platforms.evidence import Gate, Package, Passed
from platforms.extract.claims import of_release
from platforms.extract.skeletons import Skeletons
from platforms.sdk.openmmlab import MMDET, MMENGINE, OPENMIM

WEIGHTS = Passed(
    name="pack.weights",
    mechanism="execution gate",
    surface="load",
    parameter="weights_only",
    symbols=("read",),
    calls=("torch.load", "fetch"),
    levels={"False": ("none", "whole pickles"), "True": ("block", "only weights")},
    without=("unknown", "it is left to torch"),
)

CONFIG = """
    class Config:
        @staticmethod
        def fromfile(filename, import_custom_modules=True):
            cfg = Config._file2dict(filename)
            if import_custom_modules and cfg.get('custom_imports'):
                import_modules_from_strings(**cfg['custom_imports'])

        @staticmethod
        def _file2dict(filename):
            code = compile(open(filename).read(), filename, mode='exec')
            eval(code, {}, {})
    """
LAZY = (
    CONFIG
    + """
        @staticmethod
        def _parse_lazy_import(filename):
            exec(compile(open(filename).read(), filename, mode='exec'), {})
    """
)
CHECKPOINT = """
    def load_from_local(filename, map_location):
        return torch.load(filename, map_location=map_location{more})

    def load_from_http(filename, map_location=None):
        return load_url(filename, map_location=map_location)
    """
WHOLE = "torch.load is called with weights_only=False: the pickle is read whole, whatever the default of torch.load is"
TRAIN = """
    def cli(package, yes: bool = False):
        train(package, yes=yes)

    def train(package, yes: bool = True):
        if not is_installed(package):
            if yes or click.confirm('install?'):
                subprocess.check_call(['mim', 'install', package])
    """
TRAIN_AT_FIRST = """
    def train(package):
        if not is_installed(package):
            if click.confirm('install?'):
                subprocess.check_call(['mim', 'install', package])
    """
DOWNLOAD = """
    def {name}(package, configs):
        for config in configs:
            # the hash is not compared yet
            download_from_file(config.url, config.path)
            Config.fromfile(config.path)
    """
FROM_URL = "def download_from_file(url, path, hash_prefix=None, check_certificate=True):\n    get(url)\n"


def of_package(package: Package, files: Mapping[str, str]) -> dict[tuple[str | None, str | None], Claim]:
    """The claims of one release by symbol and switch, that have a level or a place."""
    with Skeletons(None) as skeletons:
        made = of_release(release("1.0", files, package.package), package, skeletons)
    return {(claim.symbol, claim.parameter): claim for claim in made if claim.path is not None}


def told(
    claims: Mapping[tuple[str | None, str | None], Claim],
) -> dict[tuple[str | None, str | None], tuple[object, ...]]:
    """What tests compare of claims."""
    return {key: (c.level, c.line, c.quote) for key, c in claims.items()}


def test_a_config_is_executed_and_its_custom_imports_are_imported_unless_the_user_says_no() -> None:
    claims = of_package(MMENGINE, {"mmengine/config/config.py": CONFIG})
    expected = {
        ("Config._file2dict", None): ("none", 12, "eval(code, {}, {})"),
        ("Config.fromfile", "import_custom_modules"): (
            "none",
            4,
            "def fromfile(filename, import_custom_modules=True):",
        ),
    }

    assert expected == told(claims)
    assert claims["Config._file2dict", None].on_default == "eval runs the config, a Python file"


def test_a_lazy_config_is_executed_too() -> None:
    claims = of_package(MMENGINE, {"mmengine/config/config.py": LAZY})
    found = claims["Config._parse_lazy_import", None]

    assert found.level == "none"
    assert found.on_default == "exec runs the config, a Python file"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            "",
            (
                "unknown",
                None,
                "torch.load is called without weights_only: what is read is left to the default of torch.load",
            ),
        ),
        (
            ", weights_only=False",
            (
                "none",
                "False",
                WHOLE,
            ),
        ),
        (", weights_only=SAFE", ("unknown", "SAFE", "what torch.load is given as weights_only is not known")),
        (", **more", ("unknown", None, "torch.load is called with keywords that are not known")),
    ],
)
def test_what_a_checkpoint_is_read_with_is_told_by_the_call(more: str, expected: tuple[str | None, ...]) -> None:
    claims = of_package(MMENGINE, {"mmengine/runner/checkpoint.py": CHECKPOINT.format(more=more)})
    found = claims["load_from_local", "weights_only"]

    assert expected == (found.level, found.default, found.on_default)
    assert claims["load_from_http", "check_hash"].level == "none"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (TRAIN, {"cli": ("prompt", "False"), "train": ("none", "True")}),
        (TRAIN_AT_FIRST, {"train": ("prompt", None)}),
    ],
)
def test_commands_ask_before_they_install_what_is_missing(
    source: str, expected: Mapping[str, tuple[str | None, ...]]
) -> None:
    claims = of_package(OPENMIM, {"mim/commands/train.py": source})
    found = {(symbol or "").rpartition(".")[2]: (c.level, c.default) for (symbol, _), c in claims.items()}

    assert expected == found


@pytest.mark.parametrize("name", ["download", "_download_configs"])
def test_downloads_are_compared_with_no_hash_under_either_name(name: str) -> None:
    files = {"mim/commands/download.py": DOWNLOAD.format(name=name), "mim/utils/utils.py": FROM_URL}
    expected = {
        ("_download_configs", "hash_prefix"): ("none", 5, "download_from_file(config.url, config.path)"),
        ("_download_configs", None): ("none", 6, "Config.fromfile(config.path)"),
    }

    assert expected == told(of_package(OPENMIM, files))


def test_a_detector_loads_a_config_and_leaves_the_checkpoint_to_another_package() -> None:
    source = """
        def init_detector(config, checkpoint=None):
            if isinstance(config, str):
                config = mmcv.Config.fromfile(config)
            load_checkpoint(build(config), checkpoint, map_location='cpu')
        """
    claims = of_package(MMDET, {"mmdet/apis/inference.py": source})
    expected = {
        ("init_detector", None): ("none", 4, "config = mmcv.Config.fromfile(config)"),
        ("init_detector", "weights_only"): (
            "unknown",
            5,
            "load_checkpoint(build(config), checkpoint, map_location='cpu')",
        ),
    }

    assert expected == told(claims)


def test_of_several_calls_the_weakest_counts_and_the_others_are_told() -> None:
    source = """
        def read(f):
            torch.load(f)
            torch.load(f, weights_only=True)
            torch.load(f, weights_only=False)
        """
    (found,) = claims_of({"pack/read.py": source}, WEIGHTS)

    assert found.level == "none"
    assert found.line == 5
    assert found.bypasses == ("again in pack/read.py:3", "again in pack/read.py:4")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def fetch(f, weights_only): ...\ndef read(f):\n    fetch(f, True)\n", ("block", "True")),
        ("def fetch(f, weights_only): ...\ndef read(f):\n    fetch(f)\n", ("unknown", None)),
        ("def read(f):\n    self.torch.load(f, weights_only=True)\n", ("block", "True")),
        ("def read(f):\n    mytorch.load(f, weights_only=True)\n", ("unknown", None)),
        ("def other(f):\n    torch.load(f, weights_only=True)\n", ("unknown", None)),
    ],
)
def test_arguments_are_known_by_name_or_by_place(source: str, expected: tuple[str | None, ...]) -> None:
    (found,) = claims_of({"pack/read.py": source}, WEIGHTS)

    assert expected == (found.level, found.default)


@pytest.mark.parametrize(("asks", "expected"), [(True, "prompt"), (False, "none")])
def test_a_question_that_always_comes_counts_only_where_the_rule_says_that_it_guards(asks: bool, expected: str) -> None:
    rule = Gate(
        name="pack.run",
        mechanism="execution gate",
        surface="load",
        parameter="yes",
        symbols=("train",),
        runs=("check_call",),
        asks=asks,
    )
    (found,) = claims_of({"pack/train.py": TRAIN_AT_FIRST}, rule)

    assert expected == found.level


def test_no_two_rules_of_a_package_make_rows_of_one_key() -> None:
    for package in (MMENGINE, OPENMIM, MMDET):
        keys = [
            (rule.mechanism, rule.surface, getattr(rule, "parameter", None), getattr(rule, "symbols", ("",))[0])
            for rule in package.rules
        ]

        assert sorted(set(keys), key=str) == sorted(keys, key=str)
