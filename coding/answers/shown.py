"""The table ``shown``: what stood on the pages that coders worked on, from Label Studio's exports.

A row's hash is that of its text, by which `units` name it, unless the page was changed on the server or what stood
there has been forgotten since; of several copies the one that was pushed is taken. No passage refers to another.
"""

from collections.abc import Iterable, Iterator

from codebook.rows import ShownText
from coding.answers.passages import text_sha256
from coding.page.text import page_text
from coding.records import PushedUnit, Records


def shown(found: Iterable[Records]) -> list[ShownText]:
    """The texts of all units that somebody has worked on, each once."""
    rows: dict[tuple[str, str], ShownText] = {}
    for unit, page, run_id in (copy for each in found for copy in _copies(each)):
        key = (unit.unit_id, unit.content_sha256)
        if key in rows and _is_as_pushed(rows[key]):
            continue
        row = ShownText(unit_id=unit.unit_id, content_sha256=unit.content_sha256, text=page_text(page), run_id=run_id)
        if row.text and (key not in rows or _is_as_pushed(row)):
            rows[key] = row
    return list(rows.values())


def _is_as_pushed(row: ShownText) -> bool:
    return text_sha256(row.text) == row.content_sha256


def _copies(found: Records) -> Iterator[tuple[PushedUnit, str, str]]:
    """Units with their pages as the last pulls have them, and the runs that fetched them."""
    for pull in (pull for pull in found.last_pulls() if pull.label.purpose == "coding"):
        known = found.units(pull.label.uid)
        for page in found.exports(pull):
            tasks = page.json()
            for task in tasks if isinstance(tasks, list) else []:
                data = task.get("data") if isinstance(task, dict) else None
                named, html = (data.get("unit_id"), data.get("html")) if isinstance(data, dict) else (None, None)
                unit = known.get(named) if isinstance(named, str) else None
                if unit and isinstance(html, str):
                    yield unit, html, page.run_id
