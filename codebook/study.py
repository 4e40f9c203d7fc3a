"""The study folder: where a study's settings, raw records, tables and runs lie.

::

    study.toml  codebook.yaml  raw/<stage>/<site>/  tables/<table>.parquet  runs.jsonl  out/

It is found by ``--study``, ``$STUDY``, or the nearest parent with a ``study.toml``. One command writes at a time.
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import duckdb

from codebook import tables
from codebook.errors import StoppedEarly, StudyError
from codebook.forgotten import Forgotten
from codebook.raw import RawStore
from codebook.rows import TABLES, Row
from codebook.settings import Origin, Settings, load, toml_string
from codebook.themes import Codebook

if TYPE_CHECKING:  # slow to import, and only notebooks want it
    import pandas as pd

R = TypeVar("R", bound=Row)

TEMPLATE = """\
[study]
title = {title}
keywords = ["trust_remote_code", "trust_repo"]
since = 2019-01-01

# Every key is explained in the README of qualdev; `codebook check` names what it does not know.
# [sources.github]
# kind = "github"
# base_url = "https://api.github.com"
# token_env = "GITHUB_TOKEN"

[coders]
names = ["coder_a", "coder_b"]
"""

IGNORED = "# people's words and keys stay private\n/raw/\n/.private/\n/tables/\n/out/\n"


@dataclass(frozen=True)
class Study:
    """One study folder that exists.

    Args:
        path: The folder.
        settings: Its ``study.toml``.
        origin: Where the settings came from, for errors.
    """

    path: Path
    settings: Settings
    origin: Origin

    @classmethod
    def open(cls, path: Path) -> "Study":
        """Open a folder that has a ``study.toml``.

        Raises:
            StudyError: There is none, or it is not valid.
        """
        if not (path / "study.toml").is_file():
            raise StudyError(
                "no study.toml",
                where=str(path),
                hint="Make a study with: codebook init DIR (or give one with --study).",
            )
        loaded, origin = load(path / "study.toml")
        return cls(path.resolve(), loaded, origin)

    @classmethod
    def find(cls, given: Path | None) -> "Study":
        """Open ``given``, else ``$STUDY``, else the nearest parent of the working folder with a ``study.toml``."""
        named = given or (Path(os.environ["STUDY"]) if os.environ.get("STUDY") else None)
        if named:
            return cls.open(named)
        here = Path.cwd()
        nearest = next((p for p in (here, *here.parents) if (p / "study.toml").is_file()), here)
        return cls.open(nearest)

    @classmethod
    def create(cls, path: Path, title: str) -> "Study":
        """Make a new study folder with a ``study.toml`` to fill in.

        Raises:
            StudyError: The folder is not empty.
        """
        if path.exists() and any(path.iterdir()):
            raise StudyError("the folder is not empty", where=str(path), hint="Name a new folder.")
        path.mkdir(parents=True, exist_ok=True)
        made = (path / ".gitignore", path / "study.toml")
        try:
            made[0].write_text(IGNORED, encoding="utf-8")
            made[1].write_text(TEMPLATE.format(title=toml_string(title)), encoding="utf-8")
        except OSError:
            for half in made:
                half.unlink(missing_ok=True)
            raise
        return cls.open(path)

    @cached_property
    def codebook(self) -> Codebook:
        """The study's codes, from ``codebook.yaml``."""
        return Codebook.load(self.path / "codebook.yaml")

    @property
    def has_codebook(self) -> bool:
        """Whether it has a ``codebook.yaml``."""
        return (self.path / "codebook.yaml").exists()

    @property
    def book(self) -> Codebook | None:
        """The codes, if it has a codebook."""
        return self.codebook if self.has_codebook else None

    @property
    def is_in_use(self) -> bool:
        """Whether there are raw records and tables: then the ledger and the key are there, too, or were lost.

        Recorded codebooks do not count: they name nobody, so that they may be there before the key is.
        """
        raw, made = (self.path / "raw").glob("*/*/*.jsonl.gz"), (self.path / "tables").glob("*.parquet")
        return any(path.parts[-3] != "codebook" for path in raw) and any(made)

    @property
    def private(self) -> Path:
        """The folder for keys and tokens, readable by its owner only."""
        folder = self.path / ".private"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    @cached_property
    def key(self) -> bytes:
        """This study's secret for pseudonyms: 32 random bytes, made on first use, never in a table."""
        path = self.private / "pseudonyms.key"
        if not path.exists():
            self._make_key(path)
        text = path.read_bytes().strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{64}", text):
            raise StudyError("the key for pseudonyms is damaged", where=str(path), hint="Restore it from a backup.")
        return bytes.fromhex(text.decode("ascii"))

    def _make_key(self, path: Path) -> None:
        if self.is_in_use:
            raise StudyError(
                "the key for pseudonyms is missing, though the study has raw records and tables",
                where=str(path),
                hint="Restore it from a backup. With a new key everybody gets another pseudonym: delete tables/ first.",
            )
        part = path.with_suffix(".part")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(secrets.token_hex(32))
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)

    def source_origin(self, group: str, name: str) -> Origin:
        """Where ``[group.name]`` stands, for errors about its keys."""
        return Origin(self.origin.path, self.origin.text, (group, name))

    def raw(self, stage: str, site: str) -> RawStore:
        """The raw store of one stage and site."""
        return RawStore(self.path / "raw" / stage / site, self.forgotten.page(stage, site))

    @property
    def forgotten(self) -> Forgotten:
        """What the study was asked to forget."""
        return Forgotten(self.path / "raw" / "forgotten.jsonl", lambda: self.key)

    def table(self, name: str) -> Path:
        """Where a table's file is, or would be."""
        if name not in TABLES:
            raise StudyError(f"no table {name!r}", hint=f"There are: {', '.join(TABLES)}.")
        return self.path / "tables" / f"{name}.parquet"

    def read(self, row_type: type[R]) -> Iterator[R]:
        """The rows of a table in its order (:meth:`codebook.rows.Row.order`); none if it does not exist yet."""
        return tables.read(self.table(table_name(row_type)), row_type)

    def write(self, row_type: type[R], rows: Iterable[R], folder: Path | None = None) -> Path:
        """Write a table whole (see :func:`codebook.tables.write`), into ``folder`` if given."""
        name = table_name(row_type)
        path = (folder / f"{name}.parquet") if folder else self.table(name)
        tables.write(path, row_type, rows)
        return path

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A DuckDB connection with a view per table; a table that does not exist yet is an empty view."""
        with tables.connect(self.path / "tables") as con:
            con.execute("SET parquet_metadata_cache = true")  # long tables: 0.03 s less for each statement
            for name, row_type in TABLES.items():
                if self.table(name).exists():
                    source = f"SELECT * FROM {tables.parquet(self.table(name))}"  # noqa: S608
                else:
                    empty = ", ".join(f'NULL::{c.sql_type} AS "{c.name}"' for c in tables.columns(row_type))
                    source = f"SELECT {empty} WHERE false"
                try:
                    con.execute(f"CREATE VIEW {name} AS {source}")
                except duckdb.Error as error:
                    raise tables.unreadable(self.table(name), error) from error
            yield con

    def frame(self, name: str) -> "pd.DataFrame":
        """A table as a pandas data frame, for notebooks; lists stay lists, moments are UTC without a zone."""
        import pandas as pd

        if not self.table(name).exists():
            return pd.DataFrame(columns=[c.name for c in tables.columns(TABLES[name])])
        with self.connect() as con:
            return con.execute(f"SELECT * FROM {name}").df()  # noqa: S608 - a name of the data dictionary

    @contextmanager
    def writing(self, command: str) -> Iterator[None]:
        """Be the only command that writes; the lock goes with the process, however it ends.

        Raises:
            StoppedEarly: Another command is writing.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(self.private / "writer.lock", timeout=0)
        note = self.private / "writer.json"
        try:
            with lock:
                note.write_text(json.dumps({"command": command, "pid": os.getpid()}), encoding="utf-8")
                yield
        except Timeout:
            raise StoppedEarly(
                f"another command is writing to this study: {_holder(note)}",
                where=str(self.path),
                hint="Wait until it is done, then run the same command again.",
            ) from None


def _holder(note: Path) -> str:
    try:
        holder = json.loads(note.read_text(encoding="utf-8"))
        return f"{holder['command']} (process {holder['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "it has not said which"  # the note is written just after the lock is taken


def table_name(row_type: type[Row]) -> str:
    """The table that a row class belongs to."""
    return next(name for name, each in TABLES.items() if each is row_type)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
