"""The example study from its raw records: every stage has something to show, and all of it is said to be invented."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML
from sites import example_hubs, example_packages

from codebook import example_study
from codebook.blobs import Blobs
from codebook.cli import cli as codebook_cli
from codebook.in_force import define, level_at
from codebook.study import Study
from coding.cli import cli as coding_cli
from collect.cli import cli as collect_cli
from platforms.cli import cli as platforms_cli
from scan.cli import cli as scan_cli

REBUILDING = (
    (collect_cli, "threads"),
    (coding_cli, "pull"),
    (scan_cli, "models"),
    (platforms_cli, "fetch"),
)
CODINGS = Path(__file__).parent / "sites" / "example_codings.yaml"
HOST = re.compile(rb"https?://([\w.-]+)")
"""What stands behind it is compared with names that no host can have."""

NOBODYS = (".example", ".invalid", "example.org", "127.0.0.1")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The example study, rebuilt; nothing is asked of any site."""
    made = example_study.unpack(tmp_path_factory.mktemp("rebuilt") / "study")
    for cli, command in REBUILDING:
        ran = CliRunner().invoke(cli, [command, "--from-raw", "--study", str(made.path)])
        assert ran.exit_code == 0, ran.stderr
    return Study.open(made.path)


def counted(study: Study, query: str) -> dict[str, int]:
    with study.connect() as con:
        return {str(name): count for name, count in con.execute(query).fetchall()}


def test_codebook_check_finds_nothing_wrong(study: Study) -> None:
    ran = CliRunner().invoke(codebook_cli, ["check", "--format", "json", "--study", str(study.path)])
    results = json.loads(ran.stdout)

    assert ran.exit_code == 0, ran.stdout
    assert [each for each in results if each["result"] not in ("ok", "not checked")] == []
    rebuilt = {r["where"] for r in results if r["check"] == "equals what its raw records give" and r["result"] == "ok"}
    assert {f"tables/{name}.parquet" for name in ("threads", "findings", "claims")} <= rebuilt


def test_two_raters_screened_every_thread_and_a_third_decided_where_they_differ(study: Study) -> None:
    verdicts = counted(study, "SELECT coder || ' ' || verdict, count(*) FROM screenings GROUP BY ALL")
    screened = counted(study, "SELECT \"by\" || ' ' || included, count(*) FROM screened GROUP BY ALL")

    assert sum(verdicts.values()) == 82
    assert screened == {"agreement true": 37, "agreement false": 2, "coder_c true": 2}


def test_passages_that_coders_marked_are_quoted_as_they_stand(study: Study) -> None:
    tree = YAML(typ="safe", pure=True).load(CODINGS.read_text(encoding="utf-8"))
    marked = {(coder, each["code"], each["words"]) for each in tree["passages"] for coder in each["by"]}
    with study.connect() as con:
        quoted = con.execute("SELECT coder, code, quote FROM codings WHERE quote IS NOT NULL").fetchall()

    assert len(quoted) == len(marked) == 40
    assert set(quoted) == marked


def test_the_same_question_on_two_sites_counts_once(study: Study) -> None:
    out = counted(study, "SELECT stage || ': ' || reason, count(*) FROM exclusions GROUP BY ALL")

    assert out == {"collect: no keyword": 1, "collect: duplicate": 1}


def test_every_coded_thread_is_decided_most_by_agreement(study: Study) -> None:
    by = counted(study, 'SELECT "by", count(DISTINCT unit_id) FROM decisions GROUP BY ALL')

    assert by == {"agreement": 28, "coder_c": 11}


def test_five_platforms_have_models_some_need_code_some_are_mirrors_and_one_gives_nothing(study: Study) -> None:
    models = counted(study, "SELECT platform, count(*) FROM models GROUP BY ALL")
    code = counted(study, "SELECT platform, count(*) FROM models WHERE needs_custom_code GROUP BY ALL")
    mirrors = counted(study, "SELECT platform, count(*) FROM models WHERE mirror_of IS NOT NULL GROUP BY ALL")
    refused = counted(
        study,
        "SELECT name, count(*) FROM models JOIN model_files USING (model_id) WHERE sha256 IS NULL "
        "AND model_files.problem LIKE '%403%' GROUP BY ALL",
    )

    assert models == {"huggingface": 32, "modelscope": 16, "opencsg": 14, "openmmlab": 9, "pytorch_hub": 6}
    assert code == {"huggingface": 15, "modelscope": 10, "opencsg": 7, "openmmlab": 9, "pytorch_hub": 6}
    assert mirrors == {"opencsg": 9}
    assert set(refused) == {"kestrel-moe"}


def test_scanners_found_what_was_planted_and_failed_on_what_cannot_be_parsed(study: Study) -> None:
    outcomes = counted(study, "SELECT tool || ' ' || status, count(*) FROM outcomes GROUP BY ALL")
    weaknesses = counted(study, "SELECT cwe, count(*) FROM findings GROUP BY ALL")

    assert outcomes == {"bandit scanned": 23, "bandit failed": 1, "semgrep scanned": 24, "yara scanned": 24}
    assert {"CWE-502", "CWE-78", "CWE-95", "CWE-94", "CWE-494", "CWE-22", "CWE-327", "CWE-377"} <= set(weaknesses)


@pytest.mark.parametrize(
    ("platform", "at", "level"),
    [
        ("huggingface", "2021-06-01", "none"),
        ("huggingface", "2023-06-29", "warn"),
        ("huggingface", "2023-11-20", "prompt"),
        ("huggingface", "2024-05-24", "prompt"),
        ("huggingface", "2025-03-12", "warn"),
        ("huggingface", "2025-11-01", "opt-in"),
        ("modelscope", "2024-01-11", "opt-in"),
        ("openmmlab", "2024-06-10", "none"),
        ("pytorch_hub", "2022-06-01", "none"),
        ("pytorch_hub", "2022-07-05", "prompt"),
        ("pytorch_hub", "2022-09-14", "prompt"),
        ("pytorch_hub", "2024-05-27", "warn"),
    ],
)
def test_gates_change_between_the_dates_of_threads(study: Study, platform: str, at: str, level: str) -> None:
    with study.connect() as con:
        held = level_at(con, platform, "execution gate", datetime.fromisoformat(at).replace(tzinfo=UTC))

    assert held.weakest == level


def test_security_is_spoken_of_more_where_less_protects_as_planted(study: Study) -> None:
    """Decided threads of Hugging Face's two sites and of two repositories; the difference is small, as the study is."""
    about = (
        "SELECT thread_id, CASE WHEN site IN ('huggingface', 'stackoverflow') THEN 'huggingface' "
        "WHEN starts_with(thread_id, 'github:quillfeather/') THEN 'openmmlab' "
        "WHEN starts_with(thread_id, 'github:grumblewick/') THEN 'modelscope' END AS platform, created_at FROM threads"
    )
    with study.connect() as con:
        define(con)
        rows = con.execute(
            "SELECT level_rank(weakest_level(platform, 'execution gate', created_at)) >= 3 AS held, count(*), "
            "count(*) FILTER (thread_id IN (SELECT thread_id FROM decisions WHERE starts_with(code, 'SECURITY'))) "
            f"FROM ({about}) SEMI JOIN decisions USING (thread_id) WHERE platform IS NOT NULL "
            "GROUP BY ALL ORDER BY held"
        ).fetchall()

    assert rows == [(False, 9, 4), (True, 14, 1)]


def test_documentation_and_code_disagree_here_and_there(study: Study) -> None:
    found = counted(study, "SELECT rule || ' ' || platform, count(*) FROM disagreements GROUP BY ALL")

    assert {"other-effect huggingface", "other-default pytorch_hub", "unwarned openmmlab"} <= set(found)


def test_platforms_with_much_concern_and_with_much_risk_are_not_the_same(study: Study) -> None:
    """As planted: evalyard (openmmlab) worries over plain configs, serve-kit (modelscope) over none of its findings."""
    concern = counted(
        study,
        "SELECT split_part(thread_id, '#', 1), count(DISTINCT thread_id) FROM decisions "
        "WHERE code LIKE 'SECURITY.%' GROUP BY ALL",
    )
    risk = counted(
        study,
        "SELECT platform, count(DISTINCT finding_id) FROM findings SEMI JOIN contents USING (sha256) "
        "JOIN (SELECT platform, sha256 FROM model_files JOIN models ON models.model_id = model_files.model_id) "
        "USING (sha256) GROUP BY ALL",
    )

    assert concern.get("github:quillfeather/evalyard") == 2
    assert "github:grumblewick/serve-kit" not in concern
    assert "openmmlab" not in risk
    assert max(risk, key=lambda platform: risk[platform]) == "modelscope"


def test_releases_and_pages_say_that_they_are_invented(study: Study) -> None:
    versions = counted(study, "SELECT version, count(*) FROM releases GROUP BY ALL")
    blobs = Blobs.of(study, "platforms")
    with study.connect() as con:
        pages = [digest for (digest,) in con.execute("SELECT sha256 FROM documents").fetchall()]

    assert set(versions) == {f"0.{number}+invented" for number in range(1, 6)}
    assert len(pages) == 6
    assert all(b"This page is invented" in (blobs.read(page) or b"") for page in pages)
    assert "invented" in study.settings.study.title


def contents(study: Study) -> Iterator[tuple[Path, bytes]]:
    for stage in ("scan", "platforms"):
        for path in sorted(Blobs.of(study, stage).folder.glob("*/*")):
            yield path, path.read_bytes()


def test_addresses_in_the_contents_lead_nowhere(study: Study) -> None:
    hosts = {host.decode() for _, content in contents(study) for host in HOST.findall(content)}

    assert hosts
    assert {host for host in hosts if not host.endswith(NOBODYS)} == set()


def test_the_worlds_are_what_was_recorded(study: Study) -> None:
    """If this fails, a world was changed: python tests/record_example.py. Two files were never given."""
    told = example_hubs.world()
    kept = {content for _, content in contents(study)}
    listed = counted(study, "SELECT owner || '/' || name, count(*) FROM models GROUP BY ALL")
    releases = counted(study, "SELECT package || ' ' || version, count(*) FROM releases GROUP BY ALL")
    named = {
        f"{package} {archive.name.split('-')[1]}"
        for package, archives in example_packages.packages().items()
        for archive in archives
    }
    hubs = ("huggingface", "modelscope", "opencsg")
    models = {entry.id for hub in hubs for entry in example_hubs.entries(told, hub)}

    assert models <= set(listed)
    assert {name for name, text in told["sources"].items() if text.encode() not in kept and text} == {
        "modeling_eval",
        "kernels",
    }
    assert set(releases) == named
