"""Under which licence the words of a source may be passed on, as ``[analysis.licences]`` of ``study.toml`` says."""

from collections.abc import Iterator

import duckdb

from analysis.spelling import hint
from codebook.harmless import one_line
from codebook.study import Study

_SOURCES = "SELECT source FROM threads UNION SELECT site FROM threads"


def stated(study: Study, source: str, site: str) -> str | None:
    """What is said of a source, else of the site that it is on; None if nothing is."""
    licences = study.settings.analysis.licences
    return licences.get(source) or licences.get(site)


def strange(con: duckdb.DuckDBPyConnection, study: Study) -> Iterator[str]:
    """Sources that a licence is stated for and that the study does not have, each with the nearest."""
    there = {*study.settings.sources, *(name for (name,) in con.execute(_SOURCES).fetchall())}
    for name in study.settings.analysis.licences:
        if there and name not in there:
            named = f"[analysis.licences] names the source {one_line(name, 100)}"
            yield f"{named} that the study does not have. {hint(name, sorted(there))}"
