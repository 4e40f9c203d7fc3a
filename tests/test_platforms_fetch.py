"""``platforms fetch``: what is got of releases, what is kept of it, and what is said where nothing is."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from platform_study import PlatformStudy, sources, wheel
from sites.package_index import Archive, PackageIndexSite
from sites.server import Asked, LocalSite, Reply

from codebook.blobs import Blobs
from codebook.check import check
from platforms.cli import cli
from platforms.evidence import Wanted
from platforms.kept import releases

HUB = b"def load(repo, trust_repo=None):\n    ...\n"
OTHER = b"def other():\n    ...\n"
FILES = {"client/hub.py": HUB, "client/other.py": OTHER, "client-1.0.dist-info/METADATA": b"Name: client\n"}
ONE = "client-1.0-py3-none-any.whl"


def index(*archives: Archive, **keys: bool) -> LocalSite:
    return LocalSite(PackageIndexSite({"client": list(archives)}, **keys))


def large(files: dict[str, bytes]) -> bytes:
    """A wheel of which more than its list of members has to be left out for it to be worth asking for parts."""
    return wheel({"client/weights.bin": bytes(600_000), **files, "client/more.bin": bytes(600_000)}, stored=True)


def test_only_the_wanted_members_of_a_large_wheel_are_asked_for(tmp_path: Path) -> None:
    with index(Archive(ONE, large(FILES))) as local:
        study = PlatformStudy.at(tmp_path, local)
        ran = study.fetch()
        asked = [(each.path, each.headers.get("range")) for each in local.seen]

    size = len(large(FILES))
    assert ran.exit_code == 0, ran.stderr
    assert asked[:2] == [("/simple/client/", None), (f"/files/{ONE}", f"bytes={size - 65536}-{size - 1}")]
    ((_, part),) = asked[2:]
    first, last = map(int, (part or "").removeprefix("bytes=").split("-"))
    assert last - first < 2000
    (release,) = releases(study.study)
    assert dict(release.files) == {"client/hub.py": Blobs.of(study.study, "platforms").keep(HUB)}
    assert release.read("client/hub.py") == HUB
    row = study.releases["1.0"]
    assert (row.archive, row.files, row.state, row.problem, row.yanked, row.platform, row.run_id) == (
        *(ONE, 1, "read", None, False, "huggingface", "platforms-fetch-1"),
    )
    assert row.released == datetime(2023, 1, 2, 3, 4, 5, 6, UTC).replace(tzinfo=None)


def test_an_index_that_gives_no_parts_is_read_whole_and_its_hash_is_checked(tmp_path: Path) -> None:
    with index(Archive(ONE, large(FILES)), parts=False) as local:
        study = PlatformStudy.at(tmp_path / "right", local)
        right = study.fetch()
    with index(Archive(ONE, large(FILES), sha256="0" * 64), parts=False) as local:
        lies = PlatformStudy.at(tmp_path / "wrong", local)
        wrong = lies.fetch("--max-wait", "20")
        times = sum(each.path.startswith("/files/") for each in local.seen)

    assert (right.exit_code, study.releases["1.0"].state) == (0, "read")
    assert (wrong.exit_code, lies.releases["1.0"].state, times) == (0, "not_read", 3)
    assert lies.releases["1.0"].problem == (
        "asked for 3 times, and it never came whole: what came does not have the SHA-256 that the index tells"
    )


def test_the_archive_that_is_read_is_a_wheel_for_all_else_the_smallest_else_sources(tmp_path: Path) -> None:
    wheels = [
        Archive("client-1.0-cp311-cp311-manylinux1_x86_64.whl", wheel({"client/hub.py": HUB, "client/a.py": OTHER})),
        Archive(ONE, wheel(FILES)),
        Archive("client-2.0-cp311-cp311-manylinux1_x86_64.whl", wheel({**FILES, "client/x.so": b"x" * 999})),
        Archive("client-2.0-cp311-cp311-macosx_11_0_arm64.whl", wheel(FILES)),
        Archive("client-2.0.tar.gz", sources(FILES)),
        Archive("client-3.0.tar.gz", sources({"src/client/hub.py": HUB}, "client-3.0")),
        Archive("client-4.0-cp311-cp311-macosx_11_0_arm64.whl", wheel({"client/hub.so": HUB})),
        Archive("client-4.0.tar.gz", sources(FILES)),
        Archive("client-5.0-cp311-cp311-macosx_11_0_arm64.whl", wheel({"client/hub.so": HUB})),
        Archive("client-6.0-py2.7.egg", b"PK"),
    ]
    with index(*wheels) as local:
        study = PlatformStudy.at(tmp_path, local)
        ran = study.fetch()
    found = {name: (row.archive, row.state, row.files, row.problem) for name, row in study.releases.items()}

    assert ran.exit_code == 0, ran.stderr
    assert found == {
        "1.0": (ONE, "read", 1, None),
        "2.0": ("client-2.0-cp311-cp311-macosx_11_0_arm64.whl", "read", 1, None),
        "3.0": ("client-3.0.tar.gz", "read", 1, None),
        "4.0": ("client-4.0.tar.gz", "read", 1, None),
        "5.0": (
            *("client-5.0-cp311-cp311-macosx_11_0_arm64.whl", "not_read", 0),
            "it has no Python source among 1 members",
        ),
        "6.0": (None, "not_read", 0, "it has neither a wheel nor an archive of sources, only: egg"),
    }
    assert [dict(each.files).keys() for each in releases(study.study)][2:4] == [{"client/hub.py"}, {"client/hub.py"}]


def test_releases_come_in_the_order_of_their_versions_also_yanked_ones_and_candidates(tmp_path: Path) -> None:
    names = ["1.10.0", "1.9.0", "2.0.0rc1", "2.0.0", "1.9.0.post1"]
    files = [Archive(f"client-{name}-py3-none-any.whl", wheel(FILES), uploaded=None) for name in names]
    files[1] = Archive(files[1].name, files[1].content, yanked="broken")
    with index(*files, Archive("client-odd-name-py3-none-any.whl", b"")) as local:
        study = PlatformStudy.at(tmp_path, local)
        ran = study.fetch()
    kept = [(each.release.version, each.release.yanked, each.release.state) for each in releases(study.study)]

    assert kept == [
        ("1.9.0", True, "read"),
        ("1.9.0.post1", False, "read"),
        ("1.10.0", False, "read"),
        ("2.0.0rc1", False, "read"),
        ("2.0.0", False, "read"),
    ]
    assert "1 files on the list are of no release" in ran.stderr


def test_an_index_in_html_gives_no_dates_and_that_is_told(tmp_path: Path) -> None:
    with index(Archive(ONE, large(FILES), yanked="a reason"), json=False) as local:
        study = PlatformStudy.at(tmp_path, local)
        ran = study.fetch()
    row = study.releases["1.0"]

    assert (row.released, row.yanked, row.state, row.files) == (None, True, "read", 1)
    assert "the package index gives no dates" in ran.stderr


def test_what_was_read_is_not_asked_for_again_and_a_new_release_is(tmp_path: Path) -> None:
    old, new = Archive(ONE, wheel(FILES)), Archive("client-1.1-py3-none-any.whl", wheel(FILES))
    site = PackageIndexSite({"client": [old]})
    with LocalSite(site) as local:
        study = PlatformStudy.at(tmp_path, local)
        first = study.fetch()
        site.packages["client"].append(new)
        second = study.fetch()
        site.packages["client"].remove(old)
        third = study.fetch()
    asked = [each.path for each in local.seen]

    assert [first.exit_code, second.exit_code, third.exit_code] == [0, 0, 0]
    assert asked == [
        "/simple/client/",
        f"/files/{old.name}",
        "/simple/client/",
        f"/files/{new.name}",
        "/simple/client/",
    ]
    assert [(row.version, row.run_id) for row in study.releases.values()] == [
        ("1.0", "platforms-fetch-1"),
        ("1.1", "platforms-fetch-2"),
    ]


def test_when_more_is_wanted_only_that_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has come of an archive is not asked for again; only its list of members, and what is new."""
    files = {"client/hub.py": HUB, "client/x.bin": bytes(600_000), "client/later.py": OTHER}
    with index(Archive(ONE, large(files))) as local:
        study = PlatformStudy.at(tmp_path, local)
        study.fetch()
        before = len(local.seen)
        monkeypatch.setattr("platforms.packages._ANY", Wanted(("client/hub.py",)))
        fewer = study.fetch()
        asked_for_fewer = [each.headers.get("range") for each in local.seen[before:]]
        one = study.releases["1.0"].files
        monkeypatch.setattr("platforms.packages._ANY", Wanted(("client/*.py", "!client/none.py")))
        more = study.fetch()
        asked_for_more = [each.headers.get("range") for each in local.seen[before + len(asked_for_fewer) :]]

    assert (fewer.exit_code, more.exit_code, one) == (0, 0, 1)
    assert len(asked_for_fewer) == 2, "the list, and the end of the archive with its list of members"
    assert len(asked_for_more) == 3
    assert [each.files.keys() for each in releases(study.study)] == [{"client/hub.py", "client/later.py"}]


def test_less_can_be_asked_for_by_number_and_by_date(tmp_path: Path) -> None:
    dates = ("2021-01-01T00:00:00Z", "2022-01-01T00:00:00Z", "2023-01-01T00:00:00Z")
    files = [Archive(f"client-{n}.0-py3-none-any.whl", wheel(FILES), uploaded=day) for n, day in enumerate(dates)]
    with index(*files) as local:
        study = PlatformStudy.at(tmp_path, local)
        study.fetch("--limit", "1")
        newest = {name: row.state for name, row in study.releases.items()}
        study.fetch("--since", "2022-01-01")
        since = {name: (row.state, row.problem) for name, row in study.releases.items()}

    assert newest == {"0.0": "not_read", "1.0": "not_read", "2.0": "read"}
    assert since == {"0.0": ("not_read", "not asked for yet"), "1.0": ("read", None), "2.0": ("read", None)}


def test_tables_can_be_rebuilt_without_the_index(tmp_path: Path) -> None:
    with index(Archive(ONE, wheel(FILES)), Archive("client-2.0.tar.gz", sources(FILES))) as local:
        study = PlatformStudy.at(tmp_path, local)
        study.fetch()
    made = study.hashes
    rebuilt = study.fetch("--from-raw")
    results = [each for each in check(study.study) if each.result == "failed"]

    assert rebuilt.exit_code == 0, rebuilt.stderr
    assert study.hashes == made
    assert results == []


def test_an_archive_that_the_index_lists_and_does_not_give_is_asked_for_again_later(tmp_path: Path) -> None:
    def gone(_number: int, asked: Asked) -> Reply | None:
        return Reply(404, b"gone") if asked.path.startswith("/files/") else None

    local = index(Archive(ONE, wheel(FILES)))
    local.fault = gone
    with local:
        study = PlatformStudy.at(tmp_path, local)
        first = study.fetch()
        lost = study.releases["1.0"]
        local.fault = None
        second = study.fetch()

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert (lost.state, lost.problem) == ("not_read", "the package index does not give it: HTTP 404")
    assert (study.releases["1.0"].state, study.releases["1.0"].run_id) == ("read", "platforms-fetch-2")


def test_what_the_settings_do_not_name_any_more_is_left_aside_and_told(tmp_path: Path) -> None:
    others = {"client": [Archive(ONE, wheel(FILES))], "other": [Archive("other-1-py3-none-any.whl", wheel(FILES))]}
    with LocalSite(PackageIndexSite(others)) as local:
        study = PlatformStudy.at(tmp_path, local, packages=("client", "other"))
        study.fetch()
        both = [(each.release.package, each.release.platform) for each in releases(study.study)]
        ran = PlatformStudy.at(tmp_path, local).fetch("--from-raw")

    assert both == [("client", "huggingface"), ("other", "modelscope")]
    assert "raw/platforms/other is left aside" in ran.stderr
    assert [each.release.package for each in releases(study.study)] == ["client"]


def test_status_counts_what_is_kept_and_says_what_is_not(tmp_path: Path) -> None:
    egg = Archive("client-0.1-py2.7.egg", b"PK", "2020-01-01T00:00:00Z")
    with index(Archive(ONE, wheel(FILES), yanked="broken"), egg) as local:
        study = PlatformStudy.at(tmp_path, local)
        study.fetch()
    ran = CliRunner().invoke(cli, ["status", "--study", str(tmp_path), "--format", "csv"])

    assert ran.exit_code == 0
    assert ran.stdout.splitlines() == [
        "platform,evidence,name,items,read,partial,not_read,withdrawn,files,first,last",
        "huggingface,releases,client,2,1,0,1,1,1,2020-01-01,2023-01-02",
    ]
    assert "client 0.1: it has neither a wheel nor an archive of sources, only: egg" in ran.stderr
