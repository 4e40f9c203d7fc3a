"""Who left: coders and raters who were given units and whom ``study.toml`` does not name any more.

Tables come from raw records and ask no settings, so it is recorded in the store of the one who left, ``LEFT /<coder>``
with what they do no more; once they are named again, without it.
"""

import json
from collections.abc import Callable, Collection

from codebook.raw import Page
from codebook.study import Study
from coding import records
from coding.projects.label import Purpose

Tell = Callable[[str], None]


def note(study: Study, purpose: Purpose, names: Collection[str], run_id: str, tell: Tell) -> None:
    """Record who left and who is back.

    Args:
        study: The study.
        purpose: What they did.
        names: Who does it by ``study.toml``.
        run_id: The run that sees it.
        tell: Gets a line per person.
    """
    for coder, store in records.stores(study).items():
        known = records.read(store)
        worked = any(push.label.purpose == purpose for push in known.pushes)
        if worked and (coder not in names) != (purpose in known.left):
            left = sorted({*known.left} ^ {purpose})
            headers = {"content-type": "application/json"}
            store.append(Page(f"LEFT /{coder}", 200, headers, json.dumps({"left": left}).encode(), run_id))
            store.close()
            if coder in names:
                tell(f"study.toml names {coder} for {purpose} again")
            else:
                tell(f"study.toml names {coder} for {purpose} no more; what they have not read waits for others only")
