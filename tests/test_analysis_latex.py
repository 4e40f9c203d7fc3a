"""What a paper takes: tables, figures and a skeleton for LaTeX, in which strangers' text is text."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import hand_study
import pytest
from click.testing import CliRunner, Result
from hand_study import BOOK
from hypothesis import given
from hypothesis import strategies as st

from analysis.cli import cli
from analysis.latex.lettering import declared, escaped
from analysis.latex.tables import of_sheet
from analysis.report.sheet import Sheet
from codebook.rows import Coding, Thread
from codebook.study import Study

Make = Callable[..., Study]

HOSTILE = "\\input{/etc/passwd} \\write18{x} $x_1^^5c % & # ~ {} [a] <b> * 漢 → \u202e"
ENGINE = shutil.which("pdflatex")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("latex") / "study"
    study = Study.create(folder, "Cost of $5 & \\input{x}")
    (folder / "codebook.yaml").write_text(BOOK.replace("name: Usability", "name: '$5 & <b> \\input{x}'"), "utf-8")
    hand_study.write(study)
    threads = [
        hand_study.thread("t1", HOSTILE, 2024, site=HOSTILE, title=HOSTILE),
        hand_study.thread("t2", "[b]", 2023),
    ]
    study.write(Thread, threads)
    study.write(Coding, [hand_study.coding(t, "coder_a", "USE.err") for t in ("t1", "t2")])
    return study


@pytest.fixture(scope="module")
def folder(study: Study) -> Path:
    """The folder that the command has written into the study."""
    done = latex(study)

    assert done.exit_code == 0, done.output
    assert done.stdout == f"{study.path / 'out' / 'latex' / 'paper.tex'}\n"
    return study.path / "out" / "latex"


def latex(study: Study, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["report", "--format", "latex", *arguments, "--study", str(study.path)])


def test_text_is_never_a_command() -> None:
    assert escaped("\\input{x} $ % _ ^^ ~ # &\n<b>") == (
        "\\textbackslash{}input\\{x\\} \\$ \\% \\_ \\^{}\\^{} \\textasciitilde{} \\# \\& "
        "\\ensuremath{<}b\\ensuremath{>}"
    )


OURS = r"\\(?:textbackslash|textasciitilde|ensuremath|[&%$#_^{}])"


@given(st.text())
def test_nothing_is_left_that_latex_would_read_as_its_own(text: str) -> None:
    """Beside our own escapes there is no backslash, brace, comment, mathematics or line end."""
    rest = re.sub(OURS, "", escaped(text))

    assert not re.search(r"[\\$%&#_^~\n\r]", rest)
    assert rest.count("{") == rest.count("}")


def test_characters_that_pdflatex_has_no_letter_for_are_declared() -> None:
    assert declared(["é \u2013 … → 漢 ▲", "漢"]) == (
        "\\DeclareUnicodeCharacter{2192}{\\ensuremath{\\rightarrow}}\n"
        "\\DeclareUnicodeCharacter{25B2}{\\ensuremath{\\blacktriangle}}\n"
        "\\DeclareUnicodeCharacter{6F22}{[U+6F22]}\n"
    )


def test_a_table_is_a_tabular_with_rules_and_wide_columns_as_paragraphs() -> None:
    made = of_sheet(Sheet("x", "Caption.", ("a", "a", "n"), [("[x]", "long " * 10, 3)], "A note."))

    assert made is not None
    assert made.caption == "Caption. A note."
    assert made.latex.splitlines()[0] == ("\\begin{tabular}{l>{\\raggedright\\arraybackslash}p{0.40\\linewidth}r}")
    assert [line.split("&")[0].strip() for line in made.latex.splitlines()[1:5]] == [
        "\\toprule",
        "a",
        "\\midrule",
        "{}[x]",
    ]
    assert "a (2)" in made.latex


def test_the_folder_has_every_table_and_figure_and_a_paper_that_includes_them(folder: Path) -> None:
    paper = (folder / "paper.tex").read_text(encoding="utf-8")
    tables = {path.stem for path in (folder / "tables").iterdir()}
    figures = {path.name for path in (folder / "figures").iterdir()}
    assert {"theme-by-source", "code-by-source", "sites"} <= tables
    assert {"flow.pdf", "theme-by-source.pdf", "theme-by-source-mosaic.pdf"} <= figures
    assert set(re.findall(r"\\includegraphics\{figures/([^}]+)\}", paper)) == figures
    assert set(re.findall(r"\\input\{tables/([^}]+)\}|% tables/(\S+?)\.tex", paper)) == {
        (name, "") if f"input{{tables/{name}}}" in paper else ("", name) for name in tables
    }
    assert "% no figure Repositories that need custom code: no models have been listed yet; run: scan models" in paper


def test_it_is_the_same_again_and_says_nothing_of_when_or_where(study: Study, folder: Path, tmp_path: Path) -> None:
    assert latex(study, "--output", str(tmp_path / "again")).exit_code == 0
    one, again = (
        {p.relative_to(top): p.read_bytes() for p in sorted(top.rglob("*")) if p.is_file()}
        for top in (folder, tmp_path / "again")
    )

    assert one == again
    assert not any(str(study.path).encode() in content for content in one.values())


def test_strangers_text_is_harmless_in_every_file(folder: Path) -> None:
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.tex")]

    assert any("\\textbackslash{}input\\{/etc/passwd\\}" in text for text in texts)
    assert not any("\\input{/etc" in text or "\\write" in text or "\u202e" in text for text in texts)


@pytest.mark.skipif(ENGINE is None, reason="no pdflatex on this machine; the other tests look at the text")
def test_pdflatex_makes_a_paper_of_it(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "x")
    command = [str(ENGINE), "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path / "x", capture_output=True, check=False, timeout=120)

    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    assert (tmp_path / "x" / "paper.pdf").read_bytes().startswith(b"%PDF")


def test_an_empty_study_gives_a_paper_that_says_what_is_missing(make_study: Make) -> None:
    study = make_study()

    assert latex(study).exit_code == 0
    paper = (study.path / "out" / "latex" / "paper.tex").read_text(encoding="utf-8")
    assert "% no figure Flow of threads: no threads have been collected; run: collect threads" in paper
