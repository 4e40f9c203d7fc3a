"""A study whose releases and documents are got by ``platforms fetch``, and the archives that it gets."""

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner, Result
from sites.server import LocalSite

from codebook import ledger
from codebook.rows import Document, Release
from codebook.study import Study, file_sha256
from platforms.cli import cli

HEAD = '[study]\ntitle = "A test"\nkeywords = ["trust_remote_code"]\n[platforms]\n'
PLATFORM_OF = {"client": "huggingface", "other": "modelscope"}


def wheel(files: Mapping[str, bytes], *, stored: bool = False) -> bytes:
    """A wheel with these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=archive.compression)
    return out.getvalue()


def sources(files: Mapping[str, bytes], top: str = "client-1.0") -> bytes:
    """An archive of sources, ``.tar.gz``."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(out.getvalue(), mtime=0)


@dataclass(frozen=True)
class PlatformStudy:
    """A study folder, and the command in it."""

    folder: Path

    @classmethod
    def at(
        cls, folder: Path, local: LocalSite | None = None, more: str = "", packages: tuple[str, ...] = ()
    ) -> "PlatformStudy":
        """Make one that asks a local index for these packages; none: for ``client``."""
        folder.mkdir(parents=True, exist_ok=True)
        index = f'index = "{local.base_url}/simple"\npackages = {json.dumps(packages or ["client"])}\n' if local else ""
        of = ", ".join(f"{name} = {json.dumps(platform)}" for name, platform in PLATFORM_OF.items())
        (folder / "study.toml").write_text(f"{HEAD}{index}platform_of = {{ {of} }}\n{more}", encoding="utf-8")
        return cls(folder)

    @property
    def study(self) -> Study:
        """The folder, opened anew."""
        return Study.open(self.folder)

    def fetch(self, *options: str) -> Result:
        """Run ``platforms fetch`` in this process."""
        wait = () if "--from-raw" in options else ("--max-wait", "2")
        return CliRunner().invoke(cli, ["fetch", "--study", str(self.folder), *wait, *options])

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Start it in a process of its own."""
        command = [sys.executable, "-m", "platforms.cli", "fetch", "--study", str(self.folder), "--max-wait", "2"]
        return subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
        )

    @property
    def releases(self) -> dict[str, Release]:
        """The releases of ``client`` by version, in the order of the table."""
        return {row.version: row for row in self.study.read(Release) if row.package == "client"}

    @property
    def documents(self) -> list[Document]:
        """The documents."""
        return list(self.study.read(Document))

    @property
    def hashes(self) -> dict[str, str]:
        """The tables by their hashes."""
        return {path.name: file_sha256(path) for path in sorted((self.folder / "tables").glob("*.parquet"))}

    @property
    def runs(self) -> list[str]:
        """The runs that are done."""
        return [line["run_id"] for line in ledger.runs(self.study)]
