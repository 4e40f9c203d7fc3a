"""Rows of ``models``, ``model_files`` and ``shards`` from what was put together. Pure."""

from collections.abc import Iterator
from typing import Literal

from codebook.rows import Model, ModelFile, Shard
from scan.derive import criteria
from scan.derive.index import ShardSeen
from scan.derive.merge import Found
from scan.hub import Registry
from scan.relevance import Closure, Verdict
from scan.said import MOST_TAGS, problems

EXECUTABLE = (".py", ".pyc", ".so", ".pyd")
"""What Python imports."""


def model_id(registry: Registry, found: Found) -> str:
    """``<hub>:<owner>/<name>@<revision>``; without the last part where no revision is known."""
    revision = found.model.revision
    return f"{registry.name}:{found.model.native_id}" + (f"@{revision}" if revision else "")


def platform_of(registry: Registry, found: Found) -> str:
    """The platform that a model is on."""
    return found.model.platform or registry.kind


def model(registry: Registry, found: Found, closure: Closure | None) -> Model:
    """The row of a model; ``closure`` is what its contents say, None where none is kept."""
    seen, paths = found.model, found.files.keys()
    platform = platform_of(registry, found)
    owner, _, name = seen.native_id.rpartition("/")
    ways, needs = _loading(platform, found, closure)
    wrong = _first(closure.problems) if closure else None
    many = f"it has {len(seen.tags)} tags, of which {MOST_TAGS} stand here" if len(seen.tags) > MOST_TAGS else None
    return Model(
        model_id=model_id(registry, found),
        platform=platform,
        hub=registry.name,
        owner=owner.rpartition("/")[2],
        name=name,
        revision=seen.revision,
        role="followed" if found.named_by else "listed",
        named_by=found.named_by,
        tags=tuple(sorted(set(seen.tags)))[:MOST_TAGS],
        task=seen.task,
        library=seen.library,
        downloads=seen.downloads,
        modified_at=seen.modified_at,
        licence=seen.licence,
        criteria=criteria.criteria(platform, seen.tags, paths),
        loads_by=ways,
        needs_custom_code=needs,
        mirror_of=seen.mirror_of,
        formats=criteria.formats(paths, whole=seen.files_whole),
        problem=problems(seen.problem, many, wrong),
        run_id=found.run_id,
    )


def _first(said: tuple[str, ...]) -> str | None:
    """The first of several problems, and how many there are besides; the files' own rows have them all."""
    more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
    return said[0] + more if said else None


def _loading(platform: str, found: Found, closure: Closure | None) -> tuple[tuple[str, ...], bool | None]:
    """``loads_by`` and ``needs_custom_code``: from the contents, and from the listing where these do not say it."""
    seen, paths = found.model, found.files.keys()
    if closure is not None and closure.needs_custom_code is not None:
        return closure.loads_by, closure.needs_custom_code
    ways = criteria.loads_by(platform, seen.facts, paths)
    if ways or closure is not None:
        return ways, True if ways else None
    return (), False if criteria.is_known(platform, seen.facts, paths, whole=seen.files_whole) else None


def files(registry: Registry, found: Found, closure: Closure | None) -> Iterator[ModelFile]:
    """The rows of a model's files; without a ``closure``, it is not known which of its code loading executes."""
    of = model_id(registry, found)
    needs = _loading(platform_of(registry, found), found, closure)[1]
    verdicts = {each.path: each for each in closure.files} if closure else {}
    for path, seen in found.files.items():
        said = verdicts.get(path) or Verdict(path=path, relevant=_unread(path, needs))
        yield ModelFile(
            model_id=of,
            path=path,
            sha256=seen.sha256,
            bytes=seen.bytes,
            relevant=said.relevant,
            reason=said.reason,
            distance=said.distance,
            unresolved=said.unresolved,
            problem=problems(*dict.fromkeys((seen.problem, said.problem))),
            run_id=found.runs.get(path, found.run_id),
        )


def _unread(path: str, needs: bool | None) -> bool | None:
    """Whether loading executes a file that nobody has read."""
    return None if path.endswith(EXECUTABLE) and needs is not False else False


def shard(registry: Registry, query: str, seen: ShardSeen) -> Shard:
    """The row of a shard."""
    state: Literal["complete", "partial", "not_asked"] = "complete" if seen.is_complete else "partial"
    return Shard(
        hub=registry.name,
        query=query,
        reported=seen.reported,
        got=len(seen.hits),
        state="not_asked" if seen.skipped else state,
        reason=seen.reason,
        run_id=seen.run,
    )
