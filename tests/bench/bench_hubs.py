"""``scan models`` on a ModelScope and an OpenCSG with 50,000 models each, killed and resumed.

    python tests/bench/bench_hubs.py [--models 50000] [--kills 3] [--hub modelscope|opencsg]

The hubs run on this machine with the shapes and caps of the real ones. Each study is gathered once in peace and once
with ``kill -9`` at moments drawn from a seed; both must give the same models. Beside them stands what a user would do
instead: one query, page after page, until the hub gives no more.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sites import modelscope, opencsg
from sites.server import LocalSite

STUDY = '[study]\ntitle = "A bench"\nkeywords = ["trust_remote_code"]\n[hubs.hub]\nkind = "{kind}"\nfiles_limit = 0\n'
SITES = {
    "modelscope": lambda count: modelscope.ModelScopeSite(modelscope.world(count, owners=count // 25)),
    "opencsg": lambda count: opencsg.OpenCSGSite(opencsg.world(count)),
}
ONE_QUERY: dict[str, tuple[str, str, str, str]] = {
    "modelscope": ("/openapi/v1/models", "page_number", "page_size=50", "id"),
    "opencsg": ("/api/v1/models", "page", "per=100", "path"),
}
SCAN = [sys.executable, "-m", "scan.cli", "models", "--study"]


def one_query(kind: str, base_url: str) -> tuple[int, int]:
    """Different models, and requests, of one query that is read page after page."""
    path, page, rest, key = ONE_QUERY[kind]
    found, number = set[str](), 0
    with requests.Session() as session:
        while True:
            number += 1
            answer = session.get(f"{base_url}{path}?{rest}&{page}={number}", timeout=60)
            body: Any = answer.json()
            data = body.get("data") or []
            models = data.get("models") if isinstance(data, dict) else data
            if answer.status_code != requests.codes.ok or not models:
                return len(found), number
            found |= {each[key] for each in models}


def scan(folder: Path) -> float:
    """Run ``scan models`` to its end; megabytes at most."""
    process = subprocess.Popen([*SCAN, str(folder)], stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"scan models ended with {os.waitstatus_to_exitcode(status)}")
    return used.ru_maxrss / 1024


def killed(folder: Path, after: float) -> None:
    """Run ``scan models`` and kill it after some seconds, if it still runs."""
    process = subprocess.Popen([*SCAN, str(folder)], stderr=subprocess.DEVNULL)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()


def study(folder: Path, kind: str, base_url: str) -> Path:
    """A new study of one hub."""
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY.format(kind=kind) + f'base_url = "{base_url}"\n', encoding="utf-8")
    return folder


def names(folder: Path) -> set[str]:
    """The models of a study, which stand in the table once each."""
    rows = duckdb.execute(f"SELECT owner || '/' || name FROM '{folder}/tables/models.parquet'").fetchall()
    found = {name for (name,) in rows}
    assert len(found) == len(rows), "a model stands twice in the table"
    return found


def measure(kind: str, count: int, kills: int, folder: Path) -> None:
    """Gather in peace and killed, and print a line each."""
    with LocalSite(SITES[kind](count)) as local:
        few, asked = one_query(kind, local.base_url)
        print(f"{kind:12} {'one query':22} {few:>8} {few / count:>7.1%} {asked:>9}")
        local.seen.clear()
        started = time.monotonic()
        megabytes = scan(peace := study(folder / f"{kind}-peace", kind, local.base_url))
        spent, requests_of_one = time.monotonic() - started, len(local.seen)
        found = names(peace)
        told = f"{kind:12} {'scan models':22} {len(found):>8} {len(found) / count:>7.1%} {requests_of_one:>9}"
        print(f"{told} {spent:>7.1f} {megabytes:>6.0f}")
        local.seen.clear()
        chance, struck = random.Random(20260120), study(folder / f"{kind}-killed", kind, local.base_url)
        for _ in range(kills):
            killed(struck, 1.0 + chance.random() * spent / 2)
        scan(struck)
        same = "the same models" if names(struck) == found else "OTHER MODELS"
        label = f"killed {kills} times: {same}"
        print(f"{kind:12} {label} ({len(local.seen)} requests, {len(local.seen) / requests_of_one:.3f} of one run's)")
        assert names(struck) == found == _world(local.site)


def _world(site: Any) -> set[str]:
    return {getattr(each, "id", None) or each.path for each in site.models}


def main() -> None:
    """Serve, run, and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--models", type=int, default=50_000)
    options.add_argument("--kills", type=int, default=3)
    options.add_argument("--hub", choices=sorted(SITES), action="append")
    asked = options.parse_args()
    print(f"{'hub':12} {'':22} {'models':>8} {'of all':>7} {'requests':>9} {'wall s':>7} {'MB':>6}")
    with tempfile.TemporaryDirectory() as name:
        for kind in asked.hub or sorted(SITES):
            measure(kind, asked.models, asked.kills, Path(name))


if __name__ == "__main__":
    main()
