"""Models that are on disk already, laid out ``<platform>/<owner>/<name>/``: how a company scans its own registry.

Every platform is a shard. First it is listed, and then each model is looked at: what lies in its folder, and the
contents of code and configuration, which are kept. Nothing is executed, no link is followed, and nothing but regular
files is opened. A model of which nothing has changed since a finished run is not read again; what has changed is told
by size, times and inode. Its revision is a hash of paths and contents, the same wherever a copy of it lies. Records of
version control (``.git``), should the registry itself be under it, are no platform, owner or model.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from codebook.blobs import FOLDER, Blobs
from codebook.errors import StudyError
from codebook.raw import Page
from codebook.wire import Answer, Dialect, Wire
from scan.folder import pages
from scan.folder.contents import CHANGED, Reader
from scan.folder.inventory import NOT_LOOKED_INTO, Entry, children, entry, everything, on_disk, said, shown
from scan.folder.options import FolderOptions
from scan.front_matter import LONGEST, front_matter
from scan.hub import Earlier, HubOptions, Registry, Seen

_MODELS_ON_A_PAGE = 50


class Folder:
    """Models on this machine; see :class:`scan.hub.Hub`."""

    Options: type[HubOptions] = FolderOptions

    def dialect(self, registry: Registry) -> Dialect:  # noqa: ARG002 - a disk does not say "wait"
        """Nothing is asked of anybody."""
        return Dialect()

    def fetch(self, registry: Registry, wire: Wire, earlier: Earlier) -> Iterator[str]:
        """List every platform, and read what is new; see :meth:`scan.hub.Hub.fetch`."""
        folder = registry.options.folder(registry)
        try:
            found = children(folder)
        except OSError as error:
            raise StudyError(
                f"the folder of models cannot be read: {said(error)}",
                where=f"[hubs.{registry.name}] path: {folder}",
                hint="Correct `path` in study.toml.",
            ) from error
        shelf = _Shelf(folder, registry.options, Blobs(registry.folder / "raw" / "scan" / FOLDER), wire, earlier)
        for platform in found:
            if platform.kind != "file" and platform.path not in NOT_LOOKED_INTO:
                yield from shelf.platform(platform)

    def parse(self, page: Page, registry: Registry) -> Iterator[Seen]:  # noqa: ARG002 - a page says all of it
        """Say what stands on a stored page."""
        return pages.seen_on(page)


@dataclass
class _Shelf:
    """One run's way through a folder of models."""

    root: Path
    options: FolderOptions
    blobs: Blobs
    wire: Wire
    earlier: Earlier

    def platform(self, platform: Entry) -> Iterator[str]:
        """List a platform, and read its models, a page of them at a time."""
        url = f"/{quote(shown(platform.path))}"
        listed = json.loads(self._stored(url, lambda: _listed(self.root, platform)))["models"]
        for part in range(0, len(listed), _MODELS_ON_A_PAGE):
            on_page = listed[part : part + _MODELS_ON_A_PAGE]
            if not self.wire.has(self.wire.stored_form("FOLDER", f"{url}?part={part}")):
                self._page(f"{url}?part={part}", on_page)
            yield from on_page

    def _page(self, url: str, names: list[str]) -> None:
        """Store what is new of some models, if anything is."""
        read = [each for each in map(self._model, names) if each]
        if read:
            self._stored(url, lambda: {"models": read})

    def _stored(self, url: str, make: Callable[[], Any]) -> bytes:
        """What this run has stored under a name, or stores now."""
        return self.wire.exchange(
            "FOLDER", url, b"", lambda: Answer(HTTPStatus.OK, {}, json.dumps(make()).encode())
        ).body

    def _model(self, native_id: str) -> dict[str, Any] | None:
        """What a raw record holds of one model; None if finished runs have it just so."""
        path = on_disk(native_id)
        itself = entry(self.root, path)
        if itself.kind != "folder":
            return {"native_id": native_id, "problem": itself.problem or "a file, where a folder was due"}
        found = list(everything(self.root, path))
        version = self._version(found)
        if self.earlier.has(native_id, version):
            return None
        reader = Reader(self.root, self.options, self.blobs, self._before(native_id), path)
        files = [reader.note(each) for each in found]
        at_rest = not any(str(each.get("problem", "")).startswith(CHANGED) for each in files)
        # Without a version, the next run reads it again.
        return {"native_id": native_id, "version": version if at_rest else None, "files": files} | self._head(files)

    def _version(self, found: list[Entry]) -> str:
        """A mark that changes when anything in a model's folder does, or what is to be kept of it."""
        seen = [[shown(each.path), each.kind, each.size, each.stamp, each.problem] for each in found]
        return hashlib.sha256(json.dumps([self.options.model_dump(exclude={"path"}), seen]).encode()).hexdigest()

    def _before(self, native_id: str) -> dict[str, dict[str, Any]]:
        known = self.earlier.models.get(native_id)
        noted = pages.noted_on(known.page(), native_id) if known else []
        return {each["path"]: each for each in noted}

    def _head(self, files: list[dict[str, Any]]) -> dict[str, Any]:
        """The front matter of a model's README, as it stands there."""
        readme = next((each for each in files if each["path"] == "README.md" and "problem" not in each), None)
        content = self.blobs.read(readme["sha256"]) if readme else None
        head = front_matter(content) if content else None
        if head is None:
            return {}
        if len(head) > LONGEST:
            return {"front_matter_bytes": len(head)}
        return {"front_matter": head.decode("utf-8", "replace")}


def _listed(root: Path, platform: Entry) -> dict[str, Any]:
    """What a raw record holds of a platform: its models, and what else stands where owners or models should."""
    if platform.kind != "folder":
        return {"models": [], "problem": platform.problem}
    models: list[str] = []
    problems: list[str] = []
    for owner in _inside(root, platform, problems):
        inside = _inside(root, owner, problems) if owner.kind == "folder" else []
        models += [shown(model.path) for model in inside if model.kind != "file"]
        if owner.kind not in ("folder", "file"):
            problems.append(f"{shown(owner.path)}: {owner.problem}")
    return {"models": models, "problem": "; ".join(problems) or None}


def _inside(root: Path, folder: Entry, problems: list[str]) -> list[Entry]:
    try:
        found = children(root, folder.path)
    except OSError as error:
        problems.append(f"{shown(folder.path)}: cannot be read: {said(error)}")
        return []
    return [each for each in found if each.path.rpartition("/")[2] not in NOT_LOOKED_INTO]
