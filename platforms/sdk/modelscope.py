"""Rules for modelscope: models, pipelines and datasets whose repositories bring code, and what is downloaded.

The repository's own ``configuration.json`` names plugins to install and import, and says with ``allow_remote`` that
its code is to be imported. Newer releases do neither unless the user sets ``trust_remote_code``.
"""

from codebook.rows.claims import Level
from platforms.evidence import Bypass, Default, Gate, Package, Wanted

_RUNS = (
    "import_module_from_model_dir",
    "import_module_from_file",
    "import_plugins",
    "import_all_plugins",
    "register_plugins_repo",
    "register_modelhub_repo",
)
_STRANGER = {"check_model_from_owner_group()": False}
"""The model is of an owner whom the package does not trust; that it trusts some is told among the bypasses."""

_LATEST: tuple[Level, str] = ("none", "the newest state is taken")
_REVISIONS: dict[str, tuple[Level, str]] = {
    "None": _LATEST,
    "DEFAULT_MODEL_REVISION": _LATEST,
    "DEFAULT_DATASET_REVISION": _LATEST,
    "DEFAULT_REPOSITORY_REVISION": _LATEST,
    "'master'": _LATEST,
}


def _trusted(symbol: str) -> tuple[Bypass, ...]:
    return (
        Bypass("an owner whom the package trusts", symbol, r"check_model_from_owner_group"),
        Bypass("a plugin on the allow-list", symbol, r"filter_plugin_in_whitelist"),
    )


def _revision(symbol: str, parameter: str = "revision") -> Default:
    return Default(
        name=f"modelscope.{symbol}.{parameter}",
        mechanism="pinning",
        surface="download",
        parameter=parameter,
        symbols=(symbol,),
        levels=_REVISIONS,
        without=("none", "the newest state is taken, and no other can be asked for"),
    )


PACKAGE = Package(
    package="modelscope",
    platform="modelscope",
    wanted=Wanted(
        (
            "modelscope/models/base/base_model.py",
            "modelscope/pipelines/builder.py",
            "modelscope/pipelines/util.py",
            "modelscope/utils/plugins.py",
            "modelscope/utils/automodel_utils.py",
            "modelscope/utils/constant.py",
            "modelscope/utils/import_utils.py",
            "modelscope/msdatasets/ms_dataset.py",
            "modelscope/msdatasets/data_loader/*.py",
            "modelscope/msdatasets/utils/hf_datasets_util.py",
            "modelscope/hub/snapshot_download.py",
            "modelscope/hub/file_download.py",
        )
    ),
    rules=(
        Gate(
            name="modelscope.model",
            mechanism="execution gate",
            surface="load",
            parameter="trust_remote_code",
            symbols=("Model.from_pretrained",),
            runs=_RUNS,
            absent=_RUNS,
            given=_STRANGER,
            bypasses=_trusted("Model.from_pretrained"),
            allow_lists=("PLUGIN_WHITE_LIST",),
        ),
        Gate(
            name="modelscope.pipeline",
            mechanism="execution gate",
            surface="load",
            parameter="trust_remote_code",
            symbols=("builder.pipeline",),
            runs=_RUNS,
            absent=_RUNS,
            given=_STRANGER | {"model": "owner/model", "task": "text-classification"},
            bypasses=_trusted("pipeline"),
        ),
        Gate(
            name="modelscope.dataset",
            mechanism="execution gate",
            surface="load",
            parameter="trust_remote_code",
            symbols=("MsDataset.load",),
            runs=("import_main_class", "get_dataset_builder_class", "import_module"),
        ),
        _revision("Model.from_pretrained"),
        _revision("builder.pipeline", "model_revision"),
        _revision("snapshot_download"),
        _revision("model_file_download"),
    ),
)
