"""Rules for torch: ``torch.hub`` with its trusted owners, hashes of downloads, and what ``torch.load`` unpickles."""

from platforms.evidence import Bypass, Default, Gate, Package, Wanted

_TRUST = (
    Bypass(
        "a repository that is in the cache counts as trusted",
        "_check_repo_is_trusted",
        r"owner_name_branch in trusted_repos_legacy",
    ),
    Bypass("a repository in the file trusted_list", "_check_repo_is_trusted", r"owner_name in trusted_repos\b"),
    Bypass("an owner on the allow-list", "_check_repo_is_trusted", r"repo_owner in _TRUSTED_REPO_OWNERS"),
)


def _trust(function: str) -> Gate:
    return Gate(
        name=f"torch.hub.{function}",
        mechanism="execution gate",
        surface="load",
        parameter="trust_repo",
        symbols=(f"hub.{function}",),
        runs=("exec_module", "_import_module", "import_module"),
        bypasses=_TRUST,
        allow_lists=("_TRUSTED_REPO_OWNERS",) if function == "load" else (),
    )


_URL = ("hub.load_state_dict_from_url",)

PACKAGE = Package(
    package="torch",
    platform="pytorch_hub",
    wanted=Wanted(("torch/hub.py", "torch/serialization.py", "torch/utils/model_zoo.py")),
    rules=(
        _trust("load"),
        _trust("help"),
        _trust("list"),
        Gate(
            name="torch.hub.skip_validation",
            mechanism="pinning",
            surface="download",
            parameter="skip_validation",
            symbols=("hub.load",),
            runs=("download_url_to_file",),
        ),
        Gate(
            name="torch.load.weights_only",
            mechanism="execution gate",
            surface="load",
            parameter="weights_only",
            symbols=("serialization.load",),
            opened=False,
            runs=("_legacy_load", "_load", "Unpickler"),
        ),
        Default(
            name="torch.hub.check_hash",
            mechanism="hash verification",
            surface="download",
            parameter="check_hash",
            symbols=_URL,
            levels={
                "False": ("none", "what was downloaded is not compared with the hash in its name"),
                "True": ("opt-in", "a download without the hash of its name is refused"),
            },
            without=("unknown", "whether a hash is compared is not told by a switch"),
        ),
        Default(
            name="torch.hub.weights_only",
            mechanism="execution gate",
            surface="load",
            parameter="weights_only",
            symbols=_URL,
            levels={
                "False": ("none", "the pickle is read whole, whatever the default of torch.load is"),
                "True": ("opt-in", "pickles with anything but weights are refused"),
            },
            without=("unknown", "what is read is left to torch.load"),
        ),
    ),
)
