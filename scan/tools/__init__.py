"""The tools that look at code, one file or room each; ``scan/scanner.py`` says what a scanner is."""

from scan.scanner import Scanner

SCANNERS: dict[str, Scanner] = {}
"""Every scanner by the name that ``--tool`` and tables use."""
