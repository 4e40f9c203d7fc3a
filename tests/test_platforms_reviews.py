"""Files of reviews: confirmed, corrected and added claims, and errors that name file and line."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hand_study import row

from codebook.errors import StudyError
from codebook.mechanisms import standing
from codebook.rows import Claim
from codebook.study import Study
from platforms.reviews import applied, gone, read

GOOD = """\
reviews:
  - claim: c1
    verdict: confirmed
    reviewer: coder_a
    date: 2026-03-01
  - claim: c2
    verdict: corrected
    reviewer: coder_b
    date: 2026-03-01
    level: warn
    default: None
    evidence: {path: hub.py, line: 264, quote: "warnings.warn(message)"}
  - verdict: added
    reviewer: coder_b
    date: 2026-03-02
    platform: opencsg
    mechanism: malware scan
    level: none
    evidence: {url: "https://site.invalid/page", quote: "uploads are not scanned"}
  - claim: lost
    verdict: confirmed
    reviewer: coder_a
    date: 2026-03-03
"""


def claim(claim_id: str, **values: Any) -> Claim:
    about = {"platform": "hub", "mechanism": "execution gate", "level": "none", "extractor": "a rule"}
    return row(Claim, claim_id=claim_id, **about | values)


def study_with(make_study: Callable[..., Study], text: str) -> Study:
    study = make_study('[platforms]\nreviews = ["reviews.yaml"]\n')
    (study.path / "reviews.yaml").write_text(text, encoding="utf-8")
    return study


def test_reviews_mark_correct_and_add_and_the_origin_stays(make_study: Callable[..., Study]) -> None:
    reviews = read(study_with(make_study, GOOD))
    one, two, corrected, added = applied([claim("c1"), claim("c2", line=3)], reviews, "platforms-claims-1")

    assert (one.review, one.reviewer, one.evidence_kind, one.extractor) == ("confirmed", "coder_a", "code", "a rule")
    assert claim("c2", line=3) == two
    assert (
        *(corrected.corrects, corrected.review, corrected.reviewer, corrected.evidence_kind, corrected.level),
        *(corrected.default, corrected.line, corrected.path, corrected.extractor),
    ) == ("c2", "corrected", "coder_b", "reviewer", "warn", "None", 264, "hub.py", "a rule")
    assert ("opencsg", "malware scan", "none", "added", datetime(2026, 3, 2, tzinfo=UTC), "platforms-claims-1") == (
        *(added.platform, added.mechanism, added.level, added.review, added.released, added.run_id),
    )
    assert [one, corrected, added] == standing([one, two, corrected, added])


def test_reviews_of_claims_that_are_gone_are_told(make_study: Callable[..., Study]) -> None:
    reviews = read(study_with(make_study, GOOD))

    assert [(r.claim, r.where) for r in gone([claim("c1"), claim("c2")], reviews)] == [("lost", "reviews.yaml:20")]


def test_the_last_correction_of_a_claim_counts(make_study: Callable[..., Study]) -> None:
    entry = "  - {claim: c1, verdict: corrected, reviewer: R, date: 2026-03-01, level: LEVEL, evidence: EVIDENCE}\n"
    entry = entry.replace("EVIDENCE", '{path: a.py, quote: "x"}')
    text = "reviews:\n" + "".join(entry.replace("R,", f"{who},").replace("LEVEL", level) for who, level in PAIRS)
    found = applied([claim("c1")], read(study_with(make_study, text)), "r")

    assert [(c.corrects or c.claim_id, c.level, c.reviewer) for c in found] == [
        ("c1", "none", None),
        ("c1", "prompt", "b"),
    ]


PAIRS = (("a", "warn"), ("b", "prompt"))

HEAD = "reviews:\n  - claim: c1\n    verdict: corrected\n    reviewer: a\n    date: 2026-03-01\n"
BAD = [
    ("nothing: here\n", ":1", "no list of reviews"),
    ("reviews:\n  - just a text\n", ":2", "a mapping"),
    ("reviews:\n  - verdict: agreed\n", ":2", "no verdict 'agreed'"),
    ("reviews:\n  - claim: c1\n    verdict: confirmed\n    reviewer: a\n", ":2", "needs a date"),
    ("reviews:\n  - verdict: confirmed\n    reviewer: a\n    date: 2026-03-01\n", ":2", "needs the id of a claim"),
    ("reviews:\n  - claim: c1\n    verdict: confirmed\n    level: warn\n    date: 2026-03-01\n", ":2", "is as it is"),
    ("reviews:\n  - claim: c1\n    verdict: confirmed\n    date: yesterday\n    reviewer: a\n", ":4", "needs a date"),
    (HEAD + "    levle: warn\n", ":6", "unknown key 'levle'"),
    (HEAD + "    level: strong\n", ":6", "no level 'strong'"),
    (HEAD + "    level: warn\n", ":2", "gives no evidence"),
    (HEAD + "    level: warn\n    evidence: {path: a.py}\n", ":7", "a quote and a path or url"),
    (HEAD + "    level: warn\n    evidence: {path: a.py, quote: x, line: 0}\n", ":7", "a number from 1"),
    (HEAD + "    level: warn\n    evidence: {path: a.py, quote: x, sha256: zz}\n", ":7", "64 hexadecimal"),
    (HEAD + "    level: warn\n    evidence: {path: a.py, quote: " + "w " * 26 + "}\n", ":7", "at most 25 words"),
    (HEAD + "    mechanism: [a]\n", ":6", "is to be a text"),
    (
        "reviews:\n  - verdict: added\n    reviewer: a\n    date: 2026-03-01\n    platform: p\n",
        ":2",
        "lacks 'mechanism'",
    ),
    ("reviews: [\n", ":2", "not valid YAML"),
]


@pytest.mark.parametrize(("text", "line", "what"), BAD)
def test_an_error_names_file_line_and_what_is_wrong(
    make_study: Callable[..., Study], text: str, line: str, what: str
) -> None:
    with pytest.raises(StudyError, match=what) as caught:
        read(study_with(make_study, text))
    assert caught.value.where == f"reviews.yaml{line}"


def test_a_file_that_is_not_there_is_an_error(make_study: Callable[..., Study], tmp_path: Path) -> None:
    study = make_study('[platforms]\nreviews = ["none.yaml"]\n')

    with pytest.raises(StudyError, match="no such file of reviews"):
        read(study)
    assert not (tmp_path / "none.yaml").exists()
