"""YARA within its bounds: a file of 30 MB and a set of 12,000 rules, a hopeless expression, and our rules at speed.

``python tests/bench/bench_yara.py [--rules FOLDER] [FOLDER...]`` generates a rule set and a file, or takes other
people's rules, and matches folders of code besides. The memory is the largest resident set of any process, as the
kernel counts it; beside it stands what ``yara-python`` does when it is called directly in one process, as a script
of one's own would.
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path

from codebook.scanning import Scan
from scan.scanner import Code, Kit, Said, Staged
from scan.tools import SCANNERS

YARA = SCANNERS["yara"]
WORDS = 12_000
MEGABYTES = 30

_DIRECT = """
import resource, sys, time, yara
rules = yara.load(sys.argv[1])
began = time.monotonic()
try:
    found = len(rules.match(data=open(sys.argv[2], "rb").read(), timeout=int(sys.argv[3])))
except yara.TimeoutError:
    found = "timed out"
print(found, round(time.monotonic() - began, 1), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def rule_set(folder: Path, rules: int) -> Path:
    """Rules as rule sets have them: a few texts each, some bytes with gaps, some expressions."""
    chance = random.Random(7)
    parts = []
    for number in range(rules):
        word = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=9))
        nocase = (
            "" if number % 10 else " nocase"
        )  # more of them and YARA compiles for minutes: quadratic in their number
        gap = " ".join(f"{chance.randrange(256):02X}" for _ in range(5))
        parts.append(
            f'rule r{number} {{ strings: $a = "{word}" $b = "{word[::-1]}"{nocase} $c = {{ {gap} [2-6] {gap} }} '
            f"$d = /{word[:5]}[a-z0-9]{{2,8}}\\.(exe|dll|so)/ condition: any of them }}"
        )
    (folder / "many").mkdir()
    (folder / "many" / "many.yar").write_text("\n".join(parts), encoding="ascii")
    return folder / "many"


def source_of(megabytes: int) -> bytes:
    """Python as generators of code write it."""
    chance = random.Random(8)
    lines = (
        f"TABLE_{chance.randrange(10**6)} = [{chance.random()}, '{chance.getrandbits(160):x}', {chance.random()}]\n"
        for _ in range(megabytes * 14_000)
    )
    return "".join(lines).encode()[: megabytes * 1_000_000]


def kit_of(rules: Path | None, seconds: float) -> tuple[Kit, float]:
    """The kit of a folder of rules, or of ours, and how long it took to make."""
    began = time.monotonic()
    settings = Scan(rules=[str(rules)] if rules else [], own_rules=rules is None, time_limit=seconds)
    kit = YARA.kit(settings, Path.cwd())
    return kit, time.monotonic() - began


def scanned(kit: Kit, files: list[Path]) -> tuple[list[Said], float]:
    """What is said of files, and how long it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "kit").mkdir()
        for part, content in kit.files.items():
            (folder / "kit" / part).write_bytes(content)
        staged = []
        for path in files:
            content = path.read_bytes()
            code = Code(sha256=sha256(content).hexdigest(), suffix=path.suffix, bytes=len(content))
            staged.append(Staged(code, path))
        began = time.monotonic()
        return list(YARA.scan(kit, folder, staged)), time.monotonic() - began


def one_large_file(name: str, rules: Path, file: Path, seconds: float) -> None:
    """A rule set on the large file, by us and directly."""
    kit, making = kit_of(rules, seconds)
    used = [each for each in kit.rule_files if each.problem is None]
    print(f"\n{name}: {sum(each.rules for each in used)} rules of {len(used)} files ", end="")
    print(f"({len(kit.rule_files) - len(used)} do not compile), ready in {making:.1f} s")
    (said,), took = scanned(kit, [file])
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"  scan code   {said.status:10} {len(said.findings):5} findings {took:6.1f} s  peak {most} MB")
    with tempfile.TemporaryDirectory() as scratch:
        compiled = Path(scratch, "rules")
        compiled.write_bytes(next(iter(kit.files.values())))
        arguments = [sys.executable, "-c", _DIRECT, str(compiled), str(file), str(int(seconds))]
        direct = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.split()
    print(f"  directly    {' '.join(direct[:-2]):10}       findings {float(direct[-2]):6.1f} s  peak {direct[-1]} MB")


def hopeless(folder: Path) -> None:
    """An expression that no engine finishes with: how long after its limit the tool is stopped."""
    (folder / "hopeless").mkdir()
    (folder / "hopeless" / "a.yar").write_text("rule x { strings: $a = /(.*a){12}b/ condition: $a }", encoding="ascii")
    file = folder / "a.txt"
    file.write_bytes(b"a" * 20_000_000)
    for seconds in (2.0, 5.0, 10.0):
        (said,), took = scanned(kit_of(folder / "hopeless", seconds)[0], [file])
        print(f"  limit {seconds:4.0f} s: {said.status} after {took:.1f} s ({said.reason})")


def ours(folders: list[Path]) -> None:
    """Our rules on folders of code."""
    files = sorted(p for folder in folders for p in folder.rglob("*.py") if p.is_file() and not p.is_symlink())
    kit, making = kit_of(None, 20)
    said, took = scanned(kit, files)
    flagged = [each for each in said if each.findings]
    print(f"\nOur {len(kit.rules)} rules, ready in {making:.2f} s, on {len(files)} files: {took:.1f} s, ", end="")
    print(f"{len(files) / took:.0f} files a second; flagged {len(flagged)} ({len(flagged) / max(len(files), 1):.1%})")
    print("  outcomes", dict(Counter(each.status for each in said)))
    for rule, count in Counter(YARA.parse(f).rule for each in said for f in each.findings).most_common():
        print(f"  {count:5} {rule}")


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rules", type=Path, help="other people's rules, besides those that are generated")
    options.add_argument("folders", nargs="*", type=Path, help="folders of code for our own rules")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "large.py"
        file.write_bytes(source_of(MEGABYTES))
        one_large_file("Generated", rule_set(folder, WORDS), file, 60)
        if chosen.rules:
            one_large_file(chosen.rules.name, chosen.rules.resolve(), file, 60)
        print("\nAn expression that is never done")
        hopeless(folder)
    if chosen.folders:
        ours(chosen.folders)


if __name__ == "__main__":
    main()
