"""Rows of ``models``, ``model_files`` and ``shards`` from what was put together. Pure."""

from collections.abc import Iterator
from typing import Literal

from codebook.rows import Model, ModelFile, Shard
from scan.derive import criteria
from scan.derive.index import ShardSeen
from scan.derive.merge import Found
from scan.hub import Registry
from scan.said import MOST_TAGS, problems


def model_id(registry: Registry, found: Found) -> str:
    """``<hub>:<owner>/<name>@<revision>``; without the last part where no revision is known."""
    revision = found.model.revision
    return f"{registry.name}:{found.model.native_id}" + (f"@{revision}" if revision else "")


def model(registry: Registry, found: Found) -> Model:
    """The row of a model."""
    seen, paths = found.model, found.files.keys()
    platform = seen.platform or registry.kind
    owner, _, name = seen.native_id.rpartition("/")
    ways = criteria.loads_by(platform, seen.facts, paths)
    known = ways or criteria.is_known(platform, seen.facts, paths, whole=seen.files_whole)
    many = f"it has {len(seen.tags)} tags, of which {MOST_TAGS} stand here" if len(seen.tags) > MOST_TAGS else None
    return Model(
        model_id=model_id(registry, found),
        platform=platform,
        hub=registry.name,
        owner=owner.rpartition("/")[2],
        name=name,
        revision=seen.revision,
        tags=tuple(sorted(set(seen.tags)))[:MOST_TAGS],
        task=seen.task,
        library=seen.library,
        downloads=seen.downloads,
        modified_at=seen.modified_at,
        licence=seen.licence,
        criteria=criteria.criteria(platform, seen.tags, paths),
        loads_by=ways,
        needs_custom_code=bool(ways) if known else None,
        mirror_of=seen.mirror_of,
        formats=criteria.formats(paths, whole=seen.files_whole),
        problem=problems(seen.problem, many),
        run_id=found.run_id,
    )


def files(registry: Registry, found: Found) -> Iterator[ModelFile]:
    """The rows of a model's files."""
    of = model_id(registry, found)
    for path, seen in found.files.items():
        yield ModelFile(
            model_id=of,
            path=path,
            sha256=seen.sha256,
            bytes=seen.bytes,
            relevant=False,
            reason=None,
            distance=None,
            problem=seen.problem,
            run_id=found.run_id,
        )


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
