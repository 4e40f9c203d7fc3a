"""Labelled texts that installed packages ship, as units with codes and a codebook, to measure suggestions on.

Two corpora, both short technical prose. *Rules*: what the linter ruff says about its rules (``ruff rule --all``),
without the code blocks; a rule has one or two codes, its subject (from the family of linters it is of) and its
category. The halves are told apart by a hash of the rule's name: one may be tuned on, the other not. *Functions*: what
scipy's public functions and classes do, by subpackage; one code each; never tuned on. The definitions were written for
this benchmark from the names of the codes, before any text was scored.
"""

import hashlib
import importlib
import inspect
import json
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from codebook.themes import Code, Codebook

FEWEST, LONGEST = 60, 900
"""Characters of a text: shorter ones are left out, longer ones are cut."""

RULES = {
    "about.stubs": "Stub files (.pyi): what type stubs may hold and how they are written.",
    "about.docstrings": "Docstrings: whether they are there, their form, their sections and how they are worded.",
    "about.paths": "Paths and files: os, os.path and open() where pathlib would do.",
    "about.tests": "Tests with pytest: fixtures, marks, parametrisation, assertions in test code.",
    "about.upgrade": "Code written for old Python versions that newer syntax or a newer library function replaces.",
    "about.comprehensions": "Comprehensions and the calls of list, dict, set, map, sorted around them.",
    "about.naming": "Names: the case and the form of names of classes, functions, arguments and variables.",
    "about.async": "Asynchronous code: async functions, awaiting, timeouts, calls that block the event loop.",
    "about.frameworks": "Use of a framework: Airflow DAGs and tasks, Django models and views, FastAPI routes.",
    "about.arrays": "Use of pandas data frames or NumPy arrays and functions.",
    "about.annotations": "Type annotations: missing ones, imports that only types need, typing of functions.",
    "about.logging": "Logging: loggers, log levels, how log messages are formatted.",
    "about.exceptions": "Exceptions: raising, catching, messages of exceptions, the try statement.",
    "about.dates": "Dates and times: datetime objects with or without a time zone.",
    "about.simplify": "A shorter or more idiomatic statement or expression does the same: returns, conditions, calls.",
    "kind.correctness": "The code is outright wrong, raises an error or has no effect.",
    "kind.suspicious": "The code is probably a mistake or does something else than its author meant.",
    "kind.complexity": "The code does something simple in a complicated way and can be made simpler.",
    "kind.pedantic": "Strict rule of taste or convention, which many projects switch off; may have false alarms.",
    "kind.security": "A weakness that an attacker can use: injection, weak cryptography, secrets, unsafe calls.",
    "kind.style": "Code that could be written in a more idiomatic way.",
    "kind.formatting": "Layout of the text: white space, indentation, blank lines, commas, quotes, line length.",
}
_FAMILIES = {
    "about.stubs": ("flake8-pyi",),
    "about.docstrings": ("pydocstyle", "pydoclint"),
    "about.paths": ("flake8-use-pathlib",),
    "about.tests": ("flake8-pytest-style",),
    "about.upgrade": ("pyupgrade", "flake8-2020", "flynt"),
    "about.comprehensions": ("flake8-comprehensions",),
    "about.naming": ("pep8-naming", "flake8-builtins"),
    "about.async": ("flake8-async",),
    "about.frameworks": ("Airflow", "flake8-django", "FastAPI"),
    "about.arrays": ("pandas-vet", "NumPy-specific rules"),
    "about.annotations": ("flake8-annotations", "flake8-type-checking", "flake8-future-annotations"),
    "about.logging": ("flake8-logging-format", "flake8-logging"),
    "about.exceptions": ("tryceratops", "flake8-blind-except", "flake8-errmsg", "flake8-raise"),
    "about.dates": ("flake8-datetimez",),
    "about.simplify": ("flake8-simplify", "refurb", "flake8-pie", "flake8-return"),
}
_SUBJECT = {linter: code for code, linters in _FAMILIES.items() for linter in linters}

FUNCTIONS = {
    "fft": "Discrete Fourier, cosine, sine and Hankel transforms, their inverses and sample frequencies.",
    "integrate": "Numerical integration (quadrature) and solvers of ordinary differential equations.",
    "interpolate": "Interpolation and smoothing: splines, polynomials through points, data on grids.",
    "linalg": "Dense linear algebra: solving systems, decompositions, eigenvalues, functions of matrices.",
    "ndimage": "Images in any number of dimensions: filters, morphology, measuring labelled objects.",
    "optimize": "Finding minima and roots, curve fitting, linear programming, assignment.",
    "signal": "Signals: filter design, convolution, spectra, windows, linear systems, peaks.",
    "sparse": "Sparse matrices and arrays: storage formats, construction, conversion.",
    "spatial": "Points in space: distances, nearest neighbours, triangulation, convex hulls, rotations.",
    "special": "Special functions of mathematics: gamma, Bessel, elliptic, orthogonal polynomials.",
    "stats": "Statistics: probability distributions, hypothesis tests, summary statistics, correlation.",
}


@dataclass(frozen=True)
class Corpus:
    """Units with what is true of them.

    Args:
        name: What it is called in the table.
        book: The codes with their definitions.
        ids: The units' ids.
        texts: Their prose.
        truth: Which codes they have; units by codes in the order of the codebook's leaves.
    """

    name: str
    book: Codebook
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    truth: npt.NDArray[np.bool_]


def development() -> Corpus:
    """The half of the rules that may be tuned on."""
    return _rules("rules of ruff, development half", half=0)


def held_out() -> tuple[Corpus, ...]:
    """What is never tuned on: the other half of the rules, and the functions."""
    return _rules("rules of ruff, test half", half=1), _functions("functions of scipy")


def _book(definitions: Mapping[str, str]) -> Codebook:
    parents = dict.fromkeys(code.partition(".")[0] for code in definitions if "." in code)
    codes = {
        parent: Code(id=parent, name=parent.capitalize(), definition=f"What is said: {parent}.") for parent in parents
    }
    for code, definition in definitions.items():
        parent, _, name = code.rpartition(".")
        codes[code] = Code(id=code, name=name.capitalize(), definition=definition, parent=parent or None)
    return Codebook("1.0.0", codes, "")


def _corpus(name: str, definitions: Mapping[str, str], found: Mapping[str, tuple[str, set[str]]]) -> Corpus:
    """Put a corpus together, in the order of the ids' hashes, so that neighbours are no kin."""
    book = _book(definitions)
    kept = {key: value for key, value in found.items() if len(value[0]) >= FEWEST and value[1]}
    ids = sorted(kept, key=_hash)
    truth = np.array([[leaf.id in kept[each][1] for leaf in book.leaves()] for each in ids], dtype=bool)
    return Corpus(name, book, tuple(ids), tuple(kept[each][0][:LONGEST] for each in ids), truth)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _rules(name: str, half: int) -> Corpus:
    ruff = Path(sys.executable).parent / "ruff"
    said = subprocess.run([str(ruff), "rule", "--all", "--output-format", "json"], check=True, capture_output=True)
    found = {}
    for rule in json.loads(said.stdout):
        if int(_hash(rule["name"]), 16) % 2 == half:
            codes = {_SUBJECT.get(rule["linter"] or "", ""), f"kind.{rule.get('category')}"} & RULES.keys()
            found[rule["name"]] = (_prose(rule["explanation"] or ""), codes)
    return _corpus(name, RULES, found)


def _prose(explanation: str) -> str:
    """What the rule does and why, without code blocks, examples, options and references."""
    plain = re.sub(r"```.*?```", " ", explanation, flags=re.DOTALL)
    parts = re.split(r"^## (.+)$", plain, flags=re.MULTILINE)
    said = [body for head, body in zip(parts[1::2], parts[2::2], strict=True) if head.startswith(("What", "Why"))]
    return " ".join(" ".join(said).split())


def _functions(name: str) -> Corpus:
    return _corpus(
        name, FUNCTIONS, {f"{part}.{each}": (text, {part}) for part in FUNCTIONS for each, text in _of(part)}
    )


def _of(part: str) -> Iterator[tuple[str, str]]:
    """Public names of a subpackage with the prose of their docstrings: what stands before the first section."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = importlib.import_module(f"scipy.{part}")
        seen = set()
        for each in sorted(module.__all__):
            written = inspect.getdoc(getattr(module, each)) or ""
            before = re.split(r"\n[^\n]+\n-{3,}\n", written)[0]
            text = " ".join(re.sub(r"^\S+\(.*?\)\n", "", before).replace("scipy", " ").split())
            if callable(getattr(module, each)) and text not in seen:
                seen.add(text)
                yield each, text
