"""``scan fetch``: code that a model takes from another repository is followed there, and pinned."""

import json
from pathlib import Path

from sites.hub_code import CodeModel, HubCodeSite, resolve
from sites.server import LocalSite
from test_scan_fetch import asked_for, fetched, files, scan

from codebook.rows import Model
from scan.fetch.records import UNPINNED


def names(*references: str) -> bytes:
    """A configuration that names these classes."""
    return json.dumps({"auto_map": {f"Auto{n}": each for n, each in enumerate(references)}}).encode()


def user(name: str, *references: str, listed: bool = True) -> CodeModel:
    return CodeModel(name, {"config.json": names(*references)}, tags=("custom_code",), listed=listed)


BASE = CodeModel("lab/base", {"config.json": b"{}", "modeling_b.py": b"class B: ...\n"}, listed=False)


def rows(folder: Path, models: list[CodeModel]) -> tuple[dict[str, Model], list[str], int]:
    """The table by owner and name, the files that were asked for, and how many requests there were in all."""
    with LocalSite(HubCodeSite(models)) as local:
        study = fetched(folder, local)
        before = study.hashes
        assert scan(study, "models", "--from-raw").exit_code == 0
        assert study.hashes == before
        found = {f"{row.owner}/{row.name}": row for row in study.study.read(Model)}
        return found, asked_for(local), len(local.seen)


def test_a_reference_into_another_repository_is_followed_and_pinned(tmp_path: Path) -> None:
    models = [user("o/a", "lab/base--modeling_b.B"), user("o/b", "lab/base--modeling_b.B"), BASE]
    with LocalSite(HubCodeSite(models)) as local:
        study = fetched(tmp_path, local)
    (base,) = [row for row in study.study.read(Model) if row.owner == "lab"]

    assert (base.model_id, base.role, base.revision) == (f"hf:lab/base@{BASE.sha}", "followed", BASE.sha)
    assert base.named_by == ("o/a: config.json auto_map.Auto0", "o/b: config.json auto_map.Auto0")
    assert base.problem == UNPINNED
    assert asked_for(local)[2:] == [resolve(BASE, "config.json"), resolve(BASE, "modeling_b.py")]
    assert {path: row.problem for path, row in files(study, "base").items()} == dict.fromkeys(BASE.files)
    assert all(row.sha256 for row in files(study, "base").values())


def test_circles_end(tmp_path: Path) -> None:
    one = user("lab/one", "lab/two--m.C", "o/a--m.C", listed=False)
    two = user("lab/two", "lab/one--m.C", listed=False)
    own = user("o/a", "o/a--m.C", "lab/one--m.C")
    found, asked, _ = rows(tmp_path, [own, one, two])

    assert {name: row.role for name, row in found.items()} == {
        "o/a": "listed",
        "lab/one": "followed",
        "lab/two": "followed",
    }
    assert asked == [resolve(each, "config.json") for each in (own, one, two)]


def test_a_chain_is_followed_five_repositories_deep(tmp_path: Path) -> None:
    chain = [user(f"lab/n{n}", f"lab/n{n + 1}--m.C", listed=n == 0) for n in range(8)]
    found, asked, _ = rows(tmp_path, chain)

    assert sorted(found) == [f"lab/n{n}" for n in range(7)]
    assert len(asked) == 6
    assert found["lab/n6"].revision is None
    assert found["lab/n6"].problem is not None
    assert "more than 5 repositories away" in found["lab/n6"].problem


def test_repositories_that_cannot_be_had_are_rows_with_the_reason(tmp_path: Path) -> None:
    gated = CodeModel("lab/gated", BASE.files, listed=False, refused=403)
    own = user("o/a", "lab/gone--m.C", "lab/gated--m.C", "../../etc--m.C", "lab/x/y--m.C", "lab/?q--m.C")
    found, _, requests = rows(tmp_path, [own, gated])

    assert {name: (row.role, row.revision) for name, row in found.items() if name != "o/a"} == dict.fromkeys(
        ["lab/gone", "lab/gated", "../etc", "x/y", "lab/?q"], ("followed", None)
    )
    said = {name: row.problem for name, row in found.items()}
    assert said["lab/gone"] == "the Hub answers HTTP 404: Repository not found"
    assert said["lab/gated"] == "the Hub answers HTTP 403: Repository not found"
    assert said["lab/?q"] == "not followed: this is no name of a repository"
    assert requests == 5, "a list, a configuration behind a redirect, and two repositories"


def test_what_names_a_thousand_repositories_is_followed_to_fifty(tmp_path: Path) -> None:
    own = user("o/a", *(f"lab/r{n:03}--m.C" for n in range(200)))
    found, _, requests = rows(tmp_path, [own])

    assert len(found) == 201
    assert requests == 3 + 50
    beyond = [row for row in found.values() if row.problem and "names more than 50" in row.problem]
    assert len(beyond) == 150


def test_a_listed_model_that_another_one_takes_code_from_is_one_row(tmp_path: Path) -> None:
    base = CodeModel("lab/base", {"config.json": b"{}", "modeling_b.py": b"class B: ...\n", "a.bin": b""})
    found, asked, _ = rows(tmp_path, [user("o/a", "lab/base--modeling_b.B"), base])

    assert {name: row.role for name, row in found.items()} == {"o/a": "listed", "lab/base": "listed"}
    assert len(asked) == len(set(asked)) == 3


def test_a_repository_that_has_moved_on_is_followed_anew(tmp_path: Path) -> None:
    later = CodeModel("lab/base", BASE.files | {"more.py": b""}, listed=False)
    site = HubCodeSite([user("o/a", "lab/base--modeling_b.B"), BASE])
    with LocalSite(site) as local:
        study = fetched(tmp_path, local)
        site.models[1] = later
        assert scan(study, "fetch").exit_code == 0
    revisions = [row.revision for row in study.study.read(Model) if row.owner == "lab"]

    assert revisions == [later.sha]


def test_a_repository_that_was_renamed_is_followed_to_its_new_name(tmp_path: Path) -> None:
    site = HubCodeSite([user("o/a", "old/base--modeling_b.B"), BASE], moved={"old/base": "lab/base", "lab/x": "lab/x"})
    with LocalSite(site) as local:
        study = fetched(tmp_path, local)
    found = {f"{row.owner}/{row.name}": row for row in study.study.read(Model)}

    assert found["old/base"].problem == "the Hub answers HTTP 307: it is at /api/models/lab/base now"
    assert found["lab/base"].revision == BASE.sha
    assert found["lab/base"].named_by == ("o/a: config.json auto_map.Auto0, as old/base",)


def test_names_that_lead_to_each_other_end(tmp_path: Path) -> None:
    site = HubCodeSite([user("o/a", "lab/x--m.C")], moved={"lab/x": "lab/y", "lab/y": "lab/x"})
    with LocalSite(site) as local:
        study = fetched(tmp_path, local)

    assert {row.name: row.role for row in study.study.read(Model)} == {"a": "listed", "x": "followed", "y": "followed"}


def test_what_is_renamed_to_no_name_is_a_row(tmp_path: Path) -> None:
    site = HubCodeSite([user("o/a", "lab/x--m.C")], moved={"lab/x": "..%2F../%3Fq\x1b[31m"})
    with LocalSite(site) as local:
        study = fetched(tmp_path, local)
    (row,) = [row for row in study.study.read(Model) if row.name == "x"]

    assert row.problem is not None
    assert "\x1b" not in row.problem
