"""Packages that come with an extra, imported where they are used."""

import importlib
from types import ModuleType

from codebook.errors import Missing


def require(module: str, extra: str) -> ModuleType:
    """Import a package of an extra.

    Raises:
        Missing: It is not installed; the message is one line that names the extra.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise Missing(
            f"this needs the package {error.name!r}, which comes with an extra: pip install 'qualdev[{extra}]'"
        ) from error
