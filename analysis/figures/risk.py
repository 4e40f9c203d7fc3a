"""How many models have a finding, per platform and tool, with what no tool has looked at."""

from itertools import groupby

from analysis.figures.forest import Estimate, Group, Scale, forest
from analysis.figures.picture import Picture, nothing, sentence
from analysis.risk.counts import TOOLS
from codebook.render import Rows

_TITLE = "Models with findings"


def risk(rows: Rows) -> Picture:
    """Draw the rows of :func:`analysis.risk.counts.tools`."""
    if not rows:
        return nothing("risk", _TITLE, "no tool has looked at a model yet; run: scan code")
    tools = sorted({str(row["tool"]) for row in rows})
    groups = [
        Group(platform, tuple(_estimate(row, tools.index(str(row["tool"]))) for row in own))
        for platform, own in groupby(rows, key=lambda row: str(row["platform"]))
    ]
    said = (
        "Models with at least one finding, of the models that have a file which loading executes, per platform and "
        "tool, with 95 % Wilson intervals, which end where every model that is not known has one. A hollow marker: the "
        "tool has not scanned all files; how many stands on the right."
    )
    alt = f"{_TITLE}: " + sentence([_words(row) for row in rows])
    scale = Scale("percent of models with a finding", 0, 100, series=tuple(tools))
    return Picture("risk", _TITLE, said, alt, TOOLS, rows, lambda: forest(groups, scale))


def _estimate(row: dict[str, object], series: int) -> Estimate:
    percent, low, high = (
        float(v) if isinstance(v := row[n], int | float) else None for n in ("percent", "low", "high")
    )
    lacking = row["not_scanned"]
    said = f"{row['with_findings']:,} of {row['models']:,}"
    said += f"; {lacking:,} files not scanned" if lacking else ""
    return Estimate(percent, low, high, said, series, hollow=bool(lacking))


def _words(row: dict[str, object]) -> str:
    told = f"{row['platform']}, {row['tool']}: {row['with_findings']} of {row['models']} models"
    if row["percent"] is not None:
        told += f", {row['percent']:.3g} % (interval {row['low']:.3g} to {row['high']:.3g})"
    return told + (f", {row['not_scanned']} of {row['files']} files not scanned" if row["not_scanned"] else "")
