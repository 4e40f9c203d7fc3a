"""What looks at code: one file per tool, and what several of them share.

``child`` runs a program within bounds, through ``guard``; ``answering`` and ``answerer`` look at one file after the
other in such a process; ``rule_files`` finds files of rules.
"""

from scan.scanner import Scanner

SCANNERS: dict[str, Scanner] = {}
"""Every tool by the name that ``--tool`` and the tables have for it."""
