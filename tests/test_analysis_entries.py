"""The pairs behind a crosstab as arrays: counted again, they are the crosstab."""

from collections.abc import Callable

import hand_study
import numpy as np
import pytest
from hand_study import BOOK, row

from analysis.crosstab import by_layer, count, pairs
from analysis.entries import entries
from analysis.question import Asked, resolve
from codebook.rows import Finding, Model, ModelFile, Planned
from codebook.study import Study

Make = Callable[..., Study]


@pytest.fixture
def study(make_study: Make) -> Study:
    study = hand_study.write(make_study(codebook=BOOK))
    study.write(Model, [row(Model, model_id=m, platform=p) for m, p in (("m1", "hub"), ("m2", "zoo"))])
    files = (("m1", "a"), ("m2", "a"), ("m2", "b"))
    study.write(ModelFile, [row(ModelFile, model_id=m, path=f"{s}.py", sha256=s * 64) for m, s in files])
    found = (("f1", "CWE-502", "a"), ("f2", "CWE-502", "a"), ("f3", None, "b"), ("f4", "CWE-502", "c"))
    study.write(
        Finding, [row(Finding, finding_id=f, tool="x", cwe=c, sha256=s * 64, current=True) for f, c, s in found]
    )
    drawn = (("t1", "s1", 2.0), ("t2", "s1", 2.0), ("t3", "s2", 1.5))
    study.write(
        Planned,
        [row(Planned, unit_id=t, thread_id=t, coder="a", stratum=s, weight=w, kind="thread") for t, s, w in drawn],
    )
    return study


@pytest.mark.parametrize(
    ("rows", "cols", "layers", "unit"),
    [
        ("theme", "source", None, None),
        ("theme", "source", "coder", None),
        ("code", "theme", "year", None),
        ("code", "role", None, "post"),
        ("code", "coder", None, "coding"),
        ("cwe", "platform", None, None),
        ("cwe", "platform", "tool", "model"),
    ],
)
def test_counted_again_they_are_the_crosstab(study: Study, rows: str, cols: str, layers: str | None, unit: str) -> None:
    with pairs(study, resolve(study, Asked(rows=rows, cols=cols, layers=layers, unit=unit))) as made:
        table = count(made)
        parts = by_layer(made, table)
        found = entries(made, table, parts)

    assert table.n_all == found.units == len(np.unique(found.unit))
    for r, c in table.n:
        here = (found.row == table.rows.index(r)) & (found.col == table.cols.index(c))
        assert table.n[r, c] == len(np.unique(found.unit[here]))
        for place, part in enumerate(parts.values()):
            assert found.layer is not None
            assert part.n.get((r, c), 0) == np.count_nonzero(here & (found.layer == place))


def test_arrays_of_the_study_that_is_counted_by_hand(study: Study) -> None:
    """Units t1, t2, t3, t4; rows Usability, Security, (none); columns forum, github."""
    with pairs(study, resolve(study, Asked(rows="theme", cols="source", weighted=True))) as made:
        found = entries(made, count(made))

    assert found.unit.tolist() == [0, 0, 1, 2, 3]
    assert found.row.tolist() == [0, 1, 1, 0, 2]
    assert found.col.tolist() == [1, 1, 1, 0, 0]
    assert found.layer is found.cluster is None
    assert found.stratum is not None
    assert found.stratum.tolist() == [0, 0, 1, -1]
    assert found.weight is not None
    assert found.weight[:3].tolist() == [2.0, 2.0, 1.5]
    assert np.isnan(found.weight[3])


def test_findings_stand_one_by_one_in_their_contents(study: Study) -> None:
    """f4 is in a file that no model has; f1 and f2 are in one content."""
    with pairs(study, resolve(study, Asked(rows="cwe", cols="platform"))) as made:
        table = count(made)
        found = entries(made, table)

    assert (table.rows, table.cols, table.n_all) == (("CWE-502", None), ("hub", "zoo"), 3)
    assert found.unit.tolist() == [0, 0, 1, 1, 2]
    assert found.col.tolist() == [0, 1, 0, 1, 1]
    assert found.cluster is not None
    assert found.cluster.tolist() == [0, 0, 1]


def test_posts_and_codings_stand_in_their_threads(study: Study) -> None:
    for unit, sizes in (("post", [2, 1, 2, 1]), ("coding", [3, 1, 3])):
        with pairs(study, resolve(study, Asked(rows="code", cols="source", unit=unit))) as made:
            found = entries(made, count(made))

        assert found.cluster is not None
        assert np.bincount(found.cluster).tolist() == sizes
