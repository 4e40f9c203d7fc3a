"""Three counts of ``bench_crosstab.py`` as an analyst writes them in pandas: only the columns that are needed are read.

Run by the benchmark with a Python that has pandas and pyarrow: ``peer_pandas.py QUESTION STUDY OUT``.
"""

import json
import sys
import tomllib
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pandas as pd

STUDY = Path(sys.argv[2])
TABLES = STUDY / "tables"
SUMS_FIRST = sys.argv[1] == "gap, sums first"

GAP = (
    *("platform", "threads", "concern", "concern_percent", "concern_low", "concern_high", "concern_rank"),
    *("models", "with_findings", "risk_per_1000", "risk_low", "risk_high", "risk_rank", "not_known"),
    *("files", "not_scanned", "findings", "kloc", "per_kloc", "rank_difference"),
)
"""Columns of ``gap``, as the command has them."""


def read(table: str, *columns: str) -> pd.DataFrame:
    """The needed columns of a table."""
    return pd.read_parquet(TABLES / f"{table}.parquet", columns=list(columns))


def themes_of(codes: pd.Series) -> pd.Series:
    """The theme of each code of this codebook: what stands before the dot."""
    return codes.map({code: code.split(".")[0] for code in codes.unique()})


def included() -> pd.DataFrame:
    """Threads that count."""
    threads = read("threads", "thread_id", "source", "included")
    return threads[threads["included"]]


def theme_source() -> list[list[object]]:
    """Distinct threads by theme and source; a thread is without theme where nobody gave it one."""
    given = read("codings", "thread_id", "code").drop_duplicates()
    given["theme"] = themes_of(given["code"])
    joined = given.merge(included(), on="thread_id")[["thread_id", "theme", "source"]].drop_duplicates()
    coded = joined["theme"] != ""
    joined = joined[coded | ~joined["thread_id"].isin(joined.loc[coded, "thread_id"])]
    return _rows(joined.groupby(["theme", "source"])["thread_id"].nunique().reset_index())


def cwe_platform() -> list[list[object]]:
    """Distinct findings by weakness and platform of the models that have the file."""
    findings = read("findings", "sha256", "cwe", "current")
    findings = findings.loc[findings["current"], ["sha256", "cwe"]].reset_index()
    places = read("model_files", "model_id", "sha256").merge(read("models", "model_id", "platform"), on="model_id")
    joined = findings.merge(places[["sha256", "platform"]].drop_duplicates(), on="sha256")
    return _rows(joined.groupby(["cwe", "platform"], dropna=False)["index"].nunique().reset_index())


def gap() -> list[list[object]]:
    """Per platform: coded threads about it, those with concern, and what was found in its models; shares and ranks."""
    settings = tomllib.loads((STUDY / "study.toml").read_text(encoding="utf-8"))["analysis"]
    matches, threads = read("matches", "thread_id", "keyword"), included()
    about = []
    for platform, said in settings["platforms"].items():
        ids = [threads.loc[threads["source"].isin(said.get("sites", [])), "thread_id"]]
        ids.append(matches.loc[matches["keyword"].isin(said.get("keywords", [])), "thread_id"])
        about.append(pd.DataFrame({"thread_id": pd.concat(ids).unique(), "platform": platform}))
    given = read("codings", "thread_id", "code").drop_duplicates()
    given["concern"] = themes_of(given["code"]).isin(settings["concern"])
    worried = given.groupby("thread_id", as_index=False)["concern"].max()
    coded = worried.merge(threads, on="thread_id").merge(pd.concat(about), on="thread_id")
    said = coded.groupby("platform").agg(threads=("thread_id", "nunique"), concern=("concern", "sum"))
    both = said.join(_risk(), how="outer")
    both["concern_percent"], both["concern_low"], both["concern_high"] = _share(both["concern"], both["threads"], 0)
    shares = _share(both["with_findings"], both["models"], both["not_known"])
    both["risk_per_1000"], both["risk_low"], both["risk_high"] = (10 * each for each in shares)
    ranked = both[both["concern"].notna() & both["models"].notna()]
    both["concern_rank"] = ranked["concern_percent"].rank(ascending=False)
    both["risk_rank"] = ranked["risk_per_1000"].rank(ascending=False)
    both["rank_difference"] = both["concern_rank"] - both["risk_rank"]
    return _rows(both.reset_index()[list(GAP)])


def _share(n: pd.Series, of: pd.Series, unknown: pd.Series | int) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Percentages with Wilson intervals at 95 %, which reach over what is not known."""
    return 100 * n / of, 100 * _bound(n, of, -1), 100 * _bound(n + unknown, of, 1)


def _bound(n: pd.Series, of: pd.Series, sign: int) -> pd.Series:
    z = NormalDist().inv_cdf(0.975)
    middle = n + z * z / 2
    half = z * (n * (of - n) / of + z * z / 4) ** 0.5
    return (middle + sign * half) / (of + z * z)


def joined(files: pd.DataFrame, found: pd.DataFrame) -> pd.Series:
    """Findings of each file: the join of both, counted."""
    rows = files[["sha256"]].reset_index(names="file").merge(found, on="sha256")
    return files.index.to_series().map(rows.groupby("file").size()).fillna(0)


def added_up(files: pd.DataFrame, found: pd.DataFrame) -> pd.Series:
    """The same, counted by content before the join, as the command does it."""
    return files["sha256"].map(found.groupby("sha256").size()).fillna(0)


def _risk() -> pd.DataFrame:
    """Per platform: models with a file that counts and those with a weakness, files, findings in them, lines."""
    findings = read("findings", "sha256", "cwe", "current")
    found = findings.loc[findings["current"] & findings["cwe"].notna(), ["sha256"]]
    outcomes = read("outcomes", "sha256", "status", "applies", "current")
    outcomes = outcomes[outcomes["current"]].assign(scanned=outcomes["status"] == "scanned")
    looked = outcomes.groupby("sha256", as_index=False)[["scanned", "applies"]].any()
    files = read("model_files", "model_id", "path", "sha256", "relevant")
    files = files[files["relevant"].fillna(files["sha256"].notna()).astype(bool)]
    places = read("models", "model_id", "platform", "owner", "name")
    files = files.merge(places, on="model_id").drop(columns="model_id")
    if places.duplicated(["platform", "owner", "name"]).any():  # of two hubs; their files are the same
        files = files.drop_duplicates()
    files = files.merge(read("contents", "sha256", "code_lines"), on="sha256", how="left")
    files = files.merge(looked, on="sha256", how="left").fillna({"scanned": False, "applies": True})
    files["size"] = added_up(files, found) if SUMS_FIRST else joined(files, found)
    files["lacking"] = files["applies"] & ~files["scanned"]
    files["lines"] = files["code_lines"].where(files["scanned"])
    files["in_lines"] = files["size"].where(files["lines"].notna())
    named = files.groupby(["platform", "owner", "name"])
    models = named.agg(
        files=("applies", "sum"),
        not_scanned=("lacking", "sum"),
        findings=("size", "sum"),
        lines=("lines", "sum"),
        in_lines=("in_lines", "sum"),
    ).reset_index()
    models["weak"] = models["findings"] > 0
    models["unknown"] = ~models["weak"] & (models["not_scanned"] > 0)
    by_platform = models.groupby("platform").agg(
        models=("weak", "size"),
        with_findings=("weak", "sum"),
        not_known=("unknown", "sum"),
        files=("files", "sum"),
        not_scanned=("not_scanned", "sum"),
        findings=("findings", "sum"),
        lines=("lines", "sum"),
        in_lines=("in_lines", "sum"),
    )
    by_platform["kloc"] = by_platform["lines"] / 1000
    by_platform["per_kloc"] = by_platform["in_lines"] / by_platform["kloc"]
    return by_platform


def _rows(counted: pd.DataFrame) -> list[list[object]]:
    """Lists; what is empty is null."""
    return [[_plain(value) for value in line] for line in counted.to_numpy().tolist()]


def _plain(value: Any) -> object:
    if pd.isna(value) or value == "":
        return None
    return value


QUESTIONS = {"theme source": theme_source, "cwe platform": cwe_platform, "gap": gap, "gap, sums first": gap}

if __name__ == "__main__":
    rows = QUESTIONS[sys.argv[1]]()
    Path(sys.argv[3]).write_text(json.dumps(rows), encoding="utf-8")
