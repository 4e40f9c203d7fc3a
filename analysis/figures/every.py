"""All figures of a study, in the order of the report."""

from collections.abc import Iterator
from datetime import datetime, time

import duckdb

from analysis.crosstab import count, pairs
from analysis.crosstabs import CROSSTABS, connected
from analysis.figures.agreement import agreement
from analysis.figures.flow import flow
from analysis.figures.gap import gap
from analysis.figures.gate_changes import gate_changes
from analysis.figures.heatmap import heatmap
from analysis.figures.mosaic import mosaic
from analysis.figures.picture import Picture, nothing
from analysis.figures.prevalence import prevalence
from analysis.figures.risk import risk
from analysis.figures.saturation import saturation
from analysis.figures.timeline import timeline
from analysis.flow.boxes import boxes
from analysis.flow.command import PRISMA
from analysis.flow.command import lines as flow_lines
from analysis.integration import changes
from analysis.integration import gap as gap_of
from analysis.integration.joint import JOINTS, unanswerable
from analysis.joins import from_clause
from analysis.prevalence import counts as models
from analysis.question import Asked, resolve
from analysis.risk import corpus
from analysis.risk import counts as findings
from analysis.tested import tested
from codebook.moments import in_utc
from codebook.render import Rows
from codebook.rows import AgreementMeasure, InForce, SaturationStep
from codebook.study import Study


def figures(study: Study) -> dict[str, Picture]:
    """Every figure by its name; one that has nothing to draw says in ``missing`` why.

    Nothing is drawn yet: :func:`analysis.figures.picture.rendered` draws.

    Raises:
        StudyError: The codebook or a table cannot be read.
    """
    with study.connect() as con:
        of_models = [prevalence(models.platforms(models.count(con))), _risk(con), _timeline(study, con)]
        meeting = [
            gap(gap_of.rows(con, study), gap_of.COLUMNS),
            gate_changes(_changes(con, study), changes.COLUMNS, study.book),
        ]
    coding = [agreement_of(study), saturation(list(study.read(SaturationStep)))]
    made = [flow_of(study), *coding, *_crosstabs(study), *of_models, *meeting]
    return {picture.name: picture for picture in made}


def _changes(con: duckdb.DuckDBPyConnection, study: Study) -> Rows:
    return [] if unanswerable(con, study, JOINTS["changes"]) else changes.rows(con, study)


def flow_of(study: Study) -> Picture:
    """The figure of the flow of threads."""
    found = boxes(study)
    return flow(found, list(flow_lines(found)), PRISMA)


def agreement_of(study: Study) -> Picture:
    """The figure of agreement, from the table and the codebook."""
    return agreement(list(study.read(AgreementMeasure)), study.book, study.settings.agreement.threshold)


def _crosstabs(study: Study) -> Iterator[Picture]:
    """A heat map and a mosaic of each."""
    if not study.has_codebook:
        for rows, cols in CROSSTABS:
            missing = "the study has no codebook.yaml; run: codebook init"
            yield nothing(f"{rows}-by-{cols}".replace("_", "-"), f"{rows.capitalize()} by {cols}", missing)
        return
    for rows, cols in CROSSTABS:
        if connected(study, rows, cols):
            with pairs(study, resolve(study, Asked(rows=rows, cols=cols))) as joined:
                table = count(joined)
                told = tested(study, joined, table)
            yield heatmap(table, told.marks, told.greyed)
            yield mosaic(table, told.residuals)


def _risk(con: duckdb.DuckDBPyConnection) -> Picture:
    return risk(findings.tools(con) if corpus.lay_out(con) else [])


_OPENED = f"""
SELECT year(created_at), month(created_at), count(*) FROM {from_clause(["threads"])}
WHERE included AND created_at IS NOT NULL GROUP BY ALL ORDER BY ALL
"""  # noqa: S608 - declared names


def _timeline(study: Study, con: duckdb.DuckDBPyConnection) -> Picture:
    threads = {(year, month): n for year, month, n in con.execute(_OPENED).fetchall()}
    ((released,),) = con.execute("SELECT max(released) FROM releases").fetchall()
    newest: tuple[datetime | None] = con.execute("SELECT max(created_at) FROM threads").fetchall()[0]
    until = study.settings.study.until
    ends = [released, *newest, datetime.combine(until, time()) if until else None]
    return timeline(list(study.read(InForce)), max((in_utc(end) for end in ends if end), default=None), threads)
