"""Makes ``codebook/example/raw`` anew: the invented world, collected from local sites and coded in a real Label Studio.

Run ``python tests/record_example.py`` after a change to ``sites/example_threads.yaml``, to
``sites/example_codings.yaml`` or to what a source asks for. The commands are those of a user; only addresses and times
are then made the example's own.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from four_sites import TOKEN, example, four_sites
from live_studio import LiveCoder, LiveStudio
from ruamel.yaml import YAML

from codebook.raw import Page, RawStore
from codebook.study import Study

EXAMPLE = Path(__file__).resolve().parents[1] / "codebook" / "example"
CODINGS = Path(__file__).parent / "sites" / "example_codings.yaml"
RECORDED_AT = "2026-01-20T00:00:00+00:00"
_CHANGING = {"date", "server"}


def command(stage: str, *arguments: str) -> str:
    """Run a command of the toolkit; give its standard output."""
    line = [sys.executable, "-m", f"{stage}.cli", *arguments]
    done = subprocess.run(line, env=os.environ | TOKEN, capture_output=True, text=True, check=False)
    sys.stderr.write(done.stderr)
    if done.returncode:
        raise SystemExit(f"{' '.join(line)}: exit status {done.returncode}")
    return done.stdout.strip()


def thread_id(entry: dict[str, Any]) -> str:
    """The id that a thread of the world gets in the tables."""
    mark = "#d" if (entry["site"], entry["item"]) == ("github", "discussion") else "#"
    return f"{entry['site']}:" + (f"{entry['repo']}{mark}" if entry["repo"] else "") + str(entry["number"])


def code(study: Study, live: LiveStudio) -> None:
    """Have both invented coders code what they were given."""
    given = YAML(typ="safe", pure=True).load(CODINGS.read_text(encoding="utf-8"))["coders"]
    for name, entries in given.items():
        coder = LiveCoder.of(study, live, name)
        units = {task["data"]["unit_id"] for task in live.export(coder.project)}
        for entry in entries:
            if thread_id(entry) in units:
                paths = [[step.id for step in study.codebook.path(c)] for c in entry["codes"]]
                extra = {"memo": entry.get("memo", "").strip(), "confidence": entry["confidence"]}
                coder.annotate(thread_id(entry), *paths, **extra)


def collected(folder: Path) -> None:
    """Collect the world into a study folder that is the example but for its addresses."""
    folder.mkdir()
    text = (EXAMPLE / "study.toml").read_text(encoding="utf-8")
    with four_sites(example()) as sites:
        for name, section in tomllib.loads(text)["sources"].items():
            text = text.replace(f'base_url = "{section["base_url"]}"', f'base_url = "{sites.local[name].base_url}"')
        (folder / "study.toml").write_text(text, encoding="utf-8")
        shutil.copy(EXAMPLE / "codebook.yaml", folder)
        command("collect", "threads", "--study", str(folder))


def coded(folder: Path) -> str:
    """Push, code and pull with a Label Studio of its own; give its address."""
    url = command("coding", "serve", "--detach", "--study", str(folder))
    try:
        command("coding", "push", "--study", str(folder))
        token = json.loads((folder / ".private" / "label-studio" / "admin.json").read_text())["token"]
        code(Study.open(folder), LiveStudio(url, token))
        command("coding", "pull", "--study", str(folder))
    finally:
        command("coding", "serve", "--stop", "--study", str(folder))
    return url


def neutral(page: Page, addresses: dict[str, str]) -> Page:
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
    """Put the raw records of the stages into the example."""
    for stage in stages:
        shutil.rmtree(to / "raw" / stage, ignore_errors=True)
        for site in sorted(p.name for p in (folder / "raw" / stage).iterdir()):
            store = RawStore(to / "raw" / stage / site)
            for page in RawStore(folder / "raw" / stage / site).pages():
                made = neutral(page, addresses)
                store.append(made)
                # the end of a pull names the exports by hash
                addresses = addresses | {digest(page.body): digest(made.body)}
            store.close()


def ledger_lines(folder: Path) -> Iterator[str]:
    """The runs, without the hashes of tables that hold this recording's pseudonyms."""
    for line in (folder / "runs.jsonl").read_text(encoding="utf-8").splitlines():
        run = json.loads(line)
        kept = {"arguments": {}, "inputs": {}, "outputs": {}, "began": RECORDED_AT, "at": RECORDED_AT}
        yield json.dumps(run | kept, ensure_ascii=False) + "\n"


def addresses_of(folder: Path) -> dict[str, str]:
    """The example's addresses by those of the recording."""
    there = tomllib.loads((EXAMPLE / "study.toml").read_text(encoding="utf-8"))["sources"]
    here = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))["sources"]
    return {here[name]["base_url"]: there[name]["base_url"] for name in there}


def main() -> None:
    """Record everything."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "study"
        collected(folder)
        url = coded(folder)
        publish(folder, EXAMPLE, ("collect", "coding"), addresses_of(folder) | {url: "http://127.0.0.1:8080"})
        (EXAMPLE / "runs.jsonl").write_text("".join(ledger_lines(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
