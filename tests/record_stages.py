"""What of the example is recorded: a command, the study folder that is used, and raw records made the example's own.

Only addresses and times are made so; all else is as a command has stored it.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from four_sites import TOKEN

from codebook.blobs import FOLDER
from codebook.raw import Page, RawStore

EXAMPLE = Path(__file__).resolve().parents[1] / "codebook" / "example"
RECORDED_AT = "2026-01-20T00:00:00+00:00"
_CHANGING = {"date", "server"}
_GZIPPED = "*.jsonl.gz"
_ORDER = ("collect", "coding", "scan", "platforms")


def command(stage: str, *arguments: str) -> str:
    """Run a command of the toolkit; give its standard output."""
    line = [sys.executable, "-m", f"{stage}.cli", *arguments]
    done = subprocess.run(line, env=os.environ | TOKEN, capture_output=True, text=True, check=False)
    sys.stderr.write(done.stderr)
    if done.returncode:
        raise SystemExit(f"{' '.join(line)}: exit status {done.returncode}")
    return done.stdout.strip()


def point_at(folder: Path, section: str, local: Mapping[str, str]) -> dict[str, str]:
    """Write local addresses into a section of ``study.toml``, by the names of its parts.

    Returns:
        The example's addresses by the local ones.
    """
    path, there = folder / "study.toml", tomllib.loads((EXAMPLE / "study.toml").read_text(encoding="utf-8"))[section]
    head, mark, text = path.read_text(encoding="utf-8").partition(f"\n[{section}.")
    for name, url in local.items():
        begin, of, rest = text.partition(f"{name}]\n")
        text = begin + of + rest.replace(f'base_url = "{there[name]["base_url"]}"', f'base_url = "{url}"', 1)
    path.write_text(head + mark + text, encoding="utf-8")
    return {url: there[name]["base_url"] for name, url in local.items()}


def neutral(page: Page, addresses: Mapping[str, str]) -> Page:
    """A page without the addresses and moments of its recording."""
    body = page.body
    for here, there in addresses.items():
        body = body.replace(here.encode(), there.encode())
        body = body.replace(
            here.replace("/", "\\/").encode(), there.replace("/", "\\/").encode()
        )  # Label Studio's JSON
    headers = {k: v for k, v in page.headers.items() if k not in _CHANGING}
    base = addresses.get(page.base, page.base)
    return replace(page, body=body, base=base, headers=headers, fetched_at=RECORDED_AT)


def digest(body: bytes) -> str:
    """SHA-256, hexadecimal."""
    return sha256(body).hexdigest()


def publish(folder: Path, to: Path, stages: tuple[str, ...], addresses: dict[str, str]) -> None:
    """Put the raw records and contents of the stages into the example."""
    for stage in stages:
        shutil.rmtree(to / "raw" / stage, ignore_errors=True)
        of = folder / "raw" / stage
        for place in sorted({path.parent.relative_to(of) for path in of.rglob(_GZIPPED)}):
            store = RawStore(to / "raw" / stage / place)
            for page in RawStore(of / place).pages():
                made = neutral(page, addresses)
                store.append(made)
                # the end of a pull names the exports by hash
                addresses = addresses | {digest(page.body): digest(made.body)}
            store.close()
        if (of / FOLDER).exists():
            shutil.copytree(of / FOLDER, to / "raw" / stage / FOLDER)


def ledger_lines(folder: Path) -> Iterator[str]:
    """The runs, without the hashes of tables that hold this recording's pseudonyms."""
    for line in (folder / "runs.jsonl").read_text(encoding="utf-8").splitlines():
        run = json.loads(line)
        kept = {"arguments": {}, "inputs": {}, "outputs": {}, "began": RECORDED_AT, "at": RECORDED_AT}
        yield json.dumps(run | kept, ensure_ascii=False) + "\n"


def merged(before: Iterable[str], now: Iterable[str]) -> list[str]:
    """The lines of a ledger: those of now, and those of before of stages that were not recorded now."""
    lines = list(now)
    stages = {_stage(line) for line in lines}
    kept = [f"{line}\n" for line in before if _stage(line) not in stages]
    return sorted([*kept, *lines], key=lambda line: _ORDER.index(_stage(line)))


def _stage(line: str) -> str:
    return str(json.loads(line)["command"]).partition(" ")[0]
