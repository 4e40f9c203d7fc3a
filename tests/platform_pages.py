"""Documentation pages and claims that tests write by hand."""

import csv
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner, Result

from codebook.rows import Document
from codebook.study import Study
from platforms.cli import cli


def platforms(study: Study, *words: object) -> Result:
    """The command ``platforms`` on a study, without a process of its own."""
    return CliRunner().invoke(cli, [str(word) for word in (*words, "--study", study.path)])


@dataclass(frozen=True)
class HandPage:
    """A page as documentation rules see it."""

    document: Document
    text: str | None


def page(text: str | None, path: str = "docs/page.md", platform: str = "hub", *, current: bool = True) -> HandPage:
    """A page of a documentation that was read on 1 May 2024; without text, it could not be read."""
    digest = hashlib.sha256((text or "").encode()).hexdigest()
    document = Document(
        document_id=f"{platform}:{path}@{digest}",
        platform=platform,
        url=f"https://site.invalid/{platform}/docs/blob/main/{path}",
        title=path.rsplit("/", 1)[-1].partition(".")[0],
        path=path,
        sha256=digest,
        problem=None if text is not None else "it is a login form",
        read_at=datetime(2024, 5, 1, tzinfo=UTC),
        licence=None,
        current=current,
        run_id="platforms-fetch-1",
    )
    return HandPage(document, text)


def recorded_pages(folder: Path) -> list[HandPage]:
    """The pages of a folder with a manifest, as they are fetched from it."""
    found = []
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as manifest:
        for line in csv.DictReader(manifest):
            content = (folder / line["file"]).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            document = Document(
                document_id=f"{line['platform']}:{line['file']}@{digest}",
                platform=line["platform"].replace("-", "_"),
                url=line["url"],
                title=line["title"],
                path=line["file"],
                sha256=digest,
                read_at=datetime(2026, 11, 22, tzinfo=UTC),
                dated=datetime.fromisoformat(line["commit_date"]) if line["commit_date"] else None,
                licence=line["licence"],
                run_id="platforms-fetch-1",
            )
            found.append(HandPage(document, content.decode()))
    return found
