"""The tools that look at code, one file or room each; ``scan/scanner.py`` says what a scanner is."""

from scan.scanner import Scanner
from scan.tools.bandit import Bandit
from scan.tools.codeql import CodeQL
from scan.tools.picklescan import Picklescan
from scan.tools.semgrep import Semgrep
from scan.tools.yara import Yara

SCANNERS: dict[str, Scanner] = {
    "bandit": Bandit(),
    "codeql": CodeQL(),
    "picklescan": Picklescan(),
    "semgrep": Semgrep(),
    "yara": Yara(),
}
"""Every scanner by the name that ``--tool`` and tables use."""
