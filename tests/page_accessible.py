"""What axe-core finds wrong with a page, by the criteria of WCAG 2.2 A and AA."""

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Browser

_AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
_CRITERIA = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


def violations(browser: Browser, path: Path, **context: Any) -> list[str]:
    """Each rule that does not hold, with the first elements where; everything that waits closed is opened first.

    axe-core is a script, which the page's own policy forbids: this context, and no other, passes the policy by.
    """
    page = browser.new_page(bypass_csp=True, **context)
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "criteria => axe.run(document, {runOnly: {type: 'tag', values: criteria}, resultTypes: ['violations']})",
        list(_CRITERIA),
    )
    page.close()
    assert found["passes"], "axe-core looked at nothing"
    return [f"{v['id']}: {v['help']} ({[n['html'][:90] for n in v['nodes'][:3]]})" for v in found["violations"]]
