"""The page of the matrix in a real browser, opened from its file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hand_study import HOSTILE, row
from page_watched import watched
from platform_pages import platforms
from playwright.sync_api import Browser

from codebook.rows import Claim
from codebook.study import Study

pytestmark = pytest.mark.live


@pytest.fixture
def path(make_study: Callable[..., Study], tmp_path: Path) -> Path:
    """A matrix with one hostile claim, beside a published table that is hostile, too."""
    study = make_study('[platforms]\nnames = ["hub", "other"]\n')
    study.write(Claim, [row(Claim, claim_id="c1", platform="hub", mechanism="prompt", level="prompt", quote=HOSTILE)])
    published = tmp_path / "table.csv"
    published.write_text(f'platform,warning systems\nhub,"prompts, {HOSTILE.replace(chr(27), "")}"\n', encoding="utf-8")
    made = tmp_path / "matrix.html"
    ran = platforms(study, "matrix", "--published", published, "--format", "html", "--output", made)
    assert (ran.exit_code, ran.output) == (0, "")
    return made


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_cell_leads_to_its_claims_and_strangers_text_is_text(browser: Browser, path: Path, scheme: str) -> None:
    page, wrong = watched(browser, path, color_scheme=scheme)
    page.click('a[aria-label="prompt, hub: prompt"]')

    assert page.url.endswith("#cell-1")
    assert HOSTILE.split("\x1b")[0] in page.inner_text("#cell-1")
    assert page.inner_text(".verdict-finer") == "finer"
    assert page.locator("script, img").count() == 0
    assert wrong == []
