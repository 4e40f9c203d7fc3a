"""A study folder that points at the local sites of a generated world, and what its tables hold."""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conftest import Ran
from four_sites import TOKEN, FourSites
from sites.corpus import CorpusThread
from sites.world import MARK

from codebook.rows import Exclusion, Post, Slice, Thread
from codebook.study import Study, file_sha256

_HEAD = """[study]
title = "A generated world"
keywords = ["trust_remote_code", "trust_repo"]
since = 2019-01-01
until = 2026-01-01
"""


@dataclass(frozen=True)
class WorldStudy:
    """One study of a generated world. All of them have one key, so that their tables can be compared byte for byte."""

    folder: Path

    @classmethod
    def at(cls, folder: Path, sites: FourSites) -> "WorldStudy":
        """Make the folder, or point an existing one at other sites."""
        (folder / ".private").mkdir(parents=True, exist_ok=True)
        (folder / ".private" / "pseudonyms.key").write_text("ab" * 32)
        (folder / "study.toml").write_text(_HEAD + sites.toml(), encoding="utf-8")
        return cls(folder)

    def command(self, *options: object) -> list[str]:
        """``collect threads`` for this study."""
        asked = [sys.executable, "-m", "collect.cli", "threads", "--study", str(self.folder)]
        return [*asked, *map(str, options)]

    def collect(self, *options: object, timeout: float = 500) -> Ran:
        """Run it, as a user does."""
        done = subprocess.run(
            self.command(*options),
            capture_output=True,
            text=True,
            timeout=timeout,
            env=os.environ | TOKEN,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    @property
    def hashes(self) -> dict[str, str]:
        """The tables by name; two studies with the same tables have the same hashes."""
        return {path.stem: file_sha256(path) for path in sorted((self.folder / "tables").glob("*.parquet"))}

    @property
    def runs(self) -> list[dict[str, Any]]:
        """The lines of the ledger."""
        path = self.folder / "runs.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def threads(self) -> list[Thread]:
        return list(Study.open(self.folder).read(Thread))

    @property
    def slices(self) -> list[Slice]:
        return list(Study.open(self.folder).read(Slice))

    @property
    def excluded(self) -> set[str]:
        return {row.thread_id for row in Study.open(self.folder).read(Exclusion)}

    @property
    def posts(self) -> Counter[tuple[str, str]]:
        """Thread id and mark of every post in the table, and how often it is there."""
        rows = Study.open(self.folder).read(Post)
        return Counter((row.thread_id, (MARK.findall(row.body) or ["none"])[-1]) for row in rows)


def serve(sites: FourSites, threads: list[CorpusThread]) -> None:
    """Have the running sites serve another world."""
    for local in sites.local.values():
        site: Any = type(local.site)(
            threads, **({"token": local.site.token} if hasattr(local.site, "searches") else {})
        )
        site.base_url = local.base_url
        local.site = site
