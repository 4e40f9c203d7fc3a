"""Documentation: pages and folders are kept by hash; what is no page is told, and a changed one is another document."""

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from platform_study import PlatformStudy
from sites.package_index import PackageIndexSite
from sites.server import LocalSite, Reply

from platforms.documents import documents
from platforms.page_text import read

HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = """<!DOCTYPE html><html><head><title>Security &amp; safety</title><script>var x = "no text";</script></head>
<body><nav><a href="/">Home</a></nav><h1>Malware scanning</h1><p>We run <b>ClamAV</b> on each
commit.</p><ul><li>Pickles are <code>scanned</code>, too.</li></ul><p>%s</p></body></html>""" % ("More words. " * 30)
CHINESE = "<html><head><title>安全</title></head><body><p>%s</p></body></html>" % (
    "模型文件在上传时会进行病毒扫描。加载模型时请确认来源可信并设置参数。平台会对所有公开的模型仓库执行安全检查。" * 3
)
MANIFEST = "platform,url,title,licence,retrieved_from,commit,commit_date,file,chars\n"
LINE = "huggingface,https://docs.invalid/a,Pickle,Apache-2.0,git,abc,2026-08-22T21:13:57+02:00,huggingface/a.md,20\n"


def site(**pages: Reply) -> PackageIndexSite:
    return PackageIndexSite({}, pages={f"/{name}": reply for name, reply in pages.items()})


def study_of(folder: Path, local: LocalSite, *names: str) -> PlatformStudy:
    addresses = json.dumps([f"{local.base_url}/{name}" for name in names])
    return PlatformStudy.at(folder, None, f"[platforms.pages]\nhuggingface = {addresses}\n")


def shelf(folder: Path, manifest: str, **files: str) -> PlatformStudy:
    """A study with a folder of documentation."""
    for name, text in files.items():
        path = folder / "docs" / "huggingface" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "docs").mkdir(parents=True, exist_ok=True)
    (folder / "docs" / "manifest.csv").write_text(manifest, encoding="utf-8")
    return PlatformStudy.at(folder / "study", None, 'documents = ["../docs"]\n')


def test_a_page_is_a_document_with_title_language_and_text_a_block_a_line(tmp_path: Path) -> None:
    with LocalSite(site(a=Reply(200, PAGE.encode(), HTML))) as local:
        study = study_of(tmp_path, local, "a")
        ran = study.fetch()
        url = f"{local.base_url}/a"

    assert ran.exit_code == 0, ran.stderr
    ((row, text),) = [(each.document, each.text) for each in documents(study.study)]
    assert study.documents == [row]
    assert (row.platform, row.url, row.path, row.title, row.language) == (
        *("huggingface", url, url, "Security & safety", "en"),
    )
    assert (row.problem, row.current, row.run_id) == (None, True, "platforms-fetch-1")
    assert row.document_id == f"huggingface:{url}@{row.sha256}"
    assert (text or "").split("\n")[:4] == [
        "Home",
        "Malware scanning",
        "We run ClamAV on each commit.",
        "Pickles are scanned, too.",
    ]


def test_a_page_in_chinese_is_read_in_its_own_encoding(tmp_path: Path) -> None:
    pages = {
        "utf": Reply(200, CHINESE.encode(), HTML),
        "gbk": Reply(200, CHINESE.encode("gbk"), {"Content-Type": "text/html; charset=gbk"}),
    }
    with LocalSite(site(**pages)) as local:
        study = study_of(tmp_path, local, "utf", "gbk")
        study.fetch()
    found = [(each.document.title, each.document.language, each.document.problem) for each in documents(study.study)]
    texts = {each.text for each in documents(study.study)}

    assert found == [("安全", "zh", None)] * 2
    assert len(texts) == 1
    assert "模型文件在上传时会进行病毒扫描" in str(texts)


LOGIN = "<html><title>Welcome</title><body><form><input name=user><input type='PASSWORD'></form></body></html>"
CAPTCHA = "<html><title>Just a moment...</title><body>Verify you are human</body></html>"
SHELL = "<html><title>Docs</title><body><div id=root></div><script src=app.js></script></body></html>"
SSO = "<html><title>Sign in · Example</title><body><a href=x>Continue with your company account</a></body></html>"


@pytest.mark.parametrize(
    ("body", "kind", "status", "problem"),
    [
        (LOGIN, "text/html", 200, "a login form came in place of it"),
        (SSO, "text/html", 200, "a login form came in place of it"),
        ("<html><title>登录</title><body>请先登录</body></html>", "text/html", 200, "a login form came in place of it"),
        (CAPTCHA, "text/html", 200, "a captcha came in place of it"),
        ("<html><body>请完成安全验证后继续访问</body></html>", "text/html", 200, "a captcha came in place of it"),
        (SHELL, "text/html", 200, "it is an empty page that scripts would fill"),
        ("", "text/html", 200, "it has no text"),
        (" \n", "text/plain", 200, "it has no text"),
        ("%PDF-1.7", "application/pdf", 200, "it is application/pdf, and only text can be quoted"),
        ("a\0b", "", 200, "it is no text"),
        ("not here", "text/html", 404, "its host does not give it: HTTP 404"),
    ],
)
def test_what_answers_200_and_is_no_page_is_a_problem(body: str, kind: str, status: int, problem: str) -> None:
    made = read(body.encode(), content_type=kind, status=status)

    assert (made.problem, made.text) == (problem, None)


def test_documentation_that_speaks_of_logins_and_captchas_is_documentation() -> None:
    words = "<p>Users sign in with a password and solve a captcha before they upload.</p>" * 60
    made = read(f"<html><title>Accounts</title><input type=password>{words}</html>".encode(), content_type="text/html")

    assert made.problem is None
    assert read(b"# Login\n\nSolve the captcha.\n").text == "# Login\n\nSolve the captcha.\n"


def test_a_page_that_changed_is_another_document_and_the_old_one_stays(tmp_path: Path) -> None:
    first, second = PAGE.encode(), PAGE.replace("ClamAV", "a scanner").encode()
    served = site(a=Reply(200, first, HTML))
    seen = []
    with LocalSite(served) as local:
        study = study_of(tmp_path, local, "a")
        for body in (first, second, CAPTCHA.encode(), first):
            served.pages["/a"] = Reply(200, body, HTML)
            assert study.fetch().exit_code == 0
            now = [(row.run_id[-1], row.current, row.problem is None) for row in study.documents]
            seen.append(sorted(now))

    assert seen == [
        [("1", True, True)],
        [("1", False, True), ("2", True, True)],
        [("1", False, True), ("2", False, True), ("3", True, False)],
        [("1", True, True), ("2", False, True)],
    ]


def test_a_page_that_never_comes_does_not_keep_others_from_being_asked_for(tmp_path: Path) -> None:
    with LocalSite(site(a=Reply(503, b"busy"), b=Reply(200, PAGE.encode(), HTML))) as local:
        study = study_of(tmp_path, local, "a", "b")
        stopped = study.fetch("--max-wait", "30")
        local.site.pages["/a"] = Reply(200, PAGE.encode(), HTML)  # type: ignore[attr-defined]  # the site is ours
        resumed = study.fetch("--max-wait", "30")
        asked = [each.path for each in local.seen if each.path == "/b"]

    assert stopped.exit_code == 3
    assert "1 of 2 pages did not come" in stopped.stderr
    assert resumed.exit_code == 0, resumed.stderr
    assert asked == ["/b"]
    assert [row.run_id for row in study.documents] == ["platforms-fetch-1"] * 2


def test_a_folder_is_read_by_its_manifest(tmp_path: Path) -> None:
    study = shelf(tmp_path, MANIFEST + LINE, a="# Pickle scanning\n\nWe scan each file.\n")
    ran = study.fetch()
    (kept,) = documents(study.study)
    row = kept.document

    assert ran.exit_code == 0, ran.stderr
    assert (row.platform, row.url, row.title, row.licence, row.path) == (
        *("huggingface", "https://docs.invalid/a", "Pickle", "Apache-2.0", "huggingface/a.md"),
    )
    assert (row.dated, row.current) == (datetime(2026, 8, 22, 19, 13, 57), True)  # noqa: DTZ001 - tables have none
    assert kept.text == "# Pickle scanning\n\nWe scan each file.\n"


def test_a_file_that_changed_or_is_gone_from_its_manifest_stays_and_is_not_current(tmp_path: Path) -> None:
    study = shelf(tmp_path, MANIFEST + LINE, a="Old text of this file.\n")
    study.fetch()
    shelf(tmp_path, MANIFEST + LINE, a="New text of this file.\n")
    study.fetch()
    unchanged = study.fetch()
    texts = {each.text: each.document.current for each in documents(study.study)}
    shelf(tmp_path, MANIFEST)
    study.fetch()
    made, rebuilt = study.hashes, study.fetch("--from-raw")

    assert (unchanged.exit_code, rebuilt.exit_code) == (0, 0)
    assert texts == {"Old text of this file.\n": False, "New text of this file.\n": True}
    assert [row.current for row in study.documents] == [False, False]
    assert study.hashes == made


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("huggingface,,,,,,,../secret.md,1\n", "is no file of the folder"),
        ("huggingface,,,,,,,/etc/passwd,1\n", "is no file of the folder"),
        ("huggingface,,,,,,,huggingface/gone.md,1\n", "cannot be read: No such file"),
        ("huggingface,,,,,,,link.md,1\n", "lies outside of the folder"),
        ("huggingface,,,,,,,huggingface,1\n", "cannot be read: Is a directory"),
        ("huggingface,,,,,,,pipe.md,1\n", "is no regular file"),
        ("huggingface,,,,,,yesterday,huggingface/a.md,1\n", "'yesterday' is no date"),
        (",,,,,,,huggingface/a.md,1\n", "the platform is empty"),
    ],
)
def test_a_manifest_that_leads_elsewhere_is_refused_with_its_line(line: str, said: str, tmp_path: Path) -> None:
    study = shelf(tmp_path, MANIFEST + LINE + line, a="A file of the folder.\n")
    (tmp_path / "secret.md").write_text("secret", encoding="utf-8")
    (tmp_path / "docs" / "link.md").symlink_to(tmp_path / "secret.md")
    os.mkfifo(tmp_path / "docs" / "pipe.md")
    ran = study.fetch()

    assert ran.exit_code == 2
    assert "manifest.csv:3" in ran.stderr
    assert said in ran.stderr
    assert study.documents == []


@pytest.mark.parametrize("manifest", ["", "a,b\n1,2\n", "platform,file\n\0,\n"])
def test_what_is_no_manifest_is_refused(manifest: str, tmp_path: Path) -> None:
    ran = shelf(tmp_path, manifest).fetch()

    assert ran.exit_code == 2
    assert "manifest.csv" in ran.stderr


def test_the_shared_pages_can_be_read(tmp_path: Path, shared: Callable[[str], Path]) -> None:
    study = PlatformStudy.at(tmp_path, None, f"documents = [{json.dumps(str(shared('platform-docs')))}]\n")
    ran = study.fetch()
    found = [each.document for each in documents(study.study)]

    assert ran.exit_code == 0, ran.stderr
    assert (len(found), {row.problem for row in found}) == (62, {None})
    assert {row.platform for row in found} == {"huggingface", "modelscope", "opencsg", "openmmlab", "pytorch_hub"}
