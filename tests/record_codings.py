"""The invented coders of the example study at work in a real Label Studio: two screen and code, and a third decides."""

import json
from pathlib import Path
from typing import Any

from live_studio import LiveCoder, LiveStudio
from place_rig import part
from record_stages import command
from ruamel.yaml import YAML

from codebook.study import Study
from coding.page.text import page_text
from coding.projects.label import Place

CODINGS = Path(__file__).parent / "sites" / "example_codings.yaml"


def coded(folder: Path) -> str:
    """Screen, push, code, adjudicate, and pull after each, with a Label Studio of its own; give its address."""
    url = command("coding", "serve", "--detach", "--study", str(folder))
    given = YAML(typ="safe", pure=True).load(CODINGS.read_text(encoding="utf-8"))
    try:
        command("coding", "screen", "--study", str(folder))
        token = json.loads((folder / ".private" / "label-studio" / "admin.json").read_text())["token"]
        live = LiveStudio(url, token)
        _screen(Study.open(folder), live, given)
        _judge(folder, live, given["judged"])
        command("coding", "push", "--study", str(folder))
        _code(Study.open(folder), live, given["coders"], given["passages"])
        command("coding", "pull", "--study", str(folder))
        command("coding", "adjudicate", "--study", str(folder))
        _decide(Study.open(folder), live, given["decisions"])
        command("coding", "pull", "--study", str(folder))
    finally:
        command("coding", "serve", "--stop", "--study", str(folder))
    return url


def thread_id(entry: dict[str, Any]) -> str:
    """The id that a thread of the world gets in the tables."""
    mark = "#d" if (entry["site"], entry["item"]) == ("github", "discussion") else "#"
    return f"{entry['site']}:" + (f"{entry['repo']}{mark}" if entry["repo"] else "") + str(entry["number"])


def _screen(study: Study, live: LiveStudio, given: dict[str, Any]) -> None:
    """Have both raters say of every thread whether it is about the question."""
    for name, entries in given["screening"].items():
        rater = LiveCoder.of(study, live, Place(name, "screening"))
        odd = {thread_id(entry): entry for entry in entries}
        for task in live.export(rater.project):
            unit = task["data"]["unit_id"]
            rater.submit(unit, _verdict(odd.get(unit, {"verdict": "include"})))


def _judge(folder: Path, live: LiveStudio, given: dict[str, list[dict[str, Any]]]) -> None:
    """Have the adjudicator decide where raters differ."""
    command("coding", "pull", "--study", str(folder))
    command("coding", "screen", "--study", str(folder))
    for name, entries in given.items():
        judge = LiveCoder.of(Study.open(folder), live, Place(name, "screening", 1, "adjudication"))
        for entry in entries:
            judge.submit(thread_id(entry), _verdict(entry))
    command("coding", "pull", "--study", str(folder))


def _verdict(entry: dict[str, Any]) -> list[dict[str, Any]]:
    given = [part("verdict", choices=[entry["verdict"]])]
    given += [part("criterion", choices=[entry["criterion"]])] if "criterion" in entry else []
    return given + ([part("memo", text=[entry["memo"]])] if "memo" in entry else [])


def _code(
    study: Study, live: LiveStudio, given: dict[str, list[dict[str, Any]]], passages: list[dict[str, Any]]
) -> None:
    """Have both coders code what they were given; a code of a passage is not given to the whole thread as well."""
    for name, entries in given.items():
        coder = LiveCoder.of(study, live, Place(name))
        pages = {task["data"]["unit_id"]: page_text(task["data"]["html"]) for task in live.export(coder.project)}
        for entry in (each for each in entries if thread_id(each) in pages):
            unit = thread_id(entry)
            marked = [each for each in passages if thread_id(each) == unit and name in each["by"]]
            assert {each["code"] for each in marked} <= set(entry["codes"]), f"{name} marks what is not given: {unit}"
            whole = [code for code in entry["codes"] if code not in {each["code"] for each in marked}]
            given_whole = _coding(study, entry | {"codes": whole})
            coder.submit(unit, given_whole + [_passage(pages[unit], each) for each in marked])


def _coding(study: Study, entry: dict[str, Any]) -> list[dict[str, Any]]:
    """What the labelling page would submit."""
    memo = entry.get("memo", "").strip()
    given = [part("codes", taxonomy=_paths(study, entry["codes"]))] if entry["codes"] else []
    given += [part("confidence", choices=[entry["confidence"]])]
    return given + ([part("memo", text=[memo])] if memo else [])


def _passage(page: str, entry: dict[str, Any]) -> dict[str, Any]:
    """A passage as the labelling page marks it; its words stand on the page."""
    start, words = page.index(entry["words"]), entry["words"]
    value = {"globalOffsets": {"start": start, "end": start + len(words)}, "text": words}
    of = {"from_name": "passages", "to_name": "thread", "type": "hypertextlabels"}
    return of | {"value": value | {"hypertextlabels": [entry["code"]]}}


def _decide(study: Study, live: LiveStudio, given: dict[str, list[dict[str, Any]]]) -> None:
    """Have the adjudicator decide what the coders differ on; each dispute has its decision."""
    for name, entries in given.items():
        coder = LiveCoder.of(study, live, Place(name, "adjudication"))
        disputed = {task["data"]["unit_id"] for task in live.export(coder.project)}
        by_unit = {thread_id(entry): entry for entry in entries}
        assert disputed <= by_unit.keys(), f"nobody decides {sorted(disputed - by_unit.keys())}"
        for unit in sorted(disputed):
            coder.submit(unit, _ruling(study, by_unit[unit]))


def _ruling(study: Study, entry: dict[str, Any]) -> list[dict[str, Any]]:
    given = [part("codes", taxonomy=_paths(study, entry["codes"]))] if entry["codes"] else []
    given += [part("reason", text=[entry["reason"].strip()])]
    return given + ([part("unclear", choices=["unclear"])] if entry.get("unclear") else [])


def _paths(study: Study, codes: list[str]) -> list[list[str]]:
    return [[step.id for step in study.codebook.path(code)] for code in codes]
