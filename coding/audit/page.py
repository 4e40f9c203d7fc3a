"""Labelling pages that somebody changed by hand in Label Studio: told, kept in the raw records, put right by a push."""

from hashlib import sha256

from coding import records
from coding.label_studio.studio import Project
from coding.projects.label import Label
from coding.records import FoundPage, Records


def is_changed(label: Label, project: Project) -> bool:
    """Whether a project has another page than the one that it was given."""
    given = label.page_sha256
    return bool(given) and sha256(project.label_config.encode()).hexdigest() != given


def record(known: Records, label: Label, project: Project, run_id: str, base: str, *, put_right: bool) -> None:
    """Enter a changed page in the raw records, unless it stands there already and was not put right since."""
    earlier = [page for page in known.pages if page.label.uid == label.uid]
    if earlier and not earlier[-1].put_right and earlier[-1].config == project.label_config and not put_right:
        return
    found = FoundPage(label=label, project=project.id, config=project.label_config, put_right=put_right, run_id=run_id)
    known.add(records.found_page(found, base))
