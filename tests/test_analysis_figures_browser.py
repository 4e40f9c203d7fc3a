"""A figure in a page, in a real browser: it follows the reader's light or dark screen, and asks for nothing."""

import base64
import io
from collections.abc import Callable
from pathlib import Path

import hand_study
import pytest
from hand_study import BOOK
from page_watched import watched
from PIL import Image
from playwright.sync_api import Browser

from analysis.figures.drawing import DARK, SHADES
from analysis.figures.every import figures
from analysis.figures.picture import rendered
from codebook.study import Study

pytestmark = pytest.mark.live


@pytest.fixture
def path(make_study: Callable[..., Study], tmp_path: Path) -> Path:
    study = hand_study.write(make_study(codebook=BOOK))
    svg = base64.b64encode(rendered(figures(study)["theme-by-source"], "svg")).decode()
    policy = "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; img-src data:\">"
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html>{policy}<img alt='' src='data:image/svg+xml;base64,{svg}'>", encoding="utf-8")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_has_the_colours_of_the_readers_screen(browser: Browser, path: Path, scheme: str) -> None:
    """Paper and shades are those of light or dark, and none of the other; policy forbids all but the picture."""
    page, wrong = watched(browser, path, color_scheme=scheme)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shown = {f"#{r:02x}{g:02x}{b:02x}" for _, (r, g, b) in image.getcolors(1 << 24) or []}
    shade = SHADES[3]  # a quarter to a half of the column

    assert (shade in shown, DARK[shade] in shown) == ((True, False) if scheme == "light" else (False, True))
    assert [line for line in wrong if not line.startswith("request data:")] == []
