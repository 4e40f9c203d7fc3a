"""Disagreements between documentation and code are found by rules that name no platform."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hand_study import row
from platform_pages import page, recorded_pages

from codebook.rows import Claim
from platforms.disagreements import found
from platforms.documentation import claims


def code(version: str = "2.0", level: str = "prompt", **values: Any) -> Claim:
    about = {"platform": "hub", "package": "client", "mechanism": "execution gate", "parameter": "trust_repo"}
    own = {"claim_id": f"code-{version}", "symbol": "hub.load", "surface": "load", "on_default": "it happens"}
    said = {"version": version, "level": level, "released": datetime(2024, 1, 1, tzinfo=UTC)}
    return row(Claim, **said | about | own | values)


def rules(made: list[Claim]) -> list[tuple[str, str | None]]:
    return [(row.rule, row.in_code) for row in found(made)]


DOCSTRING = '''\
def load(repo, trust_repo="check"):
    """Load.

    Args:
        trust_repo (bool or str): what to do.

            - If ``None``, a prompt will ask the user.

            Default is ``"check"``.
    """
'''


def test_security_pages_that_never_name_the_switch_of_the_client_disagree_with_it() -> None:
    pages = [page("Files are scanned for malware.", "docs/security.md")]
    made = [*claims(pages), code(default="'check'")]
    (row_,) = found(made)

    assert (
        *(row_.rule, row_.parameter, row_.in_code),
        next(c.run_id for c in made if c.claim_id == row_.documented),
    ) == ("silent-security", "trust_repo", "code-2.0", "platforms-fetch-1")
    assert "pages about security of hub/docs never mention trust_repo, on which client 2.0" in row_.what


def test_a_switch_that_opens_nothing_any_more_decides_less_than_one_that_does() -> None:
    pages = [page("Files are scanned for malware.", "docs/security.md")]
    closed = code(level="block", package="closed", claim_id="closed")
    (row_,) = found([*claims(pages), closed, code()])

    assert row_.in_code == "code-2.0"


def test_security_pages_of_a_platform_without_such_a_switch_do_not() -> None:
    pages = [page("Files are scanned for malware.", "docs/security.md")]

    assert rules([*claims(pages), code(parameter="other")]) == []
    assert rules([*claims(pages), code(platform="elsewhere")]) == []
    assert rules([*claims(pages), code(level="none")]) == [("unwarned", "code-2.0")]


def test_code_that_runs_silently_disagrees_with_documentation_that_never_warns() -> None:
    runs = code(level="none", parameter=None, symbol="Config.fromfile")

    assert rules([*claims([page("A config has fields.")]), runs]) == [("unwarned", "code-2.0")]
    assert rules([*claims([page("Configs may execute arbitrary code.")]), runs]) == []
    assert rules([*claims([page(None)]), runs]) == []  # what could not be read is not silent


def test_a_documented_default_is_compared_with_the_release_of_its_day() -> None:
    """The page is of May 2024, when 1.0 was out; 2.0 came later and has the default that the page states."""
    pages = [page(DOCSTRING, "torch/hub.py")]
    old = code("1.0", "warn", default="None")
    new = code("2.0", default="'check'", released=datetime(2025, 1, 1, tzinfo=UTC))

    assert rules([*claims(pages), old, new]) == [("other-default", "code-1.0"), ("other-effect", "code-1.0")]
    assert rules([*claims(pages), new]) == []


def test_a_documented_prompt_for_the_default_disagrees_with_a_warning() -> None:
    rows = list(found([*claims([page(DOCSTRING, "torch/hub.py")]), code(level="warn", default="None")]))
    effect = next(each for each in rows if each.rule == "other-effect")

    assert effect.what == (
        "documented effect of trust_repo is prompt, that of client 2.0 (hub.load) is warn by default (None)"
    )


def test_what_users_must_never_do_disagrees_with_a_default_or_a_call_that_does_it() -> None:
    pages = [page("Loading un-trusted files with `weights_only=False` MUST never be done.")]
    default = code(parameter="weights_only", default="False", level="none", symbol="load_url")
    call = code("2.0", "none", parameter="weights_only", default="False", symbol="f > g = False", claim_id="call")
    made = list(claims(pages))

    assert rules([*made, default]) == [("forbidden-default", "code-2.0")]
    assert rules([*made, call]) == [("forbidden-default", "call")]
    assert rules([*made, code(parameter="weights_only", default="True", level="block")]) == []


def test_a_client_that_drops_the_revision_disagrees_with_advice_to_give_one() -> None:
    pinned = "revision handed on in 1 of 2 calls that fetch; not in a.py:3"
    advice = list(claims([page("We recommend to pass a commit hash as the revision.")]))

    assert rules([*advice, code(pinning=pinned)]) == [("revision-lost", "code-2.0")]
    assert rules([*advice, code(pinning="revision handed on in 2 of 2 calls that fetch")]) == []
    assert rules([*claims([page("Nothing.")]), code(pinning=pinned)]) == []


def test_a_corrected_claim_disagrees_no_longer() -> None:
    runs = code(level="none", parameter=None)
    right = code(level="warn", parameter=None, claim_id="c", corrects="code-2.0")

    assert rules([*claims([page("A config has fields.")]), runs, right]) == []


def test_recorded_documentation_disagrees_with_code_as_was_found_by_hand(shared: Callable[[str], Path]) -> None:
    """Three that were described: security pages silent on the gate, a forbidden default, configs without a warning."""
    gate = code("5.0", package="transformers", platform="huggingface", parameter="trust_remote_code", claim_id="gate")
    weights = code("2.15.0", "none", package="torch", platform="pytorch_hub", parameter="weights_only", default="False")
    configs = code("0.10", "none", package="mmengine", platform="openmmlab", parameter=None, claim_id="configs")
    made = [*claims(recorded_pages(shared("platform-docs"))), gate, weights, configs]
    rows = [(each.rule, each.platform, each.in_code) for each in found(made)]

    assert ("silent-security", "huggingface", "gate") in rows
    assert ("forbidden-default", "pytorch_hub", "code-2.15.0") in rows
    assert ("unwarned", "openmmlab", "configs") in rows
