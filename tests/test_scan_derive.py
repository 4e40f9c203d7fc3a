"""From pages to tables: which pages count, how they are put together, and what is told from names alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codebook.raw import Page, RawStore
from codebook.wire import Dialect, Wire
from scan.derive import criteria, rows
from scan.derive.index import Index, ShardSeen
from scan.derive.merge import Found, merged, models
from scan.hub import Earlier, HubOptions, Registry, Seen, SeenFile, SeenModel, SeenShard
from scan.relevance import Closure, Verdict

HERE = Registry(name="here", kind="huggingface")


class Script:
    """A hub whose pages say what a list says they say: the body of a page is its place in it."""

    Options = HubOptions

    def __init__(self, store: RawStore) -> None:
        self.said: list[tuple[Seen, ...]] = []
        self.store = store

    def dialect(self, _registry: Registry) -> Dialect:
        return Dialect()

    def fetch(self, _registry: Registry, _wire: Wire, _earlier: Earlier) -> Iterator[str]:
        return iter(())

    def parse(self, page: Page, _registry: Registry) -> Iterator[Seen]:
        return iter(self.said[int(page.body)])

    def page(self, run: str, *said: Seen) -> None:
        """Store a page."""
        number = len(self.said)
        self.said.append(said)
        self.store.append(Page(f"GET /{number}", 200, {}, str(number).encode(), run))

    def index(self, *finished: str) -> Index:
        return Index.of(self, HERE, self.store, frozenset(finished))

    def models(self, *finished: str) -> dict[str, Found]:
        found = models(self, HERE, self.store.pages(), self.index(*finished))
        return {each.model.native_id: each for each in found}


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Script]:
    made = Script(RawStore(tmp_path))
    yield made
    made.store.close()


def shard(*hits: str, more: bool = False, reported: int | None = None, query: str = "all") -> SeenShard:
    return SeenShard(query=query, hits=hits, more=more, reported=reported)


def seen(native_id: str, **said: object) -> SeenModel:
    return SeenModel(native_id=native_id, **said)  # type: ignore[arg-type] # the columns' own types


def test_a_run_that_stopped_loses_no_model_of_the_run_before(script: Script) -> None:
    script.page("r1", shard("o/a", "o/b"), seen("o/a"), seen("o/b"))
    script.page("r2", shard("o/c", more=True), seen("o/c"))

    assert sorted(script.models("r1")) == ["o/a", "o/b", "o/c"]
    script.page("r2", shard("o/a"), seen("o/a"))
    assert sorted(script.models("r1")) == ["o/a", "o/c"], "the shard is whole now, and o/b is gone"
    assert sorted(script.models("r1", "r2")) == ["o/a", "o/c"]


def test_a_shard_that_is_not_asked_for_any_more_leaves_with_the_run_that_does_not(script: Script) -> None:
    script.page("r1", shard("o/a", query="x"), seen("o/a"))
    script.page("r2", shard("o/b", query="y"), seen("o/b"))

    assert [query for query, _ in script.index("r1").shards()] == ["x", "y"]
    assert [query for query, _ in script.index("r1", "r2").shards()] == ["y"]
    assert sorted(script.models("r1", "r2")) == ["o/b"]


def test_a_later_page_wins_where_it_says_something(script: Script) -> None:
    script.page("r1", shard("o/a"), seen("o/a", tags=("x",), downloads=5))
    script.page("r1", seen("o/a", task="t", facts={"auto_map": ()}, files_whole=True), SeenFile(model="o/a", path="a"))
    found = script.models("r1")["o/a"]

    expected = seen("o/a", tags=("x",), downloads=5, task="t", facts={"auto_map": ()}, files_whole=True)
    assert found.model == expected
    assert list(found.files) == ["a"]


@pytest.mark.parametrize(("version", "files"), [("v1", ["old.py"]), ("v2", [])])
def test_files_of_an_earlier_run_stand_while_the_version_is_the_same(
    script: Script, version: str, files: list[str]
) -> None:
    script.page("r1", shard("o/a"), seen("o/a", version="v1", files_whole=True), SeenFile(model="o/a", path="old.py"))
    script.page("r2", shard("o/a"), seen("o/a", version=version, downloads=9))
    found = script.models("r1", "r2")["o/a"]

    assert list(found.files) == files
    assert found.model.downloads == 9
    assert found.run_id == "r2"


def test_files_of_a_new_version_take_the_place_of_the_old_ones(script: Script) -> None:
    script.page("r1", shard("o/a"), seen("o/a", version="v1"), SeenFile(model="o/a", path="old.py"))
    script.page("r2", shard("o/a"), seen("o/a", version="v2"))
    script.page("r2", SeenFile(model="o/a", path="new.py"))

    assert list(script.models("r1", "r2")["o/a"].files) == ["new.py"]


def test_a_model_that_is_listed_and_of_which_nothing_came_is_a_row_that_says_so(script: Script) -> None:
    script.page("r1", shard("o/a"))
    found = script.models()["o/a"]

    assert found.model.problem == "the hub lists it, and nothing of it has come yet"
    assert rows.model(HERE, found, None).needs_custom_code is None


def test_two_names_that_are_one_in_a_table_are_one_row_that_says_so(script: Script) -> None:
    files = (SeenFile(model="o/a", path="x\x00.py"), SeenFile(model="o/a", path="x.py"))
    script.page("r1", shard("o/a", "o/\x00a"), seen("o/a"), *files)
    found = script.models("r1")

    assert list(found) == ["o/a"]
    assert list(found["o/a"].files) == ["x.py"]
    assert "two files have the path 'x.py'" in str(found["o/a"].model.problem)


def test_a_hub_that_gives_fewer_than_it_says_is_partial() -> None:
    state = ShardSeen("r")
    state.add(shard("o/a", "o/b", reported=3))

    assert (state.is_complete, state.reason) == (False, "the hub says 3 models and 2 came")
    state.add(shard("o/b", "o/c", reported=3))
    assert state.is_complete


words = st.text(max_size=3)
some_model = st.builds(
    SeenModel,
    native_id=st.just("o/a"),
    revision=st.none() | words,
    tags=st.tuples() | st.tuples(words),
    downloads=st.none() | st.integers(0, 9),
    facts=st.dictionaries(words, st.tuples(), max_size=2),
    files_whole=st.booleans(),
    problem=st.none() | st.sampled_from(["x", "y"]),
)


@given(some_model, some_model, some_model)
def test_putting_together_has_no_preference_for_where_one_begins(a: SeenModel, b: SeenModel, c: SeenModel) -> None:
    left, right = merged(merged(a, b), c), merged(a, merged(b, c))

    assert (left.revision, left.tags, left.downloads, dict(left.facts), left.files_whole) == (
        right.revision,
        right.tags,
        right.downloads,
        dict(right.facts),
        right.files_whole,
    )


FORMATS = [
    (["a.safetensors"], "safetensors"),
    (["a.BIN", "b/c.safetensors"], "both"),
    (["x.ckpt"], "pickle"),
    (["x.gguf", "README.md", "pytorch_model.bin.index.json"], "none"),
    ([], "none"),
]


@pytest.mark.parametrize(("paths", "expected"), FORMATS)
def test_formats_are_told_by_names(paths: list[str], expected: str) -> None:
    assert criteria.formats(paths, whole=True) == expected
    assert criteria.formats(paths, whole=False) is None


CRITERIA = [
    ("huggingface", ["custom_code"], ["a.py"], ("tag",)),
    ("huggingface", [], ["sub/modeling_x.py"], ("file_name",)),
    ("huggingface", [], ["modeling.py", "xmodeling_y.py", "tokenizer.pyc", "Hubconf.py"], ()),
    ("openmmlab", ["custom_code"], ["hubconf.py"], ("file_name", "openmmlab", "tag")),
]


@pytest.mark.parametrize(("platform", "tags", "paths", "expected"), CRITERIA)
def test_published_criteria_are_tags_and_names(
    platform: str, tags: list[str], paths: list[str], expected: tuple[str, ...]
) -> None:
    assert criteria.criteria(platform, tags, paths) == expected


LOADING = [
    ("huggingface", {"auto_map": ("AutoModel=m.X",)}, ["m.py", "config.json"], ("auto_map",), True),
    ("huggingface", {"auto_map": ()}, ["m.py", "config.json"], (), False),
    ("huggingface", {"auto_map": ()}, ["m.py", "config.json", "tokenizer_config.json"], (), None),
    ("huggingface", {}, ["m.py", "config.json"], (), None),
    ("huggingface", {}, ["model.bin", "config.json"], (), False),
    ("modelscope", {}, ["ms_wrapper.py"], ("ms_wrapper",), True),
    ("modelscope", {"plugins": ("p",)}, ["a.py"], ("configuration.json",), True),
    ("pytorch_hub", {}, ["hubconf.py"], ("hubconf",), True),
    ("pytorch_hub", {}, ["sub/hubconf.py"], (), False),
    ("openmmlab", {}, ["configs/a.py"], ("python_config",), True),
    ("elsewhere", {}, ["a.py"], (), None),
]


@pytest.mark.parametrize(("platform", "facts", "paths", "ways", "needs"), LOADING)
def test_what_a_listing_shows_of_loading(
    platform: str, facts: dict[str, tuple[str, ...]], paths: list[str], ways: tuple[str, ...], needs: bool | None
) -> None:
    model = seen("o/a", platform=platform, facts=facts, files_whole=True)
    found = Found(model, {path: SeenFile(model="o/a", path=path) for path in paths}, "r")
    row = rows.model(HERE, found, None)

    assert (row.loads_by, row.needs_custom_code) == (ways, needs)
    code = [r.relevant for r in rows.files(HERE, found, None) if r.path.endswith(".py")]
    assert set(code) <= {False if needs is False else None}


def test_what_the_contents_say_stands_before_what_the_listing_shows() -> None:
    model = seen("o/a", facts={"auto_map": ("A=m.X",)}, files_whole=True)
    found = Found(model, {"m.py": SeenFile(model="o/a", path="m.py")}, "r")
    verdict = Verdict(path="m.py", relevant=True, reason="hubconf", distance=0, unresolved=("3: x",), problem="p")
    read = Closure(
        files=(verdict,), loads_by=("hubconf",), needs_custom_code=True, problems=("c.json: broken", "d.json: broken")
    )
    row, (file,) = rows.model(HERE, found, read), list(rows.files(HERE, found, read))

    assert (row.loads_by, row.problem) == (("hubconf",), "c.json: broken (and 1 more)")
    assert (file.relevant, file.reason, file.distance, file.unresolved, file.problem) == (
        True,
        "hubconf",
        0,
        ("3: x",),
        "p",
    )
