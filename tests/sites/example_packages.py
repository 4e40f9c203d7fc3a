"""The invented releases of the example study, on a package index on this machine."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ruamel.yaml import YAML

from sites.package_index import Archive, PackageIndexSite
from sites.server import LocalSite

WORLD = Path(__file__).with_name("example_packages.yaml")


def packages() -> dict[str, list[Archive]]:
    """A wheel for each release, by the name of its package."""
    told = YAML(typ="safe", pure=True).load(WORLD.read_text(encoding="utf-8"))["packages"]
    return {name: [_archive(name, each) for each in releases] for name, releases in told.items()}


def _archive(name: str, release: Mapping[str, object]) -> Archive:
    files = release["files"]
    assert isinstance(files, dict)
    stem = f"{name.replace('-', '_')}-{release['version']}"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {release['version']}\nSummary: Invented\n"
    content = _wheel(files | {f"{stem}.dist-info/METADATA": metadata})
    return Archive(f"{stem}-py3-none-any.whl", content, f"{release['uploaded']}T00:00:00.000000Z")


def _wheel(files: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text, compress_type=archive.compression)
    return out.getvalue()


@contextmanager
def example_index() -> Iterator[LocalSite]:
    """The running index."""
    with LocalSite(PackageIndexSite(packages())) as local:
        yield local
