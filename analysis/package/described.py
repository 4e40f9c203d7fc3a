"""What a reader of a package needs: README, licences by source, and the data dictionary."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import duckdb

from analysis.licences import stated
from analysis.package.made import Made, missing
from analysis.package.packed import Packed
from analysis.package.words import KINDS, WORDS, Texts, left_out
from codebook.harmless import one_line
from codebook.render import table
from codebook.study import Study
from codebook.tables import dictionary

_DICTIONARY = ("table", "column", "type", "unit", "key", "empty", "meaning")

_UNKNOWN = "not stated"

_SAID = """
SELECT source, min(site), count(DISTINCT thread_id), count(*),
       list(DISTINCT licence ORDER BY licence) FILTER (licence IS NOT NULL)
FROM threads LEFT JOIN posts USING (thread_id) GROUP BY source ORDER BY source
"""
_MODELS = "SELECT platform, licence, count(*) FROM models GROUP BY ALL ORDER BY platform, count(*) DESC, licence"
_DOCUMENTS = "SELECT platform, licence, count(*) FROM documents GROUP BY ALL ORDER BY platform, count(*) DESC, licence"


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a package, for whoever describes it.

    Args:
        study: The study in the package's folder.
        texts: Which words of people it has.
        packed: What became of the tables.
        made: What became of the outputs.
        dated: When the last run that wrote any of it ended, ISO 8601.
    """

    study: Study
    texts: Texts
    packed: Packed
    made: list[Made]
    dated: str


def write(contents: Contents) -> None:
    """Write ``README.md``, ``LICENCES.md`` and ``data-dictionary.*`` into the package's folder."""
    folder = contents.study.path
    files = {
        "README.md": "\n".join(_readme(contents)),
        "LICENCES.md": "\n".join(_licences(contents.study)),
        "data-dictionary.csv": table(list(dictionary()), _DICTIONARY, "csv"),
        "data-dictionary.md": table(list(dictionary()), _DICTIONARY, "md"),
        "data-dictionary.json": json.dumps(list(dictionary()), ensure_ascii=False, indent=1),
    }
    for name, text in files.items():
        _write(folder / name, text)


def _write(path: Path, text: str) -> None:
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


def _readme(contents: Contents) -> Iterator[str]:
    yield f"# Replication package: {_plain(contents.study.settings.study.title)}"
    yield f"\nMade by qualdev {version('qualdev')}; the last run that wrote any of it ended {contents.dated}.\n"
    yield "## To check it and to make everything again\n"
    yield "    sha256sum --check --quiet manifest-sha256.txt    # every file is as it was packed"
    yield f"    pip install qualdev=={version('qualdev')}"
    yield "    codebook check                # the same, and what must hold within and between tables"
    yield "    analysis package --rebuild    # makes every file of out/ again from tables/, and compares\n"
    yield "This folder is a study folder: all commands of `analysis` work in it (`analysis crosstab theme source`).\n"
    yield from _files(contents)
    yield from _words(contents)
    if left := missing(contents.made):
        yield "## What was not made\n"
        yield from (f"- {_plain(line)}" for line in left)
        yield ""
    yield "## Licences\n\nEach source has its own: see `LICENCES.md`.\n"


def _files(contents: Contents) -> Iterator[str]:
    yield "## What is in it\n"
    rows: list[dict[str, object]] = [
        {"file": "`tables/*.parquet`", "what": "every table of the study, described in `data-dictionary.md`"},
        {"file": "`codebook.yaml`, `out/codebook.qdc`", "what": "the codes; the second for other programs (REFI-QDA)"},
        {"file": "`study.toml`", "what": "the question, the sites and all settings, written anew without secrets"},
        {"file": "`runs.jsonl`", "what": "one line per command that wrote: arguments, versions, hashes in and out"},
        {"file": "`ro-crate-metadata.json`", "what": "the same for machines: an RO-Crate 1.1, Process Run Crate 0.5"},
        {"file": "`manifest-sha256.txt`", "what": "SHA-256 of every file"},
    ]
    yield table(rows, ("file", "what"), "md")
    yield "\nMade of the tables, by these commands:\n"
    for each in contents.made:
        if each.files:
            yield f"- `out/{each.files[0]}`{_others(each)}: `{each.output.line}`"
    yield ""


def _others(made: Made) -> str:
    more = len(made.files) - 1
    return f" and {more} more" if more else ""


def _words(contents: Contents) -> Iterator[str]:
    yield "## Words of people\n"
    yield f"Made with `--texts {contents.texts}`. Names of accounts are pseudonyms, in columns of authors and in texts;"
    yield "the key is not here, nor whoever asked the team to be forgotten. Links and ids say where a thread is."
    yield "In the place of a post whose text is not here stand the models of the study that it names, and the words of"
    yield "`codebook weaknesses spoken` that it uses: joins count these."
    yield "Whole posts and passages can be found by a search engine: quote with care.\n"
    rows: list[dict[str, object]] = []
    for kind, (what, _) in KINDS.items():
        named = [f"{name}.{column}" for name, of in WORDS.items() for column, its in of.items() if its == kind]
        there = all(kind not in left_out(name, contents.texts).values() for name in WORDS)
        rows.append({"words": what, "columns": ", ".join(named), "here": "yes" if there else "no"})
    yield table(rows, ("words", "columns", "here"), "md")
    emptied = {f"{name}.{c}": n for name, of in contents.packed.emptied.items() for c, n in of.items()}
    if emptied:
        yield "\nValues that the study has and this package does not, what was taken down at its source among them:"
        yield ", ".join(f"{column} {n:,}" for column, n in emptied.items()) + "."
    yield ""


def _licences(study: Study) -> Iterator[str]:
    yield "# Licences\n"
    yield "What people wrote belongs to them. Tables pass it on under the terms of the place where it was said.\n"
    with study.connect() as con:
        yield "## Discussions\n"
        yield table(_said(con, study), ("source", "threads", "posts", "licence", "stated with posts"), "md")
        for heading, query in (("Models", _MODELS), ("Documentation", _DOCUMENTS)):
            rows: list[dict[str, object]] = [
                {"platform": platform, "licence": licence or _UNKNOWN, heading.lower(): n}
                for platform, licence, n in con.execute(query).fetchall()
            ]
            if rows:
                yield f"\n## {heading}\n"
                yield table(rows, ("platform", "licence", heading.lower()), "md")
    yield "\nNo code of models is in this package: only names, hashes, and what tools and the platforms say."


def _said(con: duckdb.DuckDBPyConnection, study: Study) -> list[dict[str, object]]:
    return [
        {
            "source": source,
            "threads": threads,
            "posts": posts,
            "licence": stated(study, source, site) or "not stated by the team ([analysis].licences)",
            "stated with posts": ", ".join(with_posts or ()) or _UNKNOWN,
        }
        for source, site, threads, posts, with_posts in con.execute(_SAID).fetchall()
    ]


def _plain(text: str) -> str:
    """A text in a line of Markdown."""
    return one_line(text).replace("<", "&lt;").replace("[", "\\[").replace("`", "'")
