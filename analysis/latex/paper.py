"""The folder for a paper: ``tables/*.tex``, ``figures/*.pdf``, and ``paper.tex``, which includes them with captions."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from analysis.figures.picture import Picture, rendered
from analysis.latex.lettering import declared, escaped
from analysis.latex.tables import LONG, Tabular, of_grid, of_sheet
from analysis.report.contents import sections
from analysis.report.drawn import Drawn
from analysis.report.grids import Grid
from analysis.report.section import Section
from analysis.report.sheet import Sheet
from analysis.risk import corpus
from codebook import ledger
from codebook.rows import TABLES
from codebook.study import Study, file_sha256
from codebook.whole_file import replace_bytes

_OPENING = r"""\documentclass[10pt,a4paper]{article}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[T1]{fontenc}
  \usepackage[utf8]{inputenc}
  \input{characters}
  \IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\else
  \usepackage{fontspec}
\fi
\usepackage{amssymb,array,booktabs,graphicx}
\usepackage[margin=2.5cm]{geometry}
\newcommand{\narrowed}[1]{\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{#1}}
\newcommand{\fitted}[1]{\resizebox{!}{\ifdim\height>0.8\textheight0.8\textheight\else\height\fi}{\narrowed{#1}}}
"""


def write(study: Study, folder: Path) -> list[Path]:
    """Write the folder; what has nothing in it is left out, and a comment in ``paper.tex`` says why.

    Args:
        study: The study.
        folder: Where to; made if it is not there. Files of other names in it are left alone.

    Returns:
        The files, ``paper.tex`` first.

    Raises:
        StudyError: The codebook or a table cannot be read.
        OSError: The folder cannot be written.
    """
    with study.connect() as con:
        corpus.lay_out(con)
        pictures: dict[str, Picture] = {}
        found = sections(con, study, lambda picture: _kept(picture, pictures))
    tabulars = {t.name: t for section in found for part in section.parts if (t := _tabular(part))}
    paper = "".join(_pieces(study, found, tabulars, pictures))
    texts = {f"tables/{name}.tex": tabular.latex for name, tabular in tabulars.items()}
    files = {name: text.encode() for name, text in texts.items()}
    files |= {f"figures/{p.name}.pdf": rendered(p, "pdf") for p in pictures.values() if not p.missing}
    files["characters.tex"] = declared([paper, *texts.values()]).encode()
    for name, content in {**files, "paper.tex": paper.encode()}.items():
        replace_bytes(folder / name, [content])
    return [folder / name for name in ("paper.tex", *files)]


def write_in_study(study: Study) -> list[Path]:
    """:func:`write` to ``out/latex``, entered in the run ledger with the hashes of what it was made from.

    Raises:
        StudyError: The codebook or a table cannot be read.
    """
    with ledger.run(study, "analysis report", {"format": "latex"}) as run:
        for used in (study.path / "codebook.yaml", *(study.table(name) for name in TABLES)):
            if used.exists():
                run.used(used)
        made = write(study, study.path / "out" / "latex")
        run.outputs |= {str(path.relative_to(study.path)): file_sha256(path) for path in made}
    return made


def _kept(picture: Picture, pictures: dict[str, Picture]) -> Drawn:
    """A figure in its place, to be drawn later."""
    pictures[picture.name] = picture
    return Drawn(f"figure-{picture.name}", picture.title, picture.caption, picture.alt, "", (), picture.missing)


def _tabular(part: Sheet | Grid | Drawn) -> Tabular | None:
    if isinstance(part, Sheet):
        return of_sheet(part)
    return of_grid(part) if isinstance(part, Grid) else None


def _pieces(
    study: Study, found: Sequence[Section], tabulars: Mapping[str, Tabular], pictures: Mapping[str, Picture]
) -> Iterator[str]:
    left = dict(pictures)
    yield f"% Made by qualdev {version('qualdev')} from the tables of the study; made again by:\n"
    yield "% analysis report --format latex\n"
    yield _OPENING
    yield f"\\title{{{escaped(study.settings.study.title)}}}\n\\author{{}}\n\\date{{}}\n"
    yield "\\begin{document}\n\\maketitle\n"
    for section in found:
        yield f"\n\\section{{{escaped(section.title)}}}\n"
        yield from (f"{escaped(text)}\n\n" for text in section.says)
        for part in section.parts:
            name = part.id.removeprefix("figure-")
            if isinstance(part, Drawn) and name in left:
                yield _figure(left.pop(name))
            elif not isinstance(part, Drawn) and part.id in tabulars:
                yield _table(tabulars[part.id])
        yield "\\clearpage\n"
    yield from map(_figure, left.values())
    yield "\\end{document}\n"


def _figure(picture: Picture) -> str:
    if picture.missing:
        return f"% no figure {escaped(picture.title)}: {escaped(picture.missing)}\n"
    return (
        f"\\begin{{figure}}[htbp]\n\\centering\n\\fitted{{\\includegraphics{{figures/{picture.name}.pdf}}}}\n"
        f"\\caption{{{escaped(picture.caption)}}}\n\\label{{fig:{picture.name}}}\n\\end{{figure}}\n"
    )


def _table(tabular: Tabular) -> str:
    if tabular.rows > LONG:
        return f"% tables/{tabular.name}.tex has {tabular.rows} rows, too many for one page\n"
    return (
        f"\\begin{{table}}[htbp]\n\\centering\\small\n\\caption{{{escaped(tabular.caption)}}}\n"
        f"\\label{{tab:{tabular.name}}}\n\\fitted{{\\input{{tables/{tabular.name}}}}}\n\\end{{table}}\n"
    )
