"""Three counts of ``bench_crosstab.py`` as an analyst writes them in pandas: only the columns that are needed are read.

Run by the benchmark with a Python that has pandas and pyarrow: ``peer_pandas.py QUESTION STUDY OUT``.
"""

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd

STUDY = Path(sys.argv[2])
TABLES = STUDY / "tables"


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
    """Per platform: coded threads about it, those with concern, and what was found in its models."""
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
    concern = coded.groupby("platform").agg(threads=("thread_id", "nunique"), concern=("concern", "sum"))
    return _rows(concern.join(_risk(), how="outer").reset_index())


def _risk() -> pd.DataFrame:
    """Per platform: models with a file that counts and those with a weakness, files, findings in them, lines."""
    findings = read("findings", "sha256", "cwe", "current")
    found = findings[findings["current"] & findings["cwe"].notna()].groupby("sha256", as_index=False).size()
    outcomes = read("outcomes", "sha256", "status", "current")
    scanned = outcomes.loc[outcomes["current"] & (outcomes["status"] == "scanned"), "sha256"].unique()
    files = read("model_files", "model_id", "sha256", "relevant")
    files = files[files["relevant"]].merge(read("models", "model_id", "platform", "owner", "name"), on="model_id")
    files = files.merge(read("contents", "sha256", "code_lines"), on="sha256", how="left")
    files = files.merge(found, on="sha256", how="left").fillna({"size": 0})
    files["scanned"] = files["sha256"].isin(scanned)
    files["lines"] = files["code_lines"].where(files["scanned"])
    named = files.groupby(["platform", "owner", "name"])
    models = named.agg(
        files=("sha256", "size"), scanned=("scanned", "sum"), findings=("size", "sum"), lines=("lines", "sum")
    ).reset_index()
    models["weak"] = models["findings"] > 0
    by_platform = models.groupby("platform").agg(
        models=("weak", "size"),
        with_findings=("weak", "sum"),
        files=("files", "sum"),
        scanned=("scanned", "sum"),
        findings=("findings", "sum"),
        lines=("lines", "sum"),
    )
    by_platform["not_scanned"] = by_platform["files"] - by_platform["scanned"]
    by_platform["kloc"] = (by_platform["lines"] / 1000).round()
    return by_platform[["models", "with_findings", "files", "not_scanned", "findings", "kloc"]]


def _rows(counted: pd.DataFrame) -> list[list[object]]:
    """Lists with whole numbers; what is empty is null."""
    return [[_plain(value) for value in line] for line in counted.to_numpy().tolist()]


def _plain(value: Any) -> object:
    if pd.isna(value) or value == "":
        return None
    return int(value) if isinstance(value, float) else value


QUESTIONS = {"theme source": theme_source, "cwe platform": cwe_platform, "gap": gap}

if __name__ == "__main__":
    rows = QUESTIONS[sys.argv[1]]()
    Path(sys.argv[3]).write_text(json.dumps(rows), encoding="utf-8")
