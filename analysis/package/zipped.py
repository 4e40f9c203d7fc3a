"""A folder as one ``.zip``: the same folder gives the same bytes."""

import shutil
import zipfile
from pathlib import Path

from codebook import manifest

_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest that the format can say; when a file was written is nobody's business."""

_MODE = 0o100644 << 16


def write(folder: Path, path: Path, top: str) -> None:
    """Pack every file of a package.

    Args:
        folder: The package.
        path: The file to write; it is the old one or the whole new one.
        top: Name of the one folder that it unpacks to.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
            for name in (*manifest.files(folder), manifest.NAME):
                entry = zipfile.ZipInfo(f"{top}/{name}", _TIME)
                entry.external_attr = _MODE
                entry.compress_type = zipfile.ZIP_STORED if name.endswith(".parquet") else zipfile.ZIP_DEFLATED
                entry.create_system = 3
                with (folder / name).open("rb") as source, packed.open(entry, "w", force_zip64=True) as target:
                    shutil.copyfileobj(source, target)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
