"""Rules for transformers: ``trust_remote_code`` through its history, pinning, and the formats of weights.

The gate appeared as a keyword with the default False that raises, and became None that asks and waits 15 seconds for
an answer; where no answer can be given it raises. ``resolve_trust_remote_code`` decides; all auto classes go there.
"""

from collections.abc import Mapping

from platforms.evidence import Bypass, Constant, Default, Gate, Override, Package, Wanted

_RUNS = ("get_class_from_dynamic_module",)
_ABSENT = ("get_class_from_dynamic_module", "trust_remote_code")


def _gate(name: str, *symbols: str, given: Mapping[str, Constant] | None = None) -> Gate:
    return Gate(
        name=name,
        mechanism="execution gate",
        surface="load",
        parameter="trust_remote_code",
        symbols=symbols,
        runs=_RUNS,
        absent=_ABSENT,
        given=given or {},
        bypasses=(
            Bypass(
                "a class of the library itself is taken instead where there is one",
                "resolve_trust_remote_code",
                r"if has_local_code\b",
            ),
        ),
    )


def _pinning(parameter: str) -> Gate:
    return Gate(
        name=f"transformers.{parameter}",
        mechanism="pinning",
        surface="download",
        parameter=parameter,
        symbols=("get_class_from_dynamic_module",),
        opened="0123456789abcdef0123456789abcdef01234567",
        otherwise="none",
        # not cached_path: it gets an address, which hf_bucket_url has made with the revision
        downloads=("cached_file", "hf_hub_download", "get_cached_module_file", "hf_bucket_url"),
    )


_REVISION = Gate(
    name="transformers.auto_model.revision",
    mechanism="pinning",
    surface="load",
    parameter="revision",
    symbols=("_BaseAutoModelClass.from_pretrained", "AutoModel.from_pretrained"),
    opened="0123456789abcdef0123456789abcdef01234567",
    given={"trust_remote_code": True},
    otherwise="none",
)

_FORMATS = ("safe formats", "load", "PreTrainedModel.from_pretrained")

PACKAGE = Package(
    package="transformers",
    platform="huggingface",
    wanted=Wanted(
        (
            "transformers/dynamic_module_utils.py",
            "transformers/modeling_utils.py",
            "transformers/configuration_utils.py",
            "transformers/file_utils.py",
            "transformers/pipelines.py",
            "transformers/pipelines/__init__.py",
            "transformers/pipelines/base.py",
            "transformers/models/auto/*.py",
            "transformers/modeling_auto.py",
            "transformers/configuration_auto.py",
            "transformers/tokenization_auto.py",
            "transformers/utils/hub.py",
            "transformers/utils/kernel_config.py",
            "transformers/integrations/hub_kernels.py",
            "transformers/generation/utils.py",
            "transformers/tools/base.py",
            "transformers/agents/tools.py",
            "transformers/cli/*.py",
            "transformers/commands/*.py",
        )
    ),
    rules=(
        _gate(
            "transformers.auto_model",
            "_BaseAutoModelClass.from_pretrained",
            "AutoModel.from_pretrained",
            "auto_factory.from_pretrained",
        ),
        _gate("transformers.auto_config", "AutoConfig.from_pretrained"),
        _gate("transformers.auto_tokenizer", "AutoTokenizer.from_pretrained"),
        _gate("transformers.pipeline", "pipelines.pipeline", given={"model": "owner/model", "task": "text-generation"}),
        _gate("transformers.custom_generate", "GenerationMixin.load_custom_generate"),
        _REVISION,
        _pinning("revision"),
        _pinning("code_revision"),
        Override(
            name="transformers.overrides",
            mechanism="execution gate",
            surface="load",
            parameter="trust_remote_code",
            levels={"True": ("none", "the library opens the gate itself in this call")},
        ),
        Default(
            name="transformers.use_safetensors",
            mechanism=_FORMATS[0],
            surface="load",
            parameter="use_safetensors",
            symbols=(_FORMATS[2],),
            levels={
                "None": ("none", "safetensors where there are, pickled weights otherwise, and nothing is said"),
                "None if is_safetensors_available() else False": (
                    "none",
                    "safetensors where there are and the package is installed, pickled weights otherwise",
                ),
                "True": ("opt-in", "only safetensors are read"),
                "False": ("none", "pickled weights are read"),
            },
            without=("none", "pickled weights are read"),
        ),
        Default(
            name="transformers.weights_only",
            mechanism="execution gate",
            surface="load",
            parameter="weights_only",
            symbols=(_FORMATS[2],),
            levels={
                "True": ("opt-in", "pickles with anything but weights are refused"),
                "False": ("none", "pickles are read whole"),
            },
        ),
        Default(
            name="transformers.safe_serialization",
            mechanism=_FORMATS[0],
            surface="upload",
            parameter="safe_serialization",
            symbols=("PreTrainedModel.save_pretrained",),
            levels={
                "True": ("opt-in", "safetensors are written unless something else is asked for"),
                "False": ("none", "pickled weights are written"),
            },
        ),
    ),
)
