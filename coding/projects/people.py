"""People and where they work: accounts for all, projects that are where they were, and their addresses."""

from collections.abc import Callable, Sequence

from codebook.study import Study
from coding import records
from coding.label_studio import accounts
from coding.label_studio.studio import Studio
from coding.projects.desk import Found, check_there, find_projects

Tell = Callable[[str], None]


def projects(study: Study, studio: Studio, people: Sequence[str], tell: Tell, *, anew: bool) -> Found:
    """The study's projects on the server, once everybody who is to work has an account.

    Raises:
        StudyError: A project of theirs is gone, and ``anew`` is not said.
    """
    found = find_projects(study, studio)
    people = list(dict.fromkeys(people))
    for person in () if anew else people:
        check_there(records.read(records.store(study, person)), found, studio)
    made = accounts.ensure(study, studio, people)
    if made:
        tell(f"made accounts for {', '.join(made)}; how they log in: coding coders")
    return found


def workplaces(study: Study, coder: str, url: str) -> dict[str, str]:
    """Where somebody works, by what for: the label streams of their projects; the server before the first push."""
    newest = records.read(records.store(study, coder)).newest_projects()
    found = {
        str(place._replace(coder=place.purpose, purpose="coding")): f"{url}/projects/{push.project}/data?labeling=1"
        for place, push in sorted(newest.items())
    }
    return found or {"": url}
