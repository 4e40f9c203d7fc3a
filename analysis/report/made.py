"""What the page was made from: the tables by hash, their columns, the runs, and how to make it again."""

from analysis.report.sheet import Sheet, chosen
from codebook import ledger
from codebook.rows import TABLES
from codebook.study import Study, file_sha256
from codebook.tables import dictionary

CHANGED = "no: changed since"


def tables(study: Study) -> Sheet:
    """Every table that is there, with its rows, its hash, and whether it is as the last run wrote it."""
    written: dict[str, tuple[str, str]] = {}
    for line in ledger.runs(study):
        for label, digest in line.get("outputs", {}).items():
            written[str(label)] = (str(digest), str(line["run_id"]))
    rows: list[tuple[object, ...]] = []
    with study.connect() as con:
        for name in TABLES:
            if study.table(name).exists():
                ((n,),) = con.execute(f"SELECT count(*) FROM {name}").fetchall()  # noqa: S608 - one of TABLES
                digest = file_sha256(study.table(name))
                before, run = written.get(f"tables/{name}.parquet", ("", None))
                same = "yes" if digest == before else CHANGED if before else "not known"
                rows.append((name, n, run, same, digest))
    names = ("table", "rows", "written by", "as it wrote it", "SHA-256")
    missing = "There are no tables yet. They come with: collect threads, scan models, platforms fetch"
    caption = f"Tables of the study, {len(rows)} of {len(TABLES)} that there can be"
    return Sheet("tables", caption, names, rows, "", missing)


def columns(study: Study) -> Sheet:
    """The data dictionary of the tables that are there."""
    names = ("table", "column", "type", "unit", "meaning")
    there = [row for row in dictionary() if study.table(str(row["table"])).exists()]
    caption = f"Columns of the tables that are there ({len(there)}); codebook tables prints those of all"
    return Sheet("dictionary", caption, names, chosen(there, names))


def runs(study: Study) -> Sheet:
    """The runs that wrote tables."""
    rows: list[tuple[object, ...]] = [
        (line["run_id"], line["command"], line["status"], line["at"], line.get("versions", {}).get("qualdev"))
        for line in ledger.runs(study)
        if not line["command"].startswith("analysis ")
    ]
    names = ("run", "command", "status", "at", "qualdev")
    return Sheet("runs", "Runs behind the tables (runs.jsonl)", names, rows, "", "No run has written a table yet.")
