"""The rules of modelscope and csghub-sdk, on code in the shape of each of their generations."""

import pytest
from code_history import claims_of

from codebook.rows.claims import Claim
from platforms.sdk import modelscope, opencsg

BASE = "modelscope/models/base/base_model.py"
PIPELINE = "modelscope/pipelines/builder.py"
PLUGINS = {"modelscope/utils/plugins.py": "def register_plugins_repo(plugins):\n    return import_plugins(plugins)\n"}

UNASKED = """
class Model:
    @classmethod
    def from_pretrained(cls, name, revision=DEFAULT_MODEL_REVISION, **kwargs):
        cfg = read(name)
        register_plugins_repo(cfg.get("plugins"))
        return build(cfg)
"""
REFUSING = """
class Model:
    @classmethod
    def from_pretrained(cls, name, revision=DEFAULT_MODEL_REVISION, trust_remote_code=False, **kwargs):
        cfg = read(name)
        plugins = cfg.get("plugins")
        if plugins and not trust_remote_code:
            raise RuntimeError("set trust_remote_code=True")
        register_modelhub_repo(name, allow_remote=trust_remote_code)
        register_plugins_repo(plugins)
        return build(cfg)
"""
SOME_OWNERS = """
PLUGIN_WHITE_LIST = ["a-plugin"]

class Model:
    @classmethod
    def from_pretrained(cls, name, revision=DEFAULT_MODEL_REVISION, trust_remote_code=False, **kwargs):
        trusted = (check_model_from_owner_group(name) if far(name) and not trust_remote_code else False)
        trust_remote_code = bool(trust_remote_code or trusted)
        cfg = read(name)
        if (filter_plugin_in_whitelist(cfg.plugins) or cfg.allow_remote) and not trust_remote_code:
            raise RuntimeError("set trust_remote_code=True")
        register_plugins_repo(cfg.plugins)
        return build(cfg)
"""
OWN_WISH = """
def pipeline(task=None, model=None, model_revision=DEFAULT_MODEL_REVISION, **kwargs):
    cfg = read_config(model)
    register_plugins_repo(cfg.plugins)
    register_modelhub_repo(model, cfg.get("allow_remote", False))
    return build_pipeline(cfg)
"""
OPEN = """
class MsDataset:
    @staticmethod
    def load(name, version=None, trust_remote_code=True):
        return get(name, trust_remote_code=trust_remote_code)
"""
OPEN_AND_TOLD = """
class MsDataset:
    @staticmethod
    def load(name, version=None, trust_remote_code=True):
        if trust_remote_code:
            logger.warning("code of it will run")
        return get(name, trust_remote_code=trust_remote_code)
"""


def one(rule: str, files: dict[str, str]) -> Claim:
    """The claim of one rule of modelscope."""
    (found,) = [each for each in claims_of(files, *modelscope.PACKAGE.rules) if each.extractor == rule]
    return found


@pytest.mark.parametrize(
    ("rule", "path", "source", "level", "default", "said"),
    [
        ("modelscope.model", BASE, UNASKED, "none", None, f"register_plugins_repo ({BASE}:6) runs"),
        ("modelscope.model", BASE, REFUSING, "opt-in", "False", f"raises ({BASE}:8)"),
        ("modelscope.model", BASE, SOME_OWNERS, "opt-in", "False", f"raises ({BASE}:11)"),
        ("modelscope.model", BASE, "class Model:\n    def from_pretrained(cls, name): ...\n", "none", None, "no such"),
        ("modelscope.pipeline", PIPELINE, OWN_WISH, "none", None, f"register_plugins_repo ({PIPELINE}:4) runs"),
        ("modelscope.dataset", "modelscope/msdatasets/ms_dataset.py", OPEN, "none", "True", "the gate is open"),
        ("modelscope.dataset", "modelscope/msdatasets/ms_dataset.py", OPEN_AND_TOLD, "warn", "True", "warns ("),
    ],
    ids=["unasked", "refusing", "some owners", "no code", "the repository's own wish", "open", "open and told"],
)
def test_modelscope_by_generation(
    rule: str, path: str, source: str, level: str, default: str | None, said: str
) -> None:
    others = PLUGINS if "plugins" in source else {}
    found = one(rule, others | {path: source})

    assert (found.level, found.default) == (level, default)
    assert said in (found.on_default or "")


def test_owners_and_plugins_that_modelscope_trusts_are_told() -> None:
    found = claims_of(PLUGINS | {BASE: SOME_OWNERS}, *modelscope.PACKAGE.rules)
    gate = next(each for each in found if each.extractor == "modelscope.model")
    listed = next(each for each in found if each.symbol == "PLUGIN_WHITE_LIST")

    assert [each.partition(" (")[0] for each in gate.bypasses] == [
        "an owner whom the package trusts",
        "a plugin on the allow-list",
    ]
    assert (listed.mechanism, listed.allow_list) == ("allow-list", ("a-plugin",))


LOADERS = """
@classmethod
def from_pretrained(cls, name, *model_args, **model_kwargs):
    path = snapshot_download(name, token=None)
    return cls.from_pretrained_cached(path, *model_args, **model_kwargs)
"""
DATASET = """
def load_dataset(path, revision=None, trust_remote_code: bool = None, **config_kwargs):
    here = snapshot_download(path, repo_type="dataset")
    return datasets.load.load_dataset(path=here, revision=revision, trust_remote_code=trust_remote_code)
"""
SNAPSHOT = 'DEFAULT_REVISION = "main"\n\ndef snapshot_download(repo_id, revision=DEFAULT_REVISION): ...\n'


def test_csghub_leaves_the_gate_to_others_and_drops_the_revision() -> None:
    files = {
        "pycsghub/repo_reader/model/huggingface/model_auto.py": LOADERS,
        "pycsghub/repo_reader/dataset/huggingface/load.py": DATASET,
        "pycsghub/snapshot_download.py": SNAPSHOT,
    }
    found = {each.extractor: each for each in claims_of(files, *opencsg.PACKAGE.rules)}
    levels = {name: (each.level, each.default) for name, each in found.items()}

    assert levels == {
        "csghub.auto_model": ("unknown", None),
        "csghub.load_dataset": ("unknown", "None"),
        "csghub.auto_model.revision": ("none", None),
        "csghub.load_dataset.revision": ("none", "None"),
        "csghub.snapshot_download.revision": ("none", "DEFAULT_REVISION"),
        "csghub.file_download.revision": ("unknown", None),
    }
    assert "the installed datasets, which decides" in (found["csghub.load_dataset"].on_default or "")
    assert "not in" in (found["csghub.load_dataset.revision"].pinning or "")
