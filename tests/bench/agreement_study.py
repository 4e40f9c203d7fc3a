"""A large study of codings: what is true of a unit is drawn, and coders see most of it, and more."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from hand_study import coding

from codebook import ledger
from codebook.rows import Coding
from codebook.study import Study

CODERS = ("coder_a", "coder_b", "coder_c")
THEMES, BELOW = 6, 5
SEEN, WRONG = 0.8, 0.004
"""How likely a coder gives a code that is true, and one that is not."""

_HEAD = '[study]\ntitle = "scale"\nkeywords = ["x"]\n[coders]\nnames = ["coder_a", "coder_b", "coder_c"]\n'


def written(folder: Path, units: int) -> npt.NDArray[np.bool_]:
    """Write a study folder with a codebook and the table ``codings``.

    Returns:
        What was given: codes by units by coders.
    """
    names = [f"T{theme}.c{code}" for theme in range(THEMES) for code in range(BELOW)]
    folder.mkdir(exist_ok=True)
    (folder / "study.toml").write_text(_HEAD, encoding="utf-8")
    (folder / "codebook.yaml").write_text(_book(names), encoding="utf-8")
    gave = _given(len(names), units)
    study = Study.open(folder)
    with ledger.run(study, "coding pull", {}) as run:
        run.write(Coding, _rows(gave, names))
    return gave


def _book(names: list[str]) -> str:
    themes = [f"  - {{id: T{theme}, name: Theme {theme}, definition: d}}" for theme in range(THEMES)]
    codes = [f"  - {{id: {name}, parent: {name[:2]}, name: Code {name}, definition: d}}" for name in names]
    return "\n".join(['version: "1.0.0"', "codes:", *themes, *codes, ""])


def _given(codes: int, units: int) -> npt.NDArray[np.bool_]:
    """Half of the units have one code or none; codes are unequally frequent, from about 16 % down to 1 %."""
    random = np.random.default_rng(20260120)
    often = 0.16 / (1 + np.arange(codes)) ** 0.8
    true = random.random((codes, units)) < often[:, None]
    chance = np.where(true, SEEN, WRONG)[..., None]
    return random.random((codes, units, len(CODERS))) < chance


def _rows(gave: npt.NDArray[np.bool_], names: list[str]) -> Iterator[Coding]:
    for unit in range(gave.shape[1]):
        for number, coder in enumerate(CODERS):
            found = np.flatnonzero(gave[:, unit, number])
            for code in [names[each] for each in found] or [""]:
                yield coding(f"t{unit:06d}", coder, code)
