"""The process that answers for one file after the other: whatever becomes of it, each file is answered for once."""

from hashlib import sha256
from pathlib import Path

import pytest

from scan.scanner import Code, Kit, Said, Staged, ToolFailed
from scan.tools.answering import answers

MODULE = """
import os, signal, sys, time

def prepared(job):
    print("noise that is no answer", flush=True)
    if job.get("fails"):
        raise SystemExit(job["fails"])
    return answer

def answer(path):
    text = path.read_text()
    if text == "hang":
        time.sleep(600)
    if text == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if text == "exit":
        sys.exit(0)
    if text == "raise":
        raise RuntimeError("not what it likes")
    if text == "memory":
        return {"status": "scanned", "findings": [bytearray(10**9) and 1]}
    if text == "garbage":
        return {"status": "perfect"}
    print("more noise")
    return {"status": "scanned", "findings": [{"text": text, "folder": os.listdir(".")}]}
"""

KIT = Kit(tool="test", tool_version="1", rules_hash="", seconds=1, megabytes=200)


def asked(tmp_path: Path, *texts: str, **job: str) -> list[Said]:
    """What is said of files with these contents."""
    module = tmp_path / "module.py"
    module.write_text(MODULE, encoding="utf-8")
    scratch, at = tmp_path / "scratch", tmp_path / "staged"
    scratch.mkdir()
    at.mkdir()
    staged = []
    for number, text in enumerate(texts):
        path = at / str(number)
        path.write_text(text, encoding="utf-8")
        staged.append(Staged(Code(sha256=sha256(text.encode()).hexdigest(), suffix="", bytes=len(text)), path))
    return list(answers(KIT, scratch, staged, str(module), **job))


def test_every_file_is_answered_for_whatever_becomes_of_the_process(tmp_path: Path) -> None:
    texts = ("one", "hang", "two", "crash", "exit", "raise", "three", "memory", "four")
    said = asked(tmp_path, *texts)

    assert [each.sha256 for each in said] == [sha256(text.encode()).hexdigest() for text in texts]
    assert [(each.status, each.reason and each.reason.removesuffix(": Segmentation fault")) for each in said] == [
        ("scanned", None),
        ("timed_out", "stopped after 1 s"),
        ("scanned", None),
        ("failed", "it crashed"),
        ("failed", "exit status 0, without a word"),
        ("failed", "exit status 1, RuntimeError: not what it likes"),
        ("scanned", None),
        ("failed", "the tool needs more memory than it may have"),
        ("scanned", None),
    ]


def test_it_works_in_an_empty_folder_and_its_noise_is_no_answer(tmp_path: Path) -> None:
    (said,) = asked(tmp_path, "one")

    assert list(said.findings) == [{"text": "one", "folder": []}]
    assert said.seconds is not None


def test_a_tool_that_does_not_begin_has_failed_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match=r"ended before it looked at a file: .*no licence"):
        asked(tmp_path, "one", fails="no licence")


def test_what_is_no_answer_fails_the_tool(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed):
        asked(tmp_path, "garbage")
