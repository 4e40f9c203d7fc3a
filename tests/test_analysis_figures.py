"""Figures: the same bytes for the same tables, light and dark, labels that are text and nothing else."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import hand_study
import matplotlib as mpl
import pytest
from click.testing import CliRunner
from hand_study import BOOK, HOSTILE

from analysis.cli import cli
from analysis.crosstab import Crosstab, count, pairs
from analysis.figures import drawing
from analysis.figures.every import figures
from analysis.figures.flow import flow
from analysis.figures.heatmap import heatmap
from analysis.figures.picture import FORMATS, rendered, write
from analysis.flow.box import Box, Part
from analysis.question import Asked, resolve
from codebook.errors import StudyError
from codebook.rows import Coding, Model, Thread
from codebook.study import Study

Make = Callable[..., Study]


@pytest.fixture
def study(make_study: Make) -> Study:
    return hand_study.write(make_study(codebook=BOOK))


def counted(study: Study, rows: str, cols: str) -> Crosstab:
    with pairs(study, resolve(study, Asked(rows=rows, cols=cols))) as made:
        return count(made)


def words(svg: bytes) -> list[str]:
    return [e.text or "" for e in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_the_same_tables_give_the_same_bytes(study: Study) -> None:
    """Of each kind of file; another process draws the heat map, too."""
    once, again = figures(study), figures(study)

    for name, fmt in (("flow", "pdf"), ("flow", "png"), ("theme-by-source-mosaic", "svg"), ("theme-by-source", "svg")):
        assert rendered(once[name], fmt) == rendered(again[name], fmt), (name, fmt)


def test_another_process_with_other_settings_of_matplotlib_draws_the_same(study: Study, tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("font.size: 20\nsvg.fonttype: path\nfont.family: serif\n", encoding="utf-8")
    code = (
        "import sys; from codebook.study import Study; from pathlib import Path\n"
        "from analysis.figures.every import figures; from analysis.figures.picture import rendered\n"
        "sys.stdout.buffer.write(rendered(figures(Study.find(Path(sys.argv[1])))['theme-by-source'], 'svg'))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(study.path)], capture_output=True, check=True, cwd=tmp_path)

    assert done.stdout == rendered(figures(study)["theme-by-source"], "svg")


def test_drawing_leaves_the_settings_of_whoever_calls_alone(study: Study) -> None:
    before = dict(mpl.rcParams)
    rendered(figures(study)["flow"], "svg")

    assert dict(mpl.rcParams) == before


def test_every_colour_of_a_figure_is_one_that_has_its_place_in_the_dark(study: Study) -> None:
    """A colour that is not of the palette would stay light on a dark page."""
    known = {*drawing.DARK, *drawing.LEVEL_COLOURS.values()}
    for picture in figures(study).values():
        if picture.missing:
            continue
        svg = rendered(picture, "svg").decode()
        drawn = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", svg.split("</style>")[-1]))
        assert drawn <= known, picture.name
        dark = svg.split("@media screen and (prefers-color-scheme: dark)")[1].split("</style>")[0]
        lacking = [c for c in drawn if c in drawing.DARK and f": {c}" not in dark and f'="{c}"' not in dark]
        assert lacking == [], picture.name


def test_ink_is_readable_on_every_shade_light_and_dark() -> None:
    """Contrast of at least 4.5 to 1 (WCAG 2.1, success criterion 1.4.3)."""
    areas = (*drawing.SHADES, drawing.BAND, drawing.MORE, drawing.MORE_STILL, drawing.FEWER, drawing.FEWER_STILL)

    assert [a for a in areas if _contrast(drawing.INK, a) < 4.5] == []
    assert [a for a in areas if _contrast(drawing.DARK[drawing.INK], drawing.DARK[a]) < 4.5] == []
    assert _contrast(drawing.SOFT, drawing.PAPER) >= 4.5
    assert _contrast(drawing.DARK[drawing.SOFT], drawing.DARK[drawing.PAPER]) >= 4.5


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_heat_map_has_every_count_and_says_it_in_words(study: Study) -> None:
    picture = heatmap(counted(study, "theme", "source"), {("USE", "github"): 2.5}, greyed=["SEC"])

    assert picture.alt == (
        "Heat map of theme by source, threads: Usability, forum: 1 of 2; Usability, github: 1 of 2 (more than "
        "expected); Security, forum: 0 of 2; Security, github: 2 of 2; (none), forum: 1 of 2; (none), github: 0 of 2."
    )
    assert picture.caption.startswith("Threads by theme and source (n = 4).")
    shown = words(rendered(picture, "svg"))
    assert {"Usability", "Security", "forum", "github", "▲"} <= set(shown)
    assert "▼" not in shown


def test_codes_stand_under_their_themes(study: Study) -> None:
    shown = words(rendered(heatmap(counted(study, "code", "source")), "svg"))

    assert shown.index("Usability") < shown.index("Error handling") < shown.index("Security")


@pytest.mark.parametrize(
    "label", [HOSTILE, "$\\frac{1}{", "a^b_c", "\\input{x}", "漢字 & <b>", "x" * 400, "\u202eabc\nd"]
)
def test_strangers_text_is_drawn_as_text(make_study: Make, label: str) -> None:
    """No mathematics, no markup, no control characters, and no label out of bounds."""
    study = make_study(codebook=BOOK)
    study.write(Thread, [hand_study.thread("t1", "github", 2024, site=label)])
    study.write(Coding, [hand_study.coding("t1", "coder_a", "USE.err")])
    picture = heatmap(counted(study, "theme", "site"))

    for fmt in FORMATS:
        assert rendered(picture, fmt)
    shown = words(rendered(picture, "svg"))
    assert all(len(word) <= 60 for word in shown)
    assert not re.search("[\x00-\x1f\u202a-\u202e]", "".join(shown))


def test_of_a_large_crosstab_the_largest_part_is_drawn_and_the_rest_is_said(study: Study) -> None:
    table = counted(study, "theme", "source")
    rows, cols = tuple(f"r{i}" for i in range(400)), tuple(f"c{i}" for i in range(400))
    n = {(r, c): i + 1 for i, (r, c) in enumerate(zip(rows, cols, strict=True))}
    large = Crosstab(
        question=table.question,
        book=None,
        rows=rows,
        cols=cols,
        n=n,
        row_n={r: i + 1 for i, r in enumerate(rows)},
        col_n={c: i + 1 for i, c in enumerate(cols)},
        n_all=400,
    )
    picture = heatmap(large)

    assert "360 rows and 376 columns with fewest units are not drawn." in picture.caption
    assert "more are in the table" in picture.alt
    assert "r399" in words(rendered(picture, "svg"))


def test_the_flow_shows_what_is_left_and_what_went_out(study: Study) -> None:
    picture = figures(study)["flow"]

    assert picture.alt == (
        "Flow of threads: hits of queries 6 (forum 3, github 3); threads found 6 (forum 3, github 3), out: excluded by "
        "rule 1, of them only in code 1; included by the rules 5 (forum 3, github 2), out: not coded yet 1; coded by a "
        "coder 4 (forum 2, github 2), out: not decided yet 4; decided 0."
    )
    assert {"Threads found", "n = 6", "Identification", "only in code (n = 1)"} <= set(words(rendered(picture, "svg")))


def test_what_cannot_be_drawn_says_why_and_what_to_do(make_study: Make, tmp_path: Path) -> None:
    pictures = figures(make_study())

    assert pictures["flow"].missing == "no threads have been collected; run: collect threads"
    with pytest.raises(StudyError, match="nothing to draw: no threads have been collected"):
        write(pictures["flow"], tmp_path / "flow.svg")
    assert not list(tmp_path.glob("flow*"))


def test_a_picture_is_named_as_one(study: Study, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"a picture is \.svg, \.pdf or \.png"):
        write(figures(study)["flow"], tmp_path / "flow.jpg")


def test_a_pdf_has_letters_and_no_date(study: Study) -> None:
    pdf = rendered(figures(study)["flow"], "pdf")

    assert b"/FontType 42" in pdf or b"/CIDFontType2" in pdf
    assert b"CreationDate" not in pdf


def test_a_flow_with_many_reasons_names_the_first_and_counts_the_rest() -> None:
    reasons = tuple(Part(f"reason {i}", 1, {"a": 1}) for i in range(20))
    found = Box("found", "identification", "threads found", 50, {"a": 50}, "", (), (Part("out", 20, {}, reasons),))
    picture = flow([found, Box("included", "identification", "included", 30, {"a": 30}, "")], [], ())

    assert {"Out (n = 20)", "8 more reasons (n = 8)"} <= set(words(rendered(picture, "svg")))


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_command_shows_its_table_and_draws_it(study: Study, tmp_path: Path, fmt: str) -> None:
    path = tmp_path / f"prevalence.{fmt}"
    study.write(Model, [hand_study.row(Model, model_id="m", platform="hub", owner="o", name="n")])
    done = CliRunner().invoke(cli, ["prevalence", "--picture", str(path), "--study", str(study.path)])

    assert done.exit_code == 0, done.stderr
    assert "platform" in done.stdout
    assert f"{path}: Repositories that need custom code" in done.stderr
    assert path.read_bytes()[:5] in (b"<?xml", b"%PDF-", b"\x89PNG\r")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["prevalence", "--picture", "x.jpg"], "x.jpg: a picture is .svg, .pdf or .png"),
        (["risk", "--part", "cwe", "--picture", "x.svg"], "the part cwe is not drawn, only tools"),
        (["prevalence", "--part", "tags", "--picture", "x.svg"], "the part tags is not drawn, only platforms"),
    ],
)
def test_what_is_not_drawn_is_refused_before_anything_is_counted(
    study: Study, arguments: list[str], message: str
) -> None:
    done = CliRunner().invoke(cli, [*arguments, "--study", str(study.path)])

    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stdout == ""
