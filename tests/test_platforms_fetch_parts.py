"""Files read in parts: whatever is read, and however a host serves it, the bytes are those of the file."""

import io
import random
import zipfile
from pathlib import Path
from typing import IO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from platform_study import PlatformStudy, sources, wheel
from sites.package_index import Archive, PackageIndexSite
from sites.server import Asked, LocalSite, Reply

from codebook.blobs import Blobs
from codebook.downloads import Downloads
from codebook.errors import StudyError
from codebook.wire import Answer
from platforms.evidence import Wanted
from platforms.fetch.archives import Taken, from_zip
from platforms.fetch.ranges import NoAnswerError, Remote
from platforms.fetch.selection import Selection, installed
from platforms.kept import releases

CODE = b"trust_remote_code = None\n"


class Host:
    """Serves one file; ``seen`` says which parts of it were asked for."""

    def __init__(self, content: bytes, *, parts: bool = True, total: bool = True) -> None:
        self.content = content
        self.parts = parts
        self.total = total
        self.seen: list[tuple[int, int] | None] = []

    def ask(self, _limit: int, span: tuple[int, int] | None) -> Answer:
        self.seen.append(span)
        if span is None or not self.parts:
            return Answer(200, {}, self.content)
        last = min(span[1], len(self.content))
        told = f"bytes {span[0]}-{last - 1}/{len(self.content) if self.total else '*'}"
        return Answer(206, {"content-range": told}, self.content[span[0] : last])


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 300_000), min_size=1, max_size=12),
    wanted=st.sets(st.integers(0, 11)),
    parts=st.booleans(),
    told=st.booleans(),
)
def test_members_read_in_parts_are_those_of_the_archive(
    sizes: list[int], wanted: set[int], parts: bool, told: bool
) -> None:
    files = {f"p/{n}.{'py' if n in wanted else 'bin'}": bytes([65 + n]) * size for n, size in enumerate(sizes)}
    content = wheel(files, stored=True)
    host, kept = Host(content, parts=parts), dict[str, bytes]()
    remote = Remote(host.ask, len(content) if told else None)

    def keep(content: bytes) -> str:
        kept[str(len(kept))] = content
        return str(len(kept) - 1)

    taken = Taken(Selection(Wanted(("*.py",))), keep, sdist=False)
    remote.open()
    from_zip(cast("IO[bytes]", remote), remote, taken)

    assert {path: kept[key] for path, key in taken.files.items()} == {
        path: body for path, body in files.items() if path.endswith(".py")
    }
    assert len(host.seen) <= 3 + len(taken.files)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 9), st.lists(st.tuples(st.integers(0, 700_000), st.integers(0, 90_000)), max_size=12))
def test_reads_anywhere_give_what_the_file_has(seed: int, reads: list[tuple[int, int]]) -> None:
    content = random.Random(seed).randbytes(600_000)
    remote = Remote(Host(content).ask, len(content))
    remote.open()
    there = io.BytesIO(content)
    for start, size in reads:
        assert remote.seek(start) == there.seek(start)
        assert remote.read(size) == there.read(size)
        assert remote.tell() == there.tell()


def test_a_part_that_is_another_than_was_asked_for_is_no_answer() -> None:
    content = bytes(700_000)

    def another(_limit: int, _span: tuple[int, int] | None) -> Answer:
        return Answer(206, {"content-range": f"bytes 0-65535/{len(content)}"}, content[:65536])

    with pytest.raises(NoAnswerError):
        Remote(another, len(content)).open()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("client-1.0/client/hub.py", "client/hub.py"),
        ("client-1.0/src/client/hub.py", "client/hub.py"),
        ("./client-1.0/client/hub.py", "client/hub.py"),
        ("setup.py", ""),
    ],
)
def test_a_path_is_that_of_the_installed_package(name: str, path: str) -> None:
    assert installed(name, sdist=True) == path
    assert installed(name, sdist=False) == name


def test_sources_in_a_zip_archive_are_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("client-1.0/client/a.py", CODE)
    with LocalSite(PackageIndexSite({"client": [Archive("client-1.0.zip", out.getvalue())]})) as local:
        study = PlatformStudy.at(tmp_path, local)
        study.fetch()

    assert [dict(each.files).keys() for each in releases(study.study)] == [{"client/a.py"}]
    assert study.releases["1.0"].archive == "client-1.0.zip"


def test_who_asks_is_told_to_one_host_alone() -> None:
    site = PackageIndexSite({}, pages={"/there": Reply(200, b"0123456789")})
    with LocalSite(site) as other:
        moved = Reply(302, b"", {"Location": f"{other.base_url}/there"})
        with LocalSite(PackageIndexSite({}, pages={"/here": moved})) as local:
            answer = Downloads("Basic abc", local.base_url, "*/*").get(f"{local.base_url}/here", 4, (2, 5))
        (first,), (second,) = local.seen, other.seen

    assert (answer.status, answer.body) == (200, b"01234")
    assert (first.headers["authorization"], first.headers["range"]) == ("Basic abc", "bytes=2-4")
    assert "authorization" not in second.headers


def test_an_archive_that_breaks_off_is_asked_for_again(tmp_path: Path) -> None:
    cut = list[str]()

    def fault(_number: int, asked: Asked) -> str | None:
        if asked.path.startswith("/files/") and not cut:
            cut.append(asked.path)
            return "cut"
        return None

    content = sources({"client/a.py": CODE})
    with LocalSite(PackageIndexSite({"client": [Archive("client-1.0.tar.gz", content)]}), fault=fault) as local:
        study = PlatformStudy.at(tmp_path, local)
        ran = study.fetch()

    assert (ran.exit_code, study.releases["1.0"].state, len(cut)) == (0, "read", 1)


def test_damaged_records_and_lost_contents_are_told(tmp_path: Path) -> None:
    with LocalSite(
        PackageIndexSite({"client": [Archive("client-1.0.tar.gz", sources({"client/a.py": CODE}))]})
    ) as local:
        study = PlatformStudy.at(tmp_path, local)
        study.fetch()
        (release,) = releases(study.study)
        Blobs.of(study.study, "platforms").path(release.files["client/a.py"]).unlink()
        with pytest.raises(StudyError, match="a content is gone"):
            release.read("client/a.py")
        study.fetch()
        mended = release.read("client/a.py")
    (segment, *_) = sorted((tmp_path / "raw/platforms/client").glob("*.jsonl.gz"))
    damaged = bytearray(segment.read_bytes())
    damaged[60] ^= 255
    segment.write_bytes(damaged)
    rebuilt = study.fetch("--from-raw")

    assert mended == CODE
    assert rebuilt.exit_code == 1
    assert "1 raw records are damaged" in rebuilt.stderr
    assert study.releases["1.0"].state == "read"
