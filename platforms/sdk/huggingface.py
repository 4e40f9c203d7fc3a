"""Rules for the rest of Hugging Face's family: huggingface_hub, diffusers, sentence-transformers, datasets, timm."""

from codebook.rows.claims import Level
from platforms.evidence import Bypass, Default, Gate, Override, Package, Setting, Surface, Wanted

_PLATFORM = "huggingface"
_UNPICKLED: dict[str, tuple[Level, str]] = {
    "False": ("none", "the pickle is read whole"),
    "True": ("opt-in", "pickles with anything but weights are refused"),
}
_HANDED_ON: dict[str, tuple[Level, str]] = {
    "False": ("opt-in", "False is handed to transformers, which raises"),
    "None": ("prompt", "None is handed to transformers, which asks"),
}


def _weights_only(package: str, *symbols: str) -> Default:
    return Default(
        name=f"{package}.{symbols[0]}.weights_only",
        mechanism="execution gate",
        surface="load",
        parameter="weights_only",
        symbols=symbols,
        levels=_UNPICKLED,
        without=("unknown", "what is read is left to torch.load"),
    )


def _safetensors(name: str, symbol: str, surface: Surface, parameter: str) -> Default:
    return Default(
        name=name,
        mechanism="safe formats",
        surface=surface,
        parameter=parameter,
        symbols=(symbol,),
        levels={
            "None": ("none", "safetensors where there are, pickled weights otherwise, and nothing is said"),
            "None if is_safetensors_available() else False": (
                "none",
                "safetensors where there are and the package is installed, pickled weights otherwise",
            ),
            "False": ("none", "pickled weights"),
            "True": ("opt-in", "safetensors unless something else is asked for"),
        },
        without=("none", "pickled weights"),
    )


def _revision(package: str, *symbols: str) -> Default:
    return Default(
        name=f"{package}.{symbols[0]}.revision",
        mechanism="pinning",
        surface="download",
        parameter="revision",
        symbols=symbols,
        levels={
            "None": ("none", "the newest revision is taken"),
            "'main'": ("none", "the newest revision is taken"),
            "DEFAULT_REVISION": ("none", "the newest revision is taken"),
        },
        without=("none", "the newest revision is taken, and no other can be asked for"),
    )


def _calls(package: str) -> Override:
    return Override(
        name=f"{package}.overrides",
        mechanism="execution gate",
        surface="load",
        parameter="weights_only",
        levels={
            "True": ("block", "pickles with anything but weights are refused in this call, with no switch"),
            "False": ("none", "the pickle is read whole in this call"),
        },
    )


HUGGINGFACE_HUB = Package(
    package="huggingface-hub",
    platform=_PLATFORM,
    wanted=Wanted(
        (
            "huggingface_hub/file_download.py",
            "huggingface_hub/_snapshot_download.py",
            "huggingface_hub/snapshot_download.py",
            "huggingface_hub/hub_mixin.py",
            "huggingface_hub/constants.py",
            "huggingface_hub/serialization/*.py",
        )
    ),
    rules=(
        _revision("huggingface_hub", "hf_hub_download", "hf_hub_url"),
        _revision("huggingface_hub", "snapshot_download"),
        _weights_only("huggingface_hub", "load_torch_model"),
        _weights_only("huggingface_hub", "load_state_dict_from_file"),
        _calls("huggingface_hub"),
    ),
)

DIFFUSERS = Package(
    package="diffusers",
    platform=_PLATFORM,
    wanted=Wanted(
        (
            "diffusers/*pipeline_utils.py",
            "diffusers/pipelines/pipeline_loading_utils.py",
            "diffusers/utils/dynamic_modules_utils.py",
            "diffusers/utils/constants.py",
            "diffusers/dynamic_modules_utils.py",
            "diffusers/modular_pipelines/modular_pipeline.py",
            "diffusers/models/modeling_utils.py",
            "diffusers/models/auto_model.py",
            "diffusers/models/model_loading_utils.py",
            "diffusers/modeling_utils.py",
        )
    ),
    rules=(
        Gate(
            name="diffusers.pipeline",
            mechanism="execution gate",
            surface="load",
            parameter="trust_remote_code",
            symbols=("DiffusionPipeline.download", "DiffusionPipeline.from_pretrained"),
            runs=("get_class_from_dynamic_module",),
            absent=("get_class_from_dynamic_module", "trust_remote_code"),
            given={"custom_pipeline": "owner/pipeline"},
        ),
        Gate(
            name="diffusers.modular_pipeline",
            mechanism="execution gate",
            surface="load",
            parameter="trust_remote_code",
            symbols=("ModularPipelineBlocks.from_pretrained",),
            runs=("get_class_from_dynamic_module",),
        ),
        _safetensors("diffusers.use_safetensors", "DiffusionPipeline.from_pretrained", "load", "use_safetensors"),
        _safetensors(
            "diffusers.safe_serialization", "DiffusionPipeline.save_pretrained", "upload", "safe_serialization"
        ),
    ),
)

SENTENCE_TRANSFORMERS = Package(
    package="sentence-transformers",
    platform=_PLATFORM,
    wanted=Wanted(
        (
            "sentence_transformers/SentenceTransformer.py",
            "sentence_transformers/cross_encoder/*.py",
            "sentence_transformers/sentence_transformer/model.py",
            "sentence_transformers/base/model.py",
            "sentence_transformers/base/modules/transformer.py",
            "sentence_transformers/models/Transformer.py",
            "sentence_transformers/util.py",
            "sentence_transformers/util/misc.py",
        )
    ),
    rules=tuple(
        Gate(
            name=f"sentence_transformers.{symbol}",
            mechanism="execution gate",
            surface="load",
            parameter="trust_remote_code",
            symbols=(f"{symbol}.__init__",),
            runs=("get_class_from_dynamic_module", "import_from_string"),
            absent=("get_class_from_dynamic_module", "trust_remote_code"),
            handed_on=_HANDED_ON,
            bypasses=(
                Bypass(
                    "code in a local folder runs unasked",
                    f"{symbol}._load_module_class_from_ref",
                    r"if trust_remote_code or os\.path\.exists",
                ),
            ),
        )
        for symbol in ("SentenceTransformer", "CrossEncoder")
    ),
)

DATASETS = Package(
    package="datasets",
    platform=_PLATFORM,
    wanted=Wanted(("datasets/load.py", "datasets/config.py", "datasets/inspect.py", "datasets/builder.py")),
    rules=(
        Gate(
            name="datasets.load_dataset",
            mechanism="execution gate",
            surface="load",
            parameter="trust_remote_code",
            symbols=("load_dataset",),
            runs=("import_main_class", "get_dataset_builder_class"),
            refuses=r"Dataset scripts are no longer supported",
        ),
        Setting(
            name="datasets.environment",
            mechanism="execution gate",
            surface="load",
            constant="__HF_DATASETS_TRUST_REMOTE_CODE",
            levels={
                "os.environ.get('HF_DATASETS_TRUST_REMOTE_CODE', '1')": (
                    "none",
                    "scripts run unless it says otherwise",
                ),
                "os.environ.get('HF_DATASETS_TRUST_REMOTE_CODE', 'ask')": ("prompt", "users are asked"),
                "os.environ.get('HF_DATASETS_TRUST_REMOTE_CODE', '0')": ("opt-in", "scripts do not run"),
            },
        ),
        _revision("datasets", "load_dataset"),
    ),
)

TIMM = Package(
    package="timm",
    platform=_PLATFORM,
    wanted=Wanted(
        (
            "timm/models/_hub.py",
            "timm/models/_helpers.py",
            "timm/models/_builder.py",
            "timm/models/hub.py",
            "timm/models/helpers.py",
        )
    ),
    rules=(
        Setting(
            name="timm.check_hash",
            mechanism="hash verification",
            surface="download",
            constant="_CHECK_HASH",
            levels={
                "False": ("none", "what was downloaded is not compared with the hash in its name"),
                "True": ("opt-in", "a download without the hash of its name is refused"),
            },
        ),
        _weights_only("timm", "load_state_dict"),
        _weights_only("timm", "load_state_dict_from_hf"),
        _calls("timm"),
    ),
)
