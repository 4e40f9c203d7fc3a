"""From entry points to everything that loading executes: a walk in the order of distance, by the loader's rules."""

from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import islice

from scan.relevance.auto_map import auto_map
from scan.relevance.diffusers_index import model_index
from scan.relevance.follow import BESIDE, MOST_UNRESOLVED, Followed, Follower, Step
from scan.relevance.generate import custom_generate
from scan.relevance.hubconf import hubconf
from scan.relevance.mmengine_config import configs
from scan.relevance.mmengine_data import data_configs
from scan.relevance.modelscope_configuration import configuration
from scan.relevance.repository import Repository
from scan.relevance.sentence_modules import sentence_modules
from scan.relevance.tree import Closure, Found, Rule, Tree, Verdict

VERSION = "3"
"""Counted up whenever the same repository gives another closure; results that were kept carry it."""

EntryPoints = Callable[[Repository, Found], None]

_TRANSFORMERS: tuple[EntryPoints, ...] = (auto_map, custom_generate, sentence_modules, model_index)

LOADERS: Mapping[str, tuple[EntryPoints, ...]] = {
    "huggingface": _TRANSFORMERS,
    "opencsg": _TRANSFORMERS,
    "modelscope": (*_TRANSFORMERS, configuration),
    "openmmlab": (configs, data_configs),
    "pytorch_hub": (hubconf,),
}
"""Where loading begins, by platform."""

_EXECUTABLE = (".py", ".pyc", ".so", ".pyd")


@dataclass
class _Reached:
    """What is known of a file that the walk met."""

    reason: str
    distance: int
    unresolved: dict[str, None] = field(default_factory=dict)
    problem: str | None = None


def closure(tree: Tree, repository: Repository) -> Closure:
    """What loading one repository executes. Pure: the same files and platform give the same.

    Args:
        tree: The files.
        repository: The same files, being read.
    """
    found = Found()
    loaders = LOADERS.get(tree.platform)
    for find in loaders or ():
        find(repository, found)
    walk = _Walk(repository, found)
    walk.run()
    unread = sorted(found.unread | walk.unread)
    why = f"not known, because {unread[0]} could not be read" if unread else None
    if loaders is None:
        why = f"not known, because no loader of the platform {tree.platform!r} is known"
    needs = True if found.by else None if why else False
    return Closure(
        files=tuple(_verdict(path, walk, found, why) for path in sorted(tree.files)),
        loads_by=tuple(sorted(found.by)),
        needs_custom_code=needs,
        elsewhere=tuple(sorted(found.elsewhere, key=lambda r: (r.target, r.module, r.where, r.revision or ""))),
        problems=tuple(f"{path}: {found.said(path)}" for path in sorted(found.problems)),
    )


def _verdict(path: str, walk: "_Walk", found: Found, why: str | None) -> Verdict:
    reached = walk.reached.get(path)
    noted = found.said(path)
    if reached is not None:
        problem = "; ".join(p for p in (noted, reached.problem) if p) or None
        return Verdict(
            path=path,
            relevant=True,
            reason=reached.reason,
            distance=reached.distance,
            unresolved=_bounded(reached.unresolved),
            problem=problem,
        )
    unknown = why is not None and path.endswith(_EXECUTABLE)
    problem = "; ".join(p for p in (noted, why if unknown else None) if p) or None
    return Verdict(path=path, relevant=None if unknown else False, reason=walk.aside.get(path), problem=problem)


def _bounded(unresolved: Collection[str]) -> tuple[str, ...]:
    more = len(unresolved) - MOST_UNRESOLVED
    return (*islice(unresolved, MOST_UNRESOLVED), *([f"and {more} more"] if more > 0 else []))


class _Walk:
    """Everything that can be reached from the entry points.

    A file may be reached under several rules: each is followed. Folders that a file puts on the import path count for
    all files, so the walk is done again when one is found.
    """

    def __init__(self, repository: Repository, found: Found) -> None:
        self._repository = repository
        self._entries = found.entries
        self.reached: dict[str, _Reached] = {}
        self.aside: dict[str, str] = {}
        self.unread: set[str] = set()

    def run(self) -> None:
        """Walk until no folder is added to the import path."""
        roots: tuple[str, ...] = ("",)
        while True:
            follower = Follower(self._repository, roots)
            self._once(follower)
            if follower.roots == roots:
                return
            roots = follower.roots

    def _once(self, follower: Follower) -> None:
        self.reached, self.aside, self.unread = {}, {}, set()
        todo: deque[tuple[Step, int, Rule, str]] = deque()
        met: set[tuple[str, Rule, str]] = set()

        def go_to(step: Step, distance: int, rule: Rule, base: str) -> None:
            key = (step.path, rule, base if rule in BESIDE else "")
            if key not in met:
                met.add(key)
                todo.append((step, distance, rule, base))

        for entry in self._entries:
            go_to(Step(entry.path, entry.reason), 0, entry.rule, entry.path.rpartition("/")[0])
        while todo:
            step, distance, rule, base = todo.popleft()
            at = self.reached.setdefault(step.path, _Reached(step.reason, distance))
            followed = follower.follow(step.path, rule, base)
            self._note(step.path, at, followed)
            for next_step in followed.steps:
                go_to(next_step, distance + 1, next_step.rule or rule, base)

    def _note(self, path: str, at: _Reached, followed: Followed) -> None:
        at.unresolved |= dict.fromkeys(followed.unresolved)
        at.problem = at.problem or followed.problem
        if not followed.whole:
            self.unread.add(path)
        for other, reason in followed.aside:
            self.aside.setdefault(other, reason)
