"""Archives that were made to do harm: bounded, and told; nothing of them is a path, and nothing is executed."""

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from platform_study import PlatformStudy, sources, wheel
from pypi_simple import DistributionPackage
from sites.package_index import Archive, PackageIndexSite
from sites.server import LocalSite

from codebook.blobs import Blobs
from codebook.rows import Release
from codebook.wire import Answer
from platforms.evidence import Wanted
from platforms.fetch import archives
from platforms.fetch.records import Reading
from platforms.fetch.release import Attempt
from platforms.fetch.selection import Selection, why_odd

MARKED = b"trust_remote_code = None\n"
WANTED = Selection(Wanted(("*.py",)))


def reading(folder: Path, content: bytes, name: str = "client-1.0-py3-none-any.whl") -> Reading:
    """What is read of an archive that comes whole."""
    kind = "wheel" if name.endswith(".whl") else "sdist"
    archive = DistributionPackage(name, "", "client", "1.0", kind, {}, None, None, size=len(content))

    def ask(_limit: int, span: tuple[int, int] | None) -> Answer:
        if span is None:
            return Answer(200, {}, content)
        told = {"content-range": f"bytes {span[0]}-{span[1] - 1}/{len(content)}"}
        return Answer(206, told, content[span[0] : span[1]])

    return Reading.model_validate_json(Attempt(archive, ask, WANTED, Blobs(folder)).send().body)


def said(made: Reading) -> tuple[str, int, str | None]:
    return made.state, len(made.files), made.problem


@pytest.mark.parametrize(
    "name",
    ["../up.py", "/etc/x.py", "a/../../x.py", "C:/x.py", "a\\b.py", "a/\x1b[2Jx.py", "a//b.py", "x" * 501 + ".py"],
)
def test_a_name_that_no_module_has_is_told_and_the_rest_is_read(name: str, tmp_path: Path) -> None:
    made = reading(tmp_path / "blobs", wheel({name: MARKED, "client/a.py": MARKED}))

    assert (made.state, list(made.files)) == ("partial", ["client/a.py"])
    assert made.problem is not None
    assert made.problem.startswith("a member")
    assert [each.name for each in tmp_path.iterdir()] == ["blobs"]


def test_a_member_that_is_larger_than_it_says_is_cut_and_one_that_says_so_is_not_opened(tmp_path: Path) -> None:
    large = archives.LARGEST + 1
    declared = wheel({"client/bomb.py": bytes(large), "client/a.py": MARKED})
    lies = declared.replace(struct.pack("<L", large), struct.pack("<L", 100))

    assert said(reading(tmp_path, declared)) == ("partial", 1, f"a member has more than {archives.LARGEST} bytes")
    assert said(reading(tmp_path, lies)) == ("partial", 1, "a member is damaged (BadZipFile)")


def _encrypted(content: bytes) -> bytes:
    return content.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01", 1)


def _lzma(_content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("client/a.py", bytes(4_000_000))
    return out.getvalue()


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        (_encrypted, "a member is encrypted"),
        (_lzma, "a member is compressed in a way that wheels are not"),
        (lambda content: content[:-30], "the archive is damaged: File is not a zip file"),
        (lambda _: b"", "the archive is damaged: File is not a zip file"),
        (lambda _: b"<html>sign in</html>", "the archive is damaged: File is not a zip file"),
        (lambda content: content.replace(b"trust_", b"trusx_"), "a member is damaged (BadZipFile)"),
    ],
    ids=["encrypted", "lzma", "cut", "empty", "html", "crc"],
)
def test_what_cannot_be_read_is_not_read(harm: Callable[[bytes], bytes], problem: str, tmp_path: Path) -> None:
    made = reading(tmp_path, harm(wheel({"client/a.py": MARKED}, stored=True)))

    assert said(made) == ("not_read", 0, problem)


def test_an_absurd_list_of_members_is_not_read(tmp_path: Path) -> None:
    """One that says it has 200 MB, in a file that is served in parts, is refused before it is asked for."""
    size, asked = 200_000_000, list[tuple[int, int] | None]()
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, size - 22, 0, 0)
    archive = DistributionPackage("c-1-py3-none-any.whl", "", "c", "1", "wheel", {}, None, None, size=size)

    def ask(_limit: int, span: tuple[int, int] | None) -> Answer:
        asked.append(span)
        first, last = span or (0, size)
        body = (bytes(max(0, size - 22 - first)) + end)[: last - first]
        return Answer(206, {"content-range": f"bytes {first}-{last - 1}/{size}"}, body)

    made = Reading.model_validate_json(Attempt(archive, ask, WANTED, Blobs(tmp_path)).send().body)

    assert said(made) == ("not_read", 0, f"its list of members has {size - 22} bytes")
    assert [span and span[1] - span[0] for span in asked] == [65536]


def test_too_many_members_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 10)
    files = {f"client/{n:02}.py": MARKED for n in range(11)}

    assert said(reading(tmp_path, wheel(files))) == ("not_read", 0, "it has more than 10 members")
    assert said(reading(tmp_path, sources(files), "c-1.tar.gz")) == ("partial", 10, "it has more than 10 members")


def test_links_and_devices_in_sources_are_passed_over(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, kind in (("link.py", tarfile.SYMTYPE), ("hard.py", tarfile.LNKTYPE), ("device.py", tarfile.CHRTYPE)):
            member = tarfile.TarInfo(f"c-1/{name}")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        good = tarfile.TarInfo("c-1/client/a.py")
        good.size = len(MARKED)
        archive.addfile(good, io.BytesIO(MARKED))

    made = reading(tmp_path, out.getvalue(), "c-1.tar.gz")
    assert said(made) == ("partial", 1, "a member is a link or no regular file (3 of them)")


def test_sources_that_unpack_to_more_than_a_bound_are_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MOST_UNPACKED", 2_000_000)
    files = {"client/a.py": MARKED, "data.bin": bytes(5_000_000), "client/b.py": MARKED}

    made = reading(tmp_path, sources(files), "c-1.tar.gz")
    assert said(made) == ("partial", 1, "it has more than 2000000 bytes unpacked")


def test_a_header_that_is_larger_than_any_member_is_not_read(tmp_path: Path) -> None:
    header = tarfile.TarInfo("c-1/x")
    header.type, header.size = tarfile.XHDTYPE, 1 << 30
    content = zlib.compress(header.tobuf(tarfile.PAX_FORMAT) + bytes(2_000), wbits=31)

    assert said(reading(tmp_path, content, "c-1.tar.gz")) == ("not_read", 0, "a header in it has 1073741824 bytes")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_archive_is_told_and_never_breaks(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("blobs")
    made = data.draw(st.sampled_from([wheel, sources]))({"client/a.py": MARKED, "client/b.py": MARKED * 9})
    content = bytearray(made)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    found = reading(folder, bytes(content[:cut]), "c-1.whl" if made[:2] == b"PK" else "c-1.tar.gz")

    assert found.state in ("read", "partial", "not_read")
    assert found.problem is not None or found.state == "read"
    assert all(Blobs(folder).has(sha256) for sha256 in found.files.values())


@given(st.text(max_size=40))
def test_a_name_that_is_let_through_stays_in_its_place(name: str) -> None:
    if why_odd(name) is None:
        inside = Path("/package") / name
        assert inside.resolve().is_relative_to("/package")
        assert name == inside.relative_to("/package").as_posix()


def test_a_package_that_lies_about_its_size_is_asked_for_again_and_given_up(tmp_path: Path) -> None:
    content = wheel({"client/x.bin": bytes(900_000), "client/a.py": MARKED}, stored=True)
    site = PackageIndexSite({"client": [Archive("client-1.0-py3-none-any.whl", content, size=len(content) - 7)]})
    with LocalSite(site) as local:
        study = PlatformStudy.at(tmp_path, local)
        ran = study.fetch("--max-wait", "20")
    (row,) = study.study.read(Release)

    assert ran.exit_code == 0, ran.stderr
    assert row.state == "not_read"
    assert row.problem is not None
    assert row.problem.startswith("asked for 3 times, and it never came whole: it has 900")
    assert row.problem.endswith(f"bytes, and the index says {len(content) - 7}")
