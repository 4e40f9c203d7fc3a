"""Makes ``codebook/example/raw`` anew: an invented world, collected, coded, scanned and read from local sites.

Run ``python tests/record_example.py`` after a change to one of the worlds (``sites/example_*.yaml``), or to what a
command asks for or stores; everything that ``qualdev[all]`` brings has to be installed. The commands are those of a
user, the Label Studio and the scanners are real; only addresses and times are then made the example's own. With names
of stages (``collect``, ``scan``, ``platforms``) only these are recorded anew; ``collect`` brings ``coding`` with it.
"""

import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

from four_sites import example, four_sites
from record_codings import coded
from record_stages import EXAMPLE, command, ledger_lines, merged, point_at, publish
from sites.example_hubs import example_hubs
from sites.example_packages import example_index

STAGES = ("collect", "scan", "platforms")


def collected(folder: Path) -> dict[str, str]:
    """Collect and code the threads; give the example's addresses by those that were used."""
    with four_sites(example()) as sites:
        addresses = point_at(folder, "sources", {name: site.base_url for name, site in sites.local.items()})
        command("collect", "threads", "--study", str(folder))
    return addresses | {coded(folder): "http://127.0.0.1:8080"}


def scanned(folder: Path) -> dict[str, str]:
    """List the models, get their code and have scanners look at it."""
    with example_hubs() as hubs:
        addresses = point_at(folder, "hubs", {name: site.base_url for name, site in hubs.items()})
        for name in ("models", "fetch", "code"):
            command("scan", name, "--study", str(folder))
    return addresses


def released(folder: Path) -> dict[str, str]:
    """Get the releases of the client packages, and the documents."""
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    there = tomllib.loads(text)["platforms"]["index"].removesuffix("/simple")
    with example_index() as index:
        path.write_text(text.replace(there, index.base_url), encoding="utf-8")
        command("platforms", "fetch", "--study", str(folder))
        return {index.base_url: there}


def new_study(folder: Path) -> None:
    """A study as the example is, with nothing recorded."""
    folder.mkdir()
    for name in ("study.toml", "codebook.yaml"):
        shutil.copy(EXAMPLE / name, folder)
    shutil.copytree(EXAMPLE / "documents", folder / "documents")


def main(wanted: tuple[str, ...]) -> None:
    """Record the stages that are wanted."""
    making = {"collect": collected, "scan": scanned, "platforms": released}
    runs = EXAMPLE / "runs.jsonl"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "study"
        new_study(folder)
        for stage in wanted:
            addresses = making[stage](folder)
            made = ("collect", "coding") if stage == "collect" else (stage,)
            publish(folder, EXAMPLE, made, addresses)
        lines = merged(runs.read_text(encoding="utf-8").splitlines(), ledger_lines(folder))
        runs.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(tuple(stage for stage in STAGES if stage in sys.argv[1:]) or STAGES)
