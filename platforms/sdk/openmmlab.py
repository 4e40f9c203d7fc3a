"""Rules for OpenMMLab: mmengine (configs, checkpoints, registries), openmim (its installer) and mmdet (detectors).

A config is a Python file that is executed when it is loaded, and nothing of this has a switch that protects; so most
rules say what is executed, and by what. Before mmengine there was mmcv, to which releases of mmdet before 3.0 hand on.
"""

from codebook.rows.claims import Level
from platforms.evidence import Executed, Gate, Package, Passed, Surface, Wanted

_PLATFORM = "openmmlab"

_PICKLED: dict[str, tuple[Level, str]] = {
    "False": ("none", "the pickle is read whole, whatever the default of torch.load is"),
    "True": ("block", "pickles with anything but weights are refused, with no switch"),
}


def _executed(name: str, symbols: str, runs: tuple[str, ...], what: str, surface: Surface = "load") -> Executed:
    return Executed(
        name=name,
        mechanism="execution gate",
        surface=surface,
        symbols=tuple(symbols.split()),
        runs=runs,
        what=what,
    )


def _unpickled(symbol: str, call: str, left_to: str) -> Passed:
    return Passed(
        name=f"{symbol}.weights_only",
        mechanism="execution gate",
        surface="load",
        parameter="weights_only",
        symbols=(symbol,),
        calls=(call,),
        levels=_PICKLED,
        without=("unknown", f"what is read is left to {left_to}"),
    )


MMENGINE = Package(
    package="mmengine",
    platform=_PLATFORM,
    wanted=Wanted(
        (
            "mmengine/config/config.py",
            "mmengine/config/lazy.py",
            "mmengine/runner/checkpoint.py",
            "mmengine/runner/runner.py",
            "mmengine/hub/hub.py",
            "mmengine/infer/infer.py",
            "mmengine/registry/registry.py",
            "mmengine/fileio/handlers/pickle_handler.py",
            "mmengine/utils/misc.py",
            "mmengine/utils/dl_utils/hub.py",
        )
    ),
    rules=(
        _executed("mmengine.config", "Config._file2dict", ("eval", "exec"), "the config, a Python file"),
        _executed("mmengine.lazy_config", "Config._parse_lazy_import", ("exec", "eval"), "the config, a Python file"),
        Gate(
            name="mmengine.custom_imports",
            mechanism="execution gate",
            surface="load",
            parameter="import_custom_modules",
            symbols=("Config.fromfile",),
            runs=("import_modules_from_strings",),
        ),
        _executed("mmengine.lazy_object", "LazyObject.build", ("import_module",), "the module that a config names"),
        _executed(
            "mmengine.registry_type",
            "get_object_from_string",
            ("import_module",),
            "whatever module the `type` in a config names, registered or not",
        ),
        _executed(
            "mmengine.registry_scope", "Registry.get", ("import_module",), "the module of a scope that a config names"
        ),
        _executed(
            "mmengine.inferencer",
            "BaseInferencer._init_model",
            ("fromstring",),
            "the config that stands in the checkpoint, as Python",
        ),
        _executed(
            "mmengine.resume", "Runner.resume", ("fromstring",), "the config that stands in the checkpoint, as Python"
        ),
        _executed(
            "mmengine.hub_install",
            "get_config",
            ("install_package",),
            "pip, unasked, for a package of OpenMMLab that is not installed: its newest release",
            "download",
        ),
        _executed("mmengine.pickle", "PickleHandler.load_from_fileobj", ("load", "loads"), "what the pickle says"),
        _unpickled("load_from_local", "torch.load", "the default of torch.load"),
        _unpickled("load_from_http", "load_url", "torch.hub, from where load_url comes"),
        Passed(
            name="mmengine.check_hash",
            mechanism="hash verification",
            surface="download",
            parameter="check_hash",
            symbols=("load_from_http",),
            calls=("load_url",),
            levels={
                "False": ("none", "what was downloaded is not compared with the hash in its name"),
                "True": ("opt-in", "a download without the hash of its name is refused"),
            },
            without=("none", "no comparison with the hash in the name is asked for"),
        ),
    ),
)


def _installs(command: str, symbol: str) -> Gate:
    """Whether a command asks before it installs a package that is not there."""
    return Gate(
        name=f"openmim.{command}.{symbol}",
        mechanism="execution gate",
        surface="download",
        parameter="yes",
        symbols=(f"{command}.{symbol}",),
        runs=("check_call",),
        asks=True,
    )


OPENMIM = Package(
    package="openmim",
    platform=_PLATFORM,
    wanted=Wanted(("mim/*.py",)),
    rules=(
        *(_installs(command, symbol) for command in ("train", "test", "run") for symbol in ("cli", command)),
        _executed(
            "openmim.download_config",
            "_download_configs download.download",
            ("fromfile",),
            "the config of the installed package, a Python file",
        ),
        _executed(
            "openmim.download_script",
            "_download_dataset",
            ("call_command",),
            "chmod, then the shell script that the installed package names for a dataset",
            "download",
        ),
        Passed(
            name="openmim.hash",
            mechanism="hash verification",
            surface="download",
            parameter="hash_prefix",
            symbols=("_download_configs", "download.download"),
            calls=("download_from_file",),
            levels={},
            without=("none", "the weights are compared with no hash, though the function could"),
        ),
        _executed("openmim.version", "get_package_version", ("exec",), "version.py of a folder that is installed from"),
        Executed(
            name="openmim.install",
            mechanism="pinning",
            surface="download",
            symbols=("install.install",),
            runs=("create_command", "install_from_wheel"),
            what="pip: the newest release where no version is typed, and no hash is asked for",
        ),
        _executed(
            "openmim.search",
            "load_metadata_from_remote",
            ("create_command",),
            "pip download of an archive of sources, whose own build code makes its metadata",
            "download",
        ),
    ),
)

MMDET = Package(
    package="mmdet",
    platform=_PLATFORM,
    wanted=Wanted(
        (
            "mmdet/apis/inference.py",
            "mmdet/models/detectors/kd_one_stage.py",
        )
    ),
    rules=(
        _executed("mmdet.config", "init_detector", ("fromfile",), "the config, a Python file"),
        _executed(
            "mmdet.teacher_config",
            "KnowledgeDistillationSingleStageDetector.__init__",
            ("fromfile",),
            "the second config that a config names as its teacher, a Python file",
        ),
        _unpickled("init_detector", "load_checkpoint", "the load_checkpoint of mmengine or mmcv"),
    ),
)
