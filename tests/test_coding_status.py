"""How far each coder is, once codes were split and units came again."""

from collections.abc import Callable

from bs4 import BeautifulSoup
from click.testing import CliRunner
from hand_study import BOOK, coding, row

from codebook.rows import Coding, Recode, UnitOfCoding
from codebook.study import Study
from coding.cli import cli
from coding.status import COLUMNS, status

MakeStudy = Callable[..., Study]


def test_a_unit_counts_once_per_round_and_a_reading_whose_code_was_split_is_read(make_study: MakeStudy) -> None:
    """Coder a read t1 to t4 and gave t1 and t2 codes that were split; t1 came again and has its answer, t2 has not."""
    study = make_study(codebook=BOOK)
    given = [(unit, 1) for unit in ("t1", "t2", "t3", "t4", "t5")] + [("t1", 2), ("t2", 2)]
    common = {"coder": "a", "arm": "plain"}
    study.write(UnitOfCoding, [row(UnitOfCoding, unit_id=u, thread_id=u, round=r, **common) for u, r in given])
    answer = coding("t1", "a", "SEC.trust", round=2)
    study.write(Coding, [coding("t1", "a", "USE.err"), answer, coding("t3", "a", "USE.err"), coding("t4", "a", "")])
    split = [row(Recode, unit_id=u, thread_id=u, code="OLD", round=1, choices=("x",), **common) for u in ("t1", "t2")]
    study.write(Recode, split)
    CliRunner().invoke(cli, ["agreement", "--resamples", "100", "--study", str(study.path), "--html"])
    page = BeautifulSoup((study.path / "out" / "agreement.html").read_text(encoding="utf-8"), "html.parser")
    caption = page.find(id="caption-coders")
    assert caption is not None
    assert caption.parent is not None

    (found,) = status(study)
    assert found == dict(zip(COLUMNS, ("a", 7, 0, 5, 1, 3, 0, None), strict=True))
    assert [cell.get_text() for cell in caption.parent.select("tbody tr > *")] == ["a", "7", "5", "1", "2"]
