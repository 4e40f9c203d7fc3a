"""From a folder of documentation and a file of reviews to tables, and the same again from raw records alone."""

from collections.abc import Callable
from typing import Any

import pytest
from platform_pages import platforms

from codebook import check
from codebook.rows import Claim, Document
from codebook.study import Study, file_sha256

MANIFEST = "platform,url,title,licence,retrieved_from,commit,commit_date,file,chars\n"
LINE = "my-hub,https://site.invalid/docs/blob/main/{0},{0},MIT,git,abc,2026-01-0{1}T00:00:00+00:00,{0},10\n"
PAGES = {
    "security.md": "# Security\n\nFiles are scanned for malware. We do not scan pickle files.\n",
    "zh.md": "# 安全\n\n建议指定模型的版本。加载模型可能执行任意代码。\n",
}
SETTINGS = '[platforms]\nnames = ["my_hub"]\ndocuments = ["docs"]\nreviews = ["reviews.yaml"]\n'
ADDED = """\
reviews:
  - verdict: added
    reviewer: coder_a
    date: 2026-02-01
    platform: my_hub
    mechanism: sandbox
    level: none
    evidence: {url: "https://site.invalid/other", quote: "there is no sandbox"}
"""


@pytest.fixture
def study(make_study: Callable[..., Study]) -> Study:
    made = make_study(SETTINGS)
    folder = made.path / "docs"
    folder.mkdir()
    for name, text in PAGES.items():
        (folder / name).write_text(text, encoding="utf-8")
    lines = [LINE.format(name, number) for number, name in enumerate(PAGES, 1)]
    (folder / "manifest.csv").write_text(MANIFEST + "".join(lines), encoding="utf-8")
    (made.path / "reviews.yaml").write_text(ADDED, encoding="utf-8")
    return made


def stated(study: Study) -> dict[str, tuple[Any, ...]]:
    return {
        claim.mechanism: (claim.level, claim.path, claim.line, claim.quote)
        for claim in study.read(Claim)
        if claim.quote is not None
    }


def test_documentation_and_reviews_become_claims_that_can_be_had_again(study: Study) -> None:
    """Two pages, one in Chinese; what a reviewer added stands beside them, and a rebuild gives the same bytes."""
    assert platforms(study, "fetch").exit_code == 0
    expected = {
        "malware scan": ("documented", "security.md", 3, "Files are scanned for malware."),
        "pickle scan": ("none", "security.md", 3, "We do not scan pickle files."),
        "pinning": ("documented", "zh.md", 3, "建议指定模型的版本。"),
        "documentation warning": ("documented", "zh.md", 3, "加载模型可能执行任意代码。"),
        "sandbox": ("none", None, None, "there is no sandbox"),
    }
    before = {path.name: file_sha256(path) for path in (study.path / "tables").glob("*.parquet")}
    assert stated(study) == expected

    for path in (study.path / "tables").glob("*.parquet"):
        path.unlink()
    assert platforms(study, "fetch", "--from-raw").exit_code == 0
    assert before == {path.name: file_sha256(path) for path in (study.path / "tables").glob("*.parquet")}
    assert {"failed"}.isdisjoint(each.result for each in check.check(study))


def test_a_page_that_changed_is_quoted_anew_and_its_old_quotation_is_told(study: Study) -> None:
    platforms(study, "fetch")
    (study.path / "docs" / "security.md").write_text("# Security\n\nNothing.\n", encoding="utf-8")
    ran = platforms(study, "fetch")
    matrix = platforms(study, "matrix", "--format", "csv")

    assert ran.exit_code == 0
    assert sorted(each.current for each in study.read(Document)) == [False, True, True]
    assert "malware scan,not_documented" in matrix.stdout.splitlines()
    assert "security.md has changed since 2 claims quoted it: its hash differs" in matrix.stderr


def test_a_correction_of_a_claim_that_is_gone_is_told(study: Study) -> None:
    platforms(study, "fetch")
    (claim,) = [each for each in study.read(Claim) if each.mechanism == "malware scan" and each.quote]
    entry = f"  - {{claim: {claim.claim_id}, verdict: confirmed, reviewer: b, date: 2026-02-02}}\n"
    (study.path / "reviews.yaml").write_text(ADDED + entry, encoding="utf-8")
    platforms(study, "fetch", "--from-raw")
    confirmed = [each.reviewer for each in study.read(Claim) if each.review == "confirmed"]
    (study.path / "docs" / "security.md").unlink()
    manifest = study.path / "docs" / "manifest.csv"
    manifest.write_text(MANIFEST + LINE.format("zh.md", 2), encoding="utf-8")
    platforms(study, "fetch")

    assert confirmed == ["b"]
    assert "https://site.invalid/docs/blob/main/security.md is gone: 2 claims" in platforms(study, "coverage").stderr


def test_reviews_that_cannot_be_read_stop_the_command_before_anything_is_lost(study: Study) -> None:
    platforms(study, "fetch")
    before = file_sha256(study.table("claims"))
    (study.path / "reviews.yaml").write_text("reviews:\n  - verdict: agreed\n", encoding="utf-8")
    ran = platforms(study, "fetch", "--from-raw")

    assert ran.exit_code == 2
    assert "reviews.yaml:2: no verdict 'agreed'" in ran.stderr
    assert file_sha256(study.table("claims")) == before
