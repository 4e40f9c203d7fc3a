"""Rules for csghub-sdk, the client of OpenCSG: it downloads a snapshot and hands it to transformers or datasets."""

from codebook.rows.claims import Level
from platforms.evidence import Default, Gate, Package, Wanted

_LATEST: tuple[Level, str] = ("none", "the newest state of the branch main is taken")
_REVISIONS: dict[str, tuple[Level, str]] = {"DEFAULT_REVISION": _LATEST, "'main'": _LATEST, "None": _LATEST}


def _download(symbol: str) -> Default:
    return Default(
        name=f"csghub.{symbol}.revision",
        mechanism="pinning",
        surface="download",
        parameter="revision",
        symbols=(symbol,),
        levels=_REVISIONS,
        without=("none", "the newest state of a branch is taken, and no other can be asked for"),
    )


def _dropped(name: str, symbol: str) -> Gate:
    """A loader whose ``revision`` has to reach the download of the snapshot to be worth anything."""
    return Gate(
        name=name,
        mechanism="pinning",
        surface="load",
        parameter="revision",
        symbols=(symbol,),
        opened="0123456789abcdef0123456789abcdef01234567",
        otherwise="none",
        downloads=("snapshot_download",),
    )


PACKAGE = Package(
    package="csghub-sdk",
    platform="opencsg",
    wanted=Wanted(
        (
            "pycsghub/repo_reader/*.py",
            "pycsghub/snapshot_download.py",
            "pycsghub/file_download.py",
            "pycsghub/constants.py",
            "pycsghub/utils.py",
            "!pycsghub/test/*",
        )
    ),
    rules=(
        Default(
            name="csghub.auto_model",
            mechanism="execution gate",
            surface="load",
            parameter="trust_remote_code",
            symbols=("model_auto.from_pretrained",),
            levels={},
            without=("unknown", "what the user sets goes to the installed transformers, which decides"),
        ),
        Default(
            name="csghub.load_dataset",
            mechanism="execution gate",
            surface="load",
            parameter="trust_remote_code",
            symbols=("load_dataset",),
            levels={"None": ("unknown", "None is handed to the installed datasets, which decides")},
            without=("unknown", "what the user sets goes to the installed datasets, which decides"),
        ),
        _dropped("csghub.auto_model.revision", "model_auto.from_pretrained"),
        _dropped("csghub.load_dataset.revision", "load_dataset"),
        _download("snapshot_download"),
        _download("file_download"),
    ),
)
