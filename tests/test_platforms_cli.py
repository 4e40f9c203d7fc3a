"""``platforms matrix``: mechanism by platform with the latest levels, ``unknown`` where nothing is claimed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from hand_study import row

from codebook.rows import Claim
from codebook.study import Study

PLATFORMS = '[platforms]\nnames = ["huggingface", "opencsg"]\n'


def claim(number: int, platform: str, mechanism: str, level: str, **values: Any) -> Claim:
    return row(Claim, claim_id=f"c{number}", platform=platform, mechanism=mechanism, level=level, **values)


CLAIMS = (
    claim(1, "huggingface", "prompt", "warn", package="transformers", released=datetime(2023, 1, 1, tzinfo=UTC)),
    claim(2, "huggingface", "prompt", "opt-in", package="transformers", released=datetime(2024, 1, 1, tzinfo=UTC)),
    claim(3, "huggingface", "prompt", "none", package="datasets", released=datetime(2020, 1, 1, tzinfo=UTC)),
    claim(4, "opencsg", "malware scan", "not_documented"),
    claim(5, "=torch|hub", "prompt", "prompt"),
)


def test_the_latest_level_of_each_part_counts(make_study: Callable[..., Study], run: Callable[..., Any]) -> None:
    """An older claim about the same package is superseded; another package's level stands beside it, weakest first."""
    study = make_study(PLATFORMS)
    study.write(Claim, CLAIMS)
    ran = run("platforms", "matrix", "--study", study.path, "--format", "csv")

    expected = """\
mechanism,huggingface,opencsg,'=torch|hub
malware scan,unknown,not_documented,unknown
prompt,none / opt-in,unknown,prompt
"""
    assert expected == ran.out
    assert ran.code == 0
    assert "=torch\\|hub" in run("platforms", "matrix", "--study", study.path, "--format", "md").out


def test_json_has_one_object_per_cell(make_study: Callable[..., Study], run: Callable[..., Any]) -> None:
    study = make_study(PLATFORMS)
    study.write(Claim, CLAIMS[:2])
    ran = run("platforms", "matrix", "--study", study.path, "--format", "json")

    expected = [
        {"mechanism": "prompt", "platform": "huggingface", "levels": ["opt-in"], "claims": 1},
        {"mechanism": "prompt", "platform": "opencsg", "levels": ["unknown"], "claims": 0},
    ]
    assert expected == json.loads(ran.out)


def test_a_study_without_claims_says_so_in_one_line(make_study: Callable[..., Study], run: Callable[..., Any]) -> None:
    study = make_study(PLATFORMS)
    ran = run("platforms", "matrix", "--study", study.path)

    assert (ran.code, ran.out, ran.err) == (0, "", "no claims about platforms are in this study\n")
    assert run("platforms", "matrix", "--study", study.path, "--format", "json").out == "[]\n"


def test_help_says_what_is_not_there_yet(run: Callable[..., Any]) -> None:
    ran = run("platforms", "--help")

    assert "not in this version yet" in " ".join(ran.out.split())
    assert ran.code == 0
