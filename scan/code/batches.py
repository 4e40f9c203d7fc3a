"""What goes together in a batch, and what becomes of one that fails: it is split, down to single contents.

A content that a tool does not answer for is asked about again in a smaller batch, and in the end alone. So one content
that kills a tool costs that content only, and every content has one answer. Where the whole place was lost, what ran or
waited there beside it may be to blame: such a content is tried once more while nothing else is under way.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace

from codebook.blobs import Blobs
from codebook.errors import StudyError
from scan.code.work import Answered, Executor, Item, Work
from scan.scanner import Code, Kit, Said, Scanner, Status

PARTS = 4
"""Into how many batches one that fails is split."""

MOST_IN_VAIN = 20
"""Single contents on which a tool may fail, having scanned none in this run, before it is not asked any more."""

MOST_SUSPECTS = 20
"""Contents whose place was lost that wait for being tried alone, before others have to wait for them."""

MOST_CARRIED = 250_000_000
"""Bytes of contents that are held and sent at once; one that is larger is skipped."""

NOTHING = "the tool said nothing about it"
_LOST = Answered(said=(), problem="the place where it ran was lost, also when it ran alone")
_AHEAD = 2
_TICK = 1.0


@dataclass(frozen=True, slots=True)
class Tool:
    """A scanner that is here, and what running it takes."""

    scanner: Scanner
    kit: Kit


@dataclass(frozen=True, slots=True)
class Batch:
    """Contents for one tool; of a whole repository, each with its path, and then never split."""

    tool: Tool
    codes: tuple[Code, ...]
    paths: tuple[str, ...] | None = None

    @property
    def bytes(self) -> int:
        """The bytes of its contents."""
        return sum(code.bytes for code in self.codes)

    @property
    def is_whole(self) -> bool:
        """Whether it cannot be split."""
        return len(self.codes) == 1 or self.paths is not None

    def only(self, asked: Iterable[Code]) -> "Batch":
        """The same with fewer contents."""
        return replace(self, codes=tuple(asked))


def batches(tool: Tool, codes: Sequence[Code], slots: int) -> Iterator[Batch]:
    """Contents in batches within the tool's bounds, of much the same size, as many as keep all ``slots`` busy."""
    most, most_bytes = tool.kit.batch
    size = sum(code.bytes for code in codes)
    wanted = max(-(-len(codes) // most), -(-size // most_bytes))
    if wanted > 1:
        wanted = -(-wanted // slots) * slots
    most, most_bytes = -(-len(codes) // max(wanted, 1)), min(most_bytes, 2 * -(-size // max(wanted, 1)))
    part, taken = list[Code](), 0
    for code in codes:
        if part and (len(part) == most or taken + code.bytes > most_bytes):
            yield Batch(tool, tuple(part))
            part, taken = [], 0
        part.append(code)
        taken += code.bytes
    if part:
        yield Batch(tool, tuple(part))


@dataclass
class Errand:
    """Runs batches, and hands on what was said of every content of them.

    Args:
        executor: Where they run.
        blobs: The contents.
        keep: Takes answers of a tool, each content once; ``again`` says that the next run is to ask again.
        strangers: How many answers were about nothing that was asked.
    """

    executor: Executor
    blobs: Blobs
    keep: Callable[[Tool, Sequence[Said], bool], None]
    strangers: int = 0
    _waiting: deque[Batch] = field(default_factory=deque)
    _flying: dict["Future[Answered]", Batch] = field(default_factory=dict)
    _suspects: list[Batch] = field(default_factory=list)
    _scanned: dict[str, int] = field(default_factory=dict)
    _in_vain: dict[str, int] = field(default_factory=dict)

    def run(self, wanted: Iterable[Batch]) -> None:
        """Run all of them, and those that come of them."""
        left = iter(wanted)
        while True:
            self._fly(left)
            if not self._suspects:
                return
            suspects, self._suspects = self._suspects, []
            for batch in suspects:
                self._try_alone(batch)

    def _fly(self, left: Iterator[Batch]) -> None:
        """Run side by side what there is, or until there are so many suspects that they come first."""
        while True:
            if len(self._suspects) < MOST_SUSPECTS:
                self._submit(left)
            if not self._flying:
                return
            done, _ = wait(self._flying, timeout=_TICK, return_when=FIRST_COMPLETED)
            for future in done:
                batch, answered = self._flying.pop(future), self._answered(future)
                if answered is None and batch.is_whole:
                    self._suspects.append(batch)
                else:
                    self._take(batch, answered or _LOST)

    def _try_alone(self, batch: Batch) -> None:
        if not self._gives_up(batch) and (work := self._work(batch)).items:
            answered = self._answered(self.executor.submit(work))
            self._take(batch.only(item.code for item in work.items), answered or _LOST)

    def _submit(self, left: Iterator[Batch]) -> None:
        """Have as many under way as keep every place busy, and no more, for each holds its contents in memory."""
        while len(self._flying) < self.executor.slots + _AHEAD:
            batch = self._waiting.popleft() if self._waiting else next(left, None)
            if batch is None:
                return
            if self._flying and batch.bytes + sum(each.bytes for each in self._flying.values()) > MOST_CARRIED:
                self._waiting.appendleft(batch)
                return
            if self._gives_up(batch):
                continue
            work = self._work(batch)
            if work.items:
                self._flying[self.executor.submit(work)] = batch.only(item.code for item in work.items)

    def _work(self, batch: Batch) -> Work:
        items, lost = list[Item](), list[Said]()
        paths: Sequence[str | None] = batch.paths or (None,) * len(batch.codes)
        for code, path in zip(batch.codes, paths, strict=True):
            content = self._content(code)
            if isinstance(content, str):
                lost.append(Said(sha256=code.sha256, status="skipped", reason=content))
            else:
                items.append(Item(code, content, path))
        if lost:
            self.keep(batch.tool, _once(lost), True)
        return Work(batch.tool.scanner, batch.tool.kit, tuple(items))

    def _content(self, code: Code) -> bytes | str:
        """The bytes, or why there are none."""
        if code.bytes > MOST_CARRIED:
            return f"it has {code.bytes} bytes, and {MOST_CARRIED} can be sent to a tool"
        try:
            content = self.blobs.read(code.sha256)
        except StudyError as error:
            return f"its content cannot be read: {error.what}"
        return "its content is gone" if content is None else content

    def _answered(self, future: "Future[Answered]") -> Answered | None:
        """What came of it; None if the place where it ran was lost."""
        try:
            return future.result()
        except self.executor.lost:
            return None

    def _take(self, batch: Batch, answered: Answered) -> None:
        name, said = batch.tool.kit.tool, list(answered.said)
        self.strangers += answered.strangers
        known = {each.sha256 for each in said}
        left = [code for code in batch.codes if code.sha256 not in known]
        self._scanned[name] = self._scanned.get(name, 0) + sum(each.status == "scanned" for each in said)
        if left and batch.is_whole:
            said += _once(_failed(code, batch.tool.kit, answered) for code in left)
            self._in_vain[name] = self._in_vain.get(name, 0) + 1
            left = []
        if said:
            self.keep(batch.tool, sorted(said, key=lambda each: each.sha256), False)
        self._waiting.extendleft(reversed([batch.only(part) for part in _parts(left, answered)]))

    def _gives_up(self, batch: Batch) -> bool:
        """Keep that a batch was not tried, if its tool is hopeless; whether that was so."""
        name = batch.tool.kit.tool
        if self._scanned.get(name) or self._in_vain.get(name, 0) < MOST_IN_VAIN:
            return False
        reason = f"not tried: the tool failed on the first {MOST_IN_VAIN} contents, one by one"
        said = _once(Said(sha256=code.sha256, status="skipped", reason=reason) for code in batch.codes)
        self.keep(batch.tool, said, True)
        return True


def _once(said: Iterable[Said]) -> list[Said]:
    """One answer a content; a repository may have it twice."""
    return list({each.sha256: each for each in said}.values())


def _failed(code: Code, kit: Kit, answered: Answered) -> Said:
    status: Status = "timed_out" if answered.late else "failed"
    seconds = kit.seconds if answered.late else None
    return Said(sha256=code.sha256, status=status, reason=answered.problem or NOTHING, seconds=seconds)


def _parts(left: Sequence[Code], answered: Answered) -> list[Sequence[Code]]:
    """The batches in which contents without an answer are tried again."""
    if not left:
        return []
    if answered.late and answered.said:  # it was in the middle of one, most likely the first that is left
        return [part for part in (left[:1], left[1:]) if part]
    size = -(-len(left) // PARTS)
    return [left[at : at + size] for at in range(0, len(left), size)]


def repository(tool: Tool, files: Mapping[str, Code]) -> Batch:
    """A repository for a tool that looks at whole ones."""
    paths = sorted(files)
    return Batch(tool, tuple(files[path] for path in paths), tuple(paths))
