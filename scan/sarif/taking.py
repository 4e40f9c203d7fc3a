"""The command ``scan import``: results of tools that ran elsewhere."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from codebook import ledger
from codebook.blobs import Blobs
from codebook.command import say, with_study
from codebook.errors import StudyError
from codebook.harmless import one_line
from codebook.ledger import Run
from codebook.study import Study
from scan.sarif.document import opened
from scan.sarif.kept import FOLDER, Import, keep
from scan.sarif.results import counts, triaged
from scan.sarif.rows import Imported

COMMAND = "scan import"

_MOST = 1_000_000_000
_MOST_IN_A_FILE = 100_000
_CHUNK = 1 << 20


@click.command("import")
@with_study
@click.option(
    "--sarif", "file", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The file."
)
@click.option("--model", "model_id", metavar="MODEL_ID", help="The model that it is about, as in the table models.")
@click.option(
    "--root",
    default="",
    metavar="PREFIX",
    help="Where the repository was when the tool ran: a path or file:// address.",
)
def import_(study: Study, *, file: Path, model_id: str | None, root: str) -> None:
    """Take in SARIF 2.1.0 that any tool made elsewhere, such as CodeQL's.

    The file is stored as it is; the tables outcomes, rules and findings say what it holds, with weaknesses, severities,
    data flows and suppressions. Nothing of a file that is damaged is imported. Findings in files that the model does
    not have are kept without a content, and told. A later import of the same tool about the same model takes the place
    of an earlier one.
    """
    from scan.code.command import derive  # it asks for this room when it makes tables

    look = Look(study, file, model_id, root)
    for sentence in look.sentences():
        say(sentence)
    arguments = {"sarif": file.name, "model": model_id, "root": root}
    with ledger.run(study, COMMAND, arguments, [look.sha256, model_id, root]) as run:
        _store(run, file, look.made(run.id))
        answers = derive(study, run=run)
    say(f"{answers.outcomes} outcomes, {answers.findings} findings")


def _store(run: Run, file: Path, made: Import) -> None:
    """The file first, then the record that speaks of it."""
    stored, _ = Blobs.of(run.study).put(_chunks(file))
    if stored != made.sha256:
        hint = "Run the same command again once nothing writes to it."
        raise StudyError("the file was changed while it was read", where=str(file), hint=hint)
    keep(run, made)
    run.inputs[file.name] = stored
    run.notes[FOLDER] = {"stored": True}


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            yield chunk


class Look:
    """A file that is looked through before anything of it is stored.

    Args:
        study: The study.
        file: The file.
        model_id: The model that it is about.
        root: Where that was.

    Raises:
        StudyError: It is no SARIF, or it cannot be told what it is about.
    """

    def __init__(self, study: Study, file: Path, model_id: str | None, root: str) -> None:
        if file.stat().st_size > _MOST:
            hint = "Let the tool write one file for each repository."
            raise StudyError(f"it has more than {_MOST // 1_000_000} MB", where=str(file), hint=hint)
        self._file, self._model, self._root = file, model_id, root
        self._known = self._contents(study)
        with file.open("rb") as content:
            self.sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        self.found = Counter[str]()
        self.tools: list[str] = []
        self._in_file = Counter[str | None]()
        for run in opened(file):
            imported = Imported(self.made(""), run)
            if self._model is None and not imported.is_ours:
                hint = "Name it with --model; the column model_id of the table models has them."
                raise StudyError("it does not say which model it is about", where=run.where, hint=hint)
            self._look_through(imported)

    def made(self, run_id: str) -> Import:
        """The import that this becomes."""
        return Import(
            sha256=self.sha256,
            name=self._file.name,
            model_id=self._model,
            root=self._root,
            run_id=run_id,
            files=self._known,
        )

    def _contents(self, study: Study) -> Mapping[str, str]:
        if self._model is None:
            return {}
        with study.connect() as con:
            asked = "SELECT 1 FROM models WHERE model_id = $m UNION ALL SELECT 1 FROM model_files WHERE model_id = $m"
            if not con.execute(asked, {"m": self._model}).fetchone():
                hint = "The column model_id of the table models has them; list models with: scan models"
                raise StudyError(f"no model {one_line(self._model, 200)!r}", hint=hint)
            asked = "SELECT path, sha256 FROM model_files WHERE model_id = ? AND sha256 IS NOT NULL"
            return dict(con.execute(asked, [self._model]).fetchall())

    def _look_through(self, imported: Imported) -> None:
        """Read all that tables will be made of, so that what is wrong is known now."""
        self.tools.append(f"{imported.tool} {imported.tool_columns['tool_version']}".strip())
        list(imported.rule_rows())
        list(imported.outcomes())
        self.found["elsewhere"] += bool(imported.run.rest.get("externalPropertyFileReferences"))
        for result in imported.run.results():
            if not counts(result):
                self.found["passed"] += 1
                continue
            row = imported.finding(result)
            self.found["results"] += 1
            self._in_file[row.path or row.sha256] += 1
            if self._in_file[row.path or row.sha256] > _MOST_IN_A_FILE:
                hint = "Leave out the rule that finds so much."
                raise StudyError(
                    f"more than {_MOST_IN_A_FILE:,} results in one file", where=imported.run.where, hint=hint
                )
            self.found["homeless"] += row.sha256 is None
            self.found["triaged"] += triaged(result)
            locations = result.get("locations")
            self.found["several"] += isinstance(locations, list) and len(locations) > 1

    def sentences(self) -> Iterator[str]:
        """What is worth knowing about it."""
        found = self.found
        yield f"{found['results']} results of {', '.join(map(one_line, self.tools)) or 'no tool'}"
        told = {
            "homeless": "are in files of which the study has no content; they have no sha256 (is --root right?)",
            "passed": "more say that a rule passed or that a finding is gone; they are no findings",
            "triaged": "were put aside by people outside of the code; they are findings all the same",
            "several": "have several locations; the first one counts",
            "elsewhere": "runs keep a part in other files, which is not read",
        }
        for key, what in told.items():
            if found[key]:
                yield f"{found[key]} {what}"
