"""``platforms matrix``: levels by mechanism and platform, at a date, and beside a published table."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hand_study import HOSTILE, row
from platform_pages import platforms

from codebook.mechanisms import MECHANISMS
from codebook.rows import Claim, Document
from codebook.study import Study
from platforms.matrix.published import reading

PLATFORMS = '[platforms]\nnames = ["huggingface", "opencsg"]\n'


def claim(number: int, platform: str, mechanism: str, level: str, **values: Any) -> Claim:
    return row(Claim, claim_id=f"c{number}", platform=platform, mechanism=mechanism, level=level, **values)


def at(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


CLAIMS = (
    claim(1, "huggingface", "prompt", "warn", package="transformers", version="4.9", released=at(2023)),
    claim(2, "huggingface", "prompt", "opt-in", package="transformers", version="4.10", released=at(2024)),
    claim(3, "huggingface", "prompt", "none", package="datasets", version="1.0", released=at(2020)),
    claim(4, "opencsg", "malware scan", "not_documented", scope="16 pages read: 1a2b"),
    claim(5, "=torch|hub", "prompt", "prompt"),
    claim(6, "huggingface", "prompt", "none", package="datasets", version="1.0", released=at(2020), symbol="f > g = T"),
)


def test_the_newest_release_of_each_package_counts(make_study: Callable[..., Study]) -> None:
    """Of two packages both levels stand in the cell, weakest first; a call within a client is no level of it."""
    study = make_study(PLATFORMS)
    study.write(Claim, [*CLAIMS, claim(7, "huggingface", "own idea", "warn")])
    ran = platforms(study, "matrix", "--format", "csv")
    lines = ran.stdout.splitlines()

    assert lines[0] == "mechanism,huggingface,opencsg,'=torch|hub"
    assert [line.partition(",")[0] for line in lines[1:]] == [*MECHANISMS, "own idea"]
    assert "prompt,none / opt-in,unknown,prompt" in lines
    assert "malware scan,unknown,not_documented,unknown" in lines
    assert ran.exit_code == 0
    assert "=torch\\|hub" in platforms(study, "matrix", "--format", "md").stdout


@pytest.mark.parametrize(
    ("day", "levels"), [("2019-12-31", "unknown"), ("2022-01-01", "none"), ("2023-01-01", "none / warn")]
)
def test_the_matrix_of_a_day_has_the_releases_of_that_day(
    make_study: Callable[..., Study], day: str, levels: str
) -> None:
    study = make_study(PLATFORMS)
    study.write(Claim, CLAIMS)
    ran = platforms(study, "matrix", "--format", "csv", "--as-of", day)

    assert f"prompt,{levels},unknown,unknown" in ran.stdout.splitlines()


def test_json_has_one_object_per_cell(make_study: Callable[..., Study]) -> None:
    study = make_study(PLATFORMS)
    study.write(Claim, CLAIMS[:2])
    cells = json.loads(platforms(study, "matrix", "--format", "json").stdout)

    assert [cell for cell in cells if cell["mechanism"] == "prompt"] == [
        {"mechanism": "prompt", "platform": "huggingface", "levels": ["opt-in"], "claims": 1},
        {"mechanism": "prompt", "platform": "opencsg", "levels": ["unknown"], "claims": 0},
    ]
    assert len(cells) == 2 * len(MECHANISMS)


def test_a_study_without_claims_says_so_in_one_line(make_study: Callable[..., Study], run: Callable[..., Any]) -> None:
    study = make_study(PLATFORMS)
    ran = run("platforms", "matrix", "--study", study.path)

    assert (ran.code, ran.out, ran.err) == (0, "", "no claims about platforms are in this study\n")
    assert platforms(study, "matrix", "--format", "json").stdout == "[]\n"


def document(sha256: str, year: int, *, current: bool) -> Document:
    about = {"url": "https://site.invalid/page", "platform": "opencsg", "read_at": at(year)}
    return row(Document, document_id=f"opencsg:page@{sha256}", sha256=sha256, current=current, **about)


def test_a_page_that_changed_since_it_was_quoted_is_told_and_holds_only_for_its_time(
    make_study: Callable[..., Study],
) -> None:
    study = make_study(PLATFORMS)
    study.write(Document, [document("old", 2022, current=False), document("new", 2024, current=True)])
    quoted = {"url": "https://site.invalid/page", "released": at(2022), "sha256": "old"}
    study.write(Claim, [claim(1, "opencsg", "sandbox", "documented", **quoted)])
    ran = platforms(study, "matrix", "--format", "csv")
    then = platforms(study, "matrix", "--format", "csv", "--as-of", "2023-06-01")

    assert ran.stderr == "https://site.invalid/page has changed since 1 claims quoted it: its hash differs\n"
    assert "sandbox,unknown,unknown" in ran.stdout.splitlines()
    assert "sandbox,unknown,documented" in then.stdout.splitlines()


PUBLISHED = {
    "Hugging Face": {"malware scanning": "yes: ClamAV, JFrog", "warning systems": "none documented"},
    "OpenCSG": {"malware scanning": "none", "warning systems": "interactive prompts", "user protection": "a cat"},
}
BOTH = (
    claim(1, "huggingface", "malware scan", "documented", quote="We scan", path="a.md", line=3),
    claim(2, "huggingface", "third-party scan", "not_documented", scope="2 pages read: 1a"),
    claim(3, "huggingface", "prompt", "prompt", package="p", version="1.0", path="a.py", line=9, quote="input("),
    *(claim(9 + n, "opencsg", f"{kind} scan", "not_documented") for n, kind in enumerate(("malware", "pickle"))),
    claim(4, "opencsg", "prompt", "prompt", quote="asks"),
)
VERDICTS = [
    (
        "huggingface",
        "malware scanning",
        "differ",
        "third-party scan is published, and no page mentions it (2 pages read)",
    ),
    (
        "huggingface",
        "warning systems",
        "differ",
        "prompt is published as missing, and is prompt: “input(” (p 1.0 a.py:9)",
    ),
    ("opencsg", "malware scanning", "agree", "malware scan is not documented; pickle scan is not documented"),
    ("opencsg", "warning systems", "finer", "prompt is prompt: “asks”"),
    ("opencsg", "user protection", "unknown", "nothing is known of what it speaks of"),
]


def as_json() -> str:
    return json.dumps({"rq3": {"table6": PUBLISHED}})


def as_csv() -> str:
    names = ["malware scanning", "warning systems", "user protection"]
    lines = [["platform", *names], *([p, *(texts.get(n, "") for n in names)] for p, texts in PUBLISHED.items())]
    return "\n".join(",".join(f'"{text}"' for text in line) for line in lines)


def as_markdown() -> str:
    rows = [line.replace('","', " | ").replace('"', "| ", 1).removesuffix('"') + " |" for line in as_csv().split("\n")]
    return "\n".join(["| other |", "", "**Table 6**", "", rows[0], "|---|---|---|---|", *rows[1:], "", "text"])


@pytest.mark.parametrize(
    ("name", "place", "written"),
    [("t.json", "#/rq3/table6", as_json), ("t.csv", "", as_csv), ("t.md", "#**Table 6**", as_markdown)],
)
def test_a_published_table_is_compared_cell_by_cell(
    make_study: Callable[..., Study], name: str, place: str, written: Callable[[], str]
) -> None:
    study = make_study(PLATFORMS)
    study.write(Claim, BOTH)
    path = study.path / name
    path.write_text(written(), encoding="utf-8")
    ran = platforms(study, "matrix", "--published", f"{path}{place}", "--format", "json")
    found = [
        (r["platform"], r["column"], r["verdict"], "; ".join(r["why"]))
        for r in json.loads(ran.stdout)
        if r["published"]
    ]

    assert found == VERDICTS
    assert json.loads(ran.stdout)[0]["claims"] == ["c2"]
    assert "1 agree, 1 finer, 2 differ, " in ran.stderr


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("t.json", "[]", "no object of platforms"),
        ("t.json", "{", "not JSON"),
        ("t.md", "no table", "no such table"),
        ("t.csv", "a,b\n1,2\n", "no such table"),
    ],
)
def test_a_file_that_is_no_published_table_is_an_error(
    make_study: Callable[..., Study], name: str, text: str, what: str
) -> None:
    study = make_study(PLATFORMS)
    study.write(Claim, BOTH)
    (study.path / name).write_text(text, encoding="utf-8")
    ran = platforms(study, "matrix", "--published", study.path / name)

    assert ran.exit_code == 2
    assert what in ran.stderr


def test_published_words_are_read_as_declared() -> None:
    """The sentence of a cell about trust, about scanners, and one that nothing is known of."""
    trust = reading("trust-all with verified badges", "trust model")
    scans = reading("none", "malware scanning")
    odd = reading("warnings on `trust_remote_code` only, cookies", "warning systems")

    assert (trust.there, trust.not_there) == (frozenset({"verified publisher"}), frozenset({"upload review"}))
    assert (len(scans.not_there), scans.there) == (4, frozenset())
    assert (odd.there, odd.unread) == (frozenset({"execution gate"}), ("cookies",))


@pytest.mark.parametrize("fmt", ["text", "md", "latex", "csv"])
def test_the_five_columns(make_study: Callable[..., Study], fmt: str) -> None:
    study = make_study(PLATFORMS)
    study.write(Claim, BOTH)
    ran = platforms(study, "matrix", "--columns", "published", "--format", fmt)

    assert ran.exit_code == 0
    assert "malware scan: documented; not documented: third-party scan" in ran.stdout


def test_the_page_shows_strangers_text_as_text_and_leads_from_cells_to_claims(
    make_study: Callable[..., Study], tmp_path: Path
) -> None:
    study = make_study(PLATFORMS)
    study.write(Claim, [claim(1, "huggingface", "prompt", "prompt", quote=HOSTILE, path="<b>")])
    path = tmp_path / "matrix.html"
    ran = platforms(study, "matrix", "--format", "html", "--output", path)
    text = path.read_text(encoding="utf-8")

    assert (ran.exit_code, ran.stdout) == (0, "")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text
    assert 'href="#cell-1"' in text
    assert 'id="cell-1"' in text
    assert text.count("default-src &#39;none&#39;") + text.count("default-src 'none'") == 1
