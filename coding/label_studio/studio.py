"""The few calls that this stage makes to Label Studio, with errors that say what to do.

The SDK is not typed in a way that helps; ``Any`` ends here.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from codebook.errors import Missing, StoppedEarly, StudyError
from codebook.extras import require
from codebook.harmless import one_line

_PAGE, _PAGE_OF_HEADS = 100, 1000
"""Tasks per listing: few where they carry their pages, many where they are a line each."""

_ONCE = {"max_retries": 0}
"""For what must not be done twice: a server that answers with an error, or not at all, may have done it."""

_SHOWN = "id,title,description,label_config,show_collab_predictions"
"""What is asked of projects."""

_UNAUTHORISED, _FORBIDDEN, _NOT_FOUND, _SERVER_ERROR = 401, 403, 404, 500


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Label Studio is.

    Args:
        url: Without a slash at the end.
        token: An administrator's access token.
        token_from: Where the token was found, for errors.
        own: Whether ``coding serve`` of this study started it.
    """

    url: str
    token: str
    token_from: str
    own: bool


@dataclass(frozen=True, slots=True)
class Project:
    """A project as the server lists it; whether what is predicted is filled in."""

    id: int
    title: str
    description: str
    label_config: str = ""
    suggests: bool = False


@dataclass(frozen=True, slots=True)
class TaskHead:
    """A task as it is listed.

    Args:
        id: Its number.
        annotations: How many it has, skipped ones too.
        data: What it shows, where that was asked for.
        touched_at: When the task, or an annotation of it, was last made, saved or deleted (ISO 8601).
        touched_by: Id of the account that did it, where the server knows it.
    """

    id: int
    annotations: int
    data: Mapping[str, Any]
    touched_at: str = ""
    touched_by: int | None = None
    predictions: int = 0


class Studio:
    """A Label Studio server.

    Raises:
        Missing: From every method, if the server cannot be reached; from the constructor, if the SDK is not installed.
        StudyError: From every method, if the server refuses the token or does not know what is asked for.
        StoppedEarly: From every method, if the server answers with an error of its own or not in time.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._sdk = require("label_studio_sdk", "labelstudio")
        self._errors = require("label_studio_sdk.core.api_error", "labelstudio")
        self._httpx = require("httpx", "labelstudio")
        with self._asking():
            self._client = self._sdk.LabelStudio(
                base_url=address.url, api_key=address.token, timeout=300, max_retries=1
            )

    def projects(self) -> list[Project]:
        """All projects that the token can see."""
        with self._asking():
            listed = self._client.projects.list(include=_SHOWN, page_size=_PAGE)
            return [
                Project(p.id, p.title or "", p.description or "", p.label_config or "", bool(p.show_collab_predictions))
                for p in listed
            ]

    def create_project(self, title: str, description: str, label_config: str, *, suggests: bool = False) -> Project:
        """Make a project in which an annotation may be empty; what is predicted is filled in if it ``suggests``."""
        with self._asking():
            made = self._client.projects.create(
                title=title,
                description=description,
                label_config=label_config,
                maximum_annotations=1,
                enable_empty_annotation=True,
                show_collab_predictions=suggests,
                request_options=_ONCE,
            )
            return Project(made.id, made.title or "", made.description or "", label_config, suggests)

    def update_project(self, project: int, description: str, label_config: str) -> None:
        """Give a project another labelling page."""
        with self._asking(f"project {project}"):
            self._client.projects.update(project, description=description, label_config=label_config)

    def fill_in(self, project: int) -> None:
        """Have what is predicted filled in again, after somebody has switched that off."""
        with self._asking(f"project {project}"):
            self._client.projects.update(project, show_collab_predictions=True)

    def tasks(self, project: int, *, data: bool) -> Iterator[TaskHead]:
        """All tasks of a project in the order of their ids."""
        include = "id,total_annotations,cancelled_annotations,updated_at,updated_by" + (
            ",data,total_predictions" if data else ""
        )
        size = _PAGE if data else _PAGE_OF_HEADS
        with self._asking(f"project {project}"):
            for task in self._client.tasks.list(project=project, include=include, page_size=size):
                yield _head(task, task.data if data else {})

    def import_tasks(self, project: int, tasks: Sequence[Mapping[str, object]]) -> list[int]:
        """Add tasks to a project in one request, which is made once: all of them arrive or none.

        Returns:
            Their ids in the order given; none if the server does not say.
        """
        with self._asking(f"project {project}"):
            made = self._client.projects.import_tasks(
                project, request=list(tasks), return_task_ids=True, request_options=_ONCE
            )
        ids = getattr(made, "task_ids", None)
        return list(ids) if isinstance(ids, list) and len(ids) == len(tasks) else []

    def unpredicted(self, project: int) -> set[int]:
        """The tasks of a project without predictions."""
        with self._asking(f"project {project}"):
            listed = self._client.tasks.list(project=project, include="id,total_predictions", page_size=_PAGE_OF_HEADS)
            return {task.id for task in listed if not task.total_predictions}

    def delete_task(self, project: int, task: int) -> None:
        """Take a task out of a project, with all that was done on it."""
        with self._asking(f"project {project}"):
            self._client.tasks.delete(str(task))

    def export(self, project: int, tasks: Sequence[int]) -> bytes:
        """Label Studio's own JSON export of some tasks, as it came; tasks without annotations are left out."""
        query = {"additional_query_parameters": {"ids[]": list(tasks)}}  # the SDK's own `ids` is not understood
        with self._asking(f"project {project}"):
            parts = self._client.projects.exports.download_sync(project, export_type="JSON", request_options=query)
            return b"".join(parts)

    def users(self) -> dict[str, int]:
        """The accounts on the server: e-mail address in lower case, and id."""
        with self._asking():
            return {user.email.lower(): user.id for user in self._client.users.list()}

    def invitation(self) -> str:
        """Address of the page on which a new account can be made."""
        with self._asking():
            path: str = self._client.organizations.invites.get_invite_link().invite_url
        return path if path.startswith("http") else self.address.url + path

    @contextmanager
    def _asking(self, what: str = "") -> Iterator[None]:
        try:
            yield
        except self._errors.ApiError as error:
            raise self._refusal(error.status_code or 0, error.body, what) from error
        except self._httpx.ConnectError as error:
            raise Missing(
                f"no Label Studio answers ({one_line(str(error))})",
                where=self.address.url,
                hint="Start it (coding serve --detach), or correct the address. Nothing was lost.",
            ) from error
        except self._httpx.HTTPError as error:
            raise StoppedEarly(
                f"Label Studio did not answer to the end ({type(error).__name__})",
                where=self.address.url,
                hint="What was got is safe. Run the same command again.",
            ) from error

    def _refusal(self, status: int, body: object, what: str) -> StudyError:
        url, source = self.address.url, self.address.token_from
        if status in (_UNAUTHORISED, _FORBIDDEN):
            return StudyError(
                f"Label Studio refuses the token in {source} (HTTP {status})",
                where=url,
                hint="Copy the token of an administrator from Label Studio's Account & Settings.",
            )
        if status == _NOT_FOUND and what:
            return gone(what, url)
        said = body.get("detail", body) if isinstance(body, Mapping) else body
        if status >= _SERVER_ERROR:
            return StoppedEarly(
                f"Label Studio failed: HTTP {status}, {one_line(str(said), 200)}",
                where=url,
                hint="What was got is safe. Look at its log, and run the same command again.",
            )
        hint = "Is this the address of a Label Studio?" if status == _NOT_FOUND else "Nothing was changed by this call."
        return StudyError(f"Label Studio refuses: HTTP {status}, {one_line(str(said), 200)}", where=url, hint=hint)


def _head(task: Any, data: object) -> TaskHead:
    count = (task.total_annotations or 0) + (task.cancelled_annotations or 0)
    touched = [each.get("user_id") for each in task.updated_by or () if isinstance(each, Mapping)]
    at = task.updated_at.isoformat() if task.updated_at else ""
    shown = data if isinstance(data, Mapping) else {}
    return TaskHead(task.id, count, shown, at, next(iter(touched), None), task.total_predictions or 0)


def gone(what: str, url: str) -> StudyError:
    """The error for a project that was there and is not any more."""
    return StudyError(
        f"{what} is not on the server any more: it was deleted, its description was edited, or this is another server",
        where=url,
        hint="What was pulled from it stays in the study. To give the coder a new, empty project: coding push --anew.",
    )
