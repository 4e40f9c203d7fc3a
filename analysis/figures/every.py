"""All figures of a study, in the order of the report."""

from analysis import flow as flow_of
from analysis.crosstab import count, pairs
from analysis.figures.flow import flow
from analysis.figures.heatmap import heatmap
from analysis.figures.picture import Picture, nothing
from analysis.question import Asked, resolve
from codebook.study import Study


def figures(study: Study) -> dict[str, Picture]:
    """Every figure by its name; one that has nothing to draw says in ``missing`` why.

    Nothing is drawn yet: :func:`analysis.figures.picture.rendered` draws.

    Raises:
        StudyError: The codebook or a table cannot be read.
    """
    made = [flow(flow_of.flow(study)), *(_crosstab(study, rows, "source") for rows in ("theme", "code"))]
    return {picture.name: picture for picture in made}


def _crosstab(study: Study, rows: str, cols: str) -> Picture:
    if not (study.path / "codebook.yaml").exists():
        title = f"{rows.capitalize()} by {cols}"
        return nothing(f"{rows}-by-{cols}", title, "the study has no codebook.yaml; run: codebook init")
    with pairs(study, resolve(study, Asked(rows=rows, cols=cols))) as joined:
        return heatmap(count(joined))
