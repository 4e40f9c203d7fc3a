"""Documentation rules: which sentence states which mechanism, how strongly, and what is never mentioned."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from platform_pages import page, recorded_pages

from codebook.mechanisms import LEVELS, MECHANISMS
from platforms.documentation import claims
from platforms.documentation.claims import CONTRIBUTIONS, SILENCE, SILENT_SECURITY, UNREAD, of_page
from platforms.documentation.rules import RULES
from platforms.documentation.sentences import QUOTED, quotation, sentences

STATED, ADVISED = "the page says that it is so", "nothing: the user is advised to"
DENIED, ANNOUNCED = "the page says that it is not so", "announced: not there yet when the page was written"

SENTENCES = [
    ("Every upload is scanned for malware.", "malware scan", "documented", STATED),
    ("The registry does not scan uploads for malware.", "malware scan", "none", DENIED),
    ("We plan to scan every upload for viruses.", "malware scan", "unknown", ANNOUNCED),
    ("If a file is infected, a message will warn the users.", "UI warning", "warn", "a warning, then it goes on"),
    ("Pickled files are run through picklescan.", "pickle scan", "documented", STATED),
    ("TruffleHog looks for hard-coded keys on each push.", "secrets scan", "documented", STATED),
    ("A third-party scanner also scans weights.", "third-party scan", "documented", STATED),
    ("You can sign your commits with a key.", "commit signing", "documented", STATED),
    ("Owners may turn on access requests for a model.", "gated access", "documented", STATED),
    ("The organisation shows a verified badge.", "verified publisher", "documented", STATED),
    ("Run untrusted models in a sandbox.", "sandbox", "documented", STATED),
    ("The checksum of each file is verified.", "hash verification", "documented", STATED),
    ("We recommend to pin the revision.", "pinning", "documented", ADVISED),
    ("Prefer safetensors over other formats.", "safe formats", "documented", ADVISED),
    ("Please report a vulnerability to us.", "reporting", "documented", ADVISED),
    ("You must set `trust_remote_code=True`.", "execution gate", "documented", STATED),
    ("It raises an error unless `trust_remote_code` is set.", "execution gate", "opt-in", "an error, unless the"),
    ("With `trust_repo=False` the user is shown a prompt.", "execution gate", "prompt", "the user is asked"),
    ("Models are programs.", "documentation warning", "documented", "nothing: the reader is warned"),
    ("Each pull request is reviewed before it is merged.", "upload review", "documented", STATED),
    ("仓库中的文件会进行恶意软件扫描。", "malware scan", "documented", STATED),
    ("平台尚未提供病毒扫描。", "malware scan", "unknown", ANNOUNCED),
    ("平台不会对模型进行恶意代码扫描。", "malware scan", "none", DENIED),
    ("建议指定模型的版本。", "pinning", "documented", ADVISED),
    ("加载模型可能执行任意代码。", "documentation warning", "documented", "nothing: the reader is warned"),
    ("建议使用safetensors格式。", "safe formats", "documented", ADVISED),
    ("私有模型需要申请访问。", "gated access", "documented", STATED),
]


@pytest.mark.parametrize(("text", "mechanism", "level", "on_default"), SENTENCES)
def test_a_sentence_states_a_mechanism_as_strongly_as_it_says(
    text: str, mechanism: str, level: str, on_default: str
) -> None:
    found = {claim.mechanism: claim for claim in of_page(page(text))}

    assert mechanism in found
    assert (level, True) == (found[mechanism].level, (found[mechanism].on_default or "").startswith(on_default))


def test_every_rule_is_of_a_mechanism_that_the_dictionary_has_and_is_tried() -> None:
    tried = {mechanism for _, mechanism, _, _ in SENTENCES} | {"allow-list"}

    assert {rule.mechanism for rule in RULES} <= set(MECHANISMS)
    assert {rule.mechanism for rule in RULES} == tried


@pytest.mark.parametrize(
    "text",
    [
        "Scan the QR code to join our group.",
        "Is every upload scanned for malware?",
        "```\nwe scan for malware\n```",
        "<!-- files are scanned for malware -->",
        "The loader scans the index for class names.",
        "Create one with csghub-cli sandbox create for secure runs.",
        "See the guide on how to scan for malware.",
        "- [Malware Scanning](./security-malware)",
        "A gated recurrent unit has two gates.",
        "Allowlist these hostnames at your proxy.",
        "",
    ],
)
def test_what_states_no_mechanism_gives_no_claim(text: str) -> None:
    assert list(of_page(page(text))) == []


def test_a_condition_denies_nothing_and_advice_is_of_its_own_part_of_the_sentence() -> None:
    text = "If a file is not yours, it is scanned for malware.\n\nFiles are scanned for malware, but you should look."
    found = [(claim.line, claim.level, claim.on_default) for claim in of_page(page(text))]

    assert found == [(1, "documented", STATED), (3, "documented", STATED)]


def test_an_entry_of_an_argument_gives_its_default_and_its_values() -> None:
    """A sentence below an argument is about it, though it does not name it; only docstrings of Python are read."""
    text = '''\
def load(repo, trust_repo="check"):
    """Load.

    Args:
        trust_repo (bool or str): what to do with others.

            - If ``False``, a prompt will ask the user.

            Default is ``"check"``.
        verbose (bool): talk. Default is ``True``.
    """
    # trust_remote_code is not looked at: a comment
'''
    found = [
        (c.line, c.symbol, c.parameter, c.default, c.level, c.scope, c.quote)
        for c in of_page(page(text, "torch/hub.py"))
    ]

    expected = [
        (5, "load", "trust_repo", None, "documented", None, "trust_repo (bool or str): what to do with others."),
        (7, "load", "trust_repo", None, "prompt", "trust_repo=False", "- If ``False``, a prompt will ask the user."),
        (9, "load", "trust_repo", '"check"', "documented", None, 'Default is ``"check"``.'),
    ]
    assert expected == found


def test_what_a_guide_for_contributors_says_is_not_about_uploads() -> None:
    (claim,) = of_page(page("Each pull request is reviewed.", "CONTRIBUTING.md"))

    assert claim.scope == CONTRIBUTIONS


def test_silence_is_a_claim_that_names_what_was_read_and_never_a_level() -> None:
    """Two pages were read and one could not be: every mechanism that neither states is not documented."""
    pages = [page("Files are scanned for malware.", "a.md"), page("Hello.", "b.md"), page(None, "c.md")]
    found = {claim.mechanism: claim for claim in claims(pages)}
    silent = found["sandbox"]
    a, b = sorted(each.document.sha256[:12] for each in pages[:2])

    assert set(MECHANISMS) == set(found)
    assert (found["malware scan"].level, silent.level) == ("documented", "not_documented")
    assert silent.extractor == SILENCE
    assert silent.scope is not None
    assert silent.scope.startswith("2 pages read: ")
    assert a in silent.scope
    assert b in silent.scope
    assert silent.scope.endswith("1 more could not be read")
    assert (silent.path, silent.line, silent.quote) == (None, None, None)


def test_what_could_not_be_read_is_unknown() -> None:
    found = list(claims([page(None)]))

    assert {("unknown", UNREAD)} == {(claim.level, claim.extractor) for claim in found}
    assert all("login form" in (claim.scope or "") for claim in found)


def test_a_page_that_is_gone_counts_for_what_it_said_and_not_for_what_is_stated_today() -> None:
    pages = [page("Files are scanned for malware.", "a.md", current=False), page("Hello.", "a.md")]
    levels = sorted(claim.level for claim in claims(pages) if claim.mechanism == "malware scan")

    assert levels == ["documented", "not_documented"]


def test_security_pages_that_never_name_a_switch_are_a_claim() -> None:
    pages = [page("Files are scanned for malware.", "docs/security.md"), page("Set trust_repo=True.", "docs/use.md")]
    found = {claim.parameter for claim in claims(pages) if claim.extractor == SILENT_SECURITY}

    assert {"trust_remote_code", "trust_repo", "weights_only"} <= found


@given(st.text(max_size=300), st.sampled_from(["a.md", "b.rst", "c.py", "d.py.txt"]))
def test_no_page_breaks_the_rules_and_every_quotation_is_in_its_page(text: str, path: str) -> None:
    for sentence in sentences(text, path):
        quote = quotation(sentence)
        assert quote in " ".join(text.split()) or ">" in sentence.raw
        assert 1 <= sentence.line <= text.count("\n") + 1


@given(st.lists(st.sampled_from(["scan", "malware", "files", "we", "not", "a", "恶意", "。", ".", "trust_repo"])))
def test_claims_of_any_words_are_on_the_scale_or_beside_it(words: list[str]) -> None:
    for claim in of_page(page(" ".join(words))):
        assert claim.level in {*LEVELS, "unknown"}
        assert len((claim.quote or "").split()) <= QUOTED


def test_the_longest_page_of_one_line_is_read_in_reasonable_steps() -> None:
    """Hostile pages: no pattern takes time that grows faster than the text by much."""
    text = "scan " * 4000 + "[" * 4000 + "(" * 4000 + "<a" * 4000 + "`" * 4000 + '"""' * 999 + "malware"

    assert all(claim.level in {*LEVELS, "unknown"} for claim in of_page(page(text)))


def test_recorded_pages_say_what_platforms_document(shared: Callable[[str], Path]) -> None:
    """The 62 recorded pages: what each platform documents, and the silence of three of them."""
    pages = recorded_pages(shared("platform-docs"))
    stated = defaultdict(set)
    for claim in claims(pages):
        if claim.level in LEVELS and claim.scope != CONTRIBUTIONS:
            stated[claim.platform].add(claim.mechanism)
    expected = {
        "huggingface": set(MECHANISMS) - {"allow-list", "hash verification", "prompt"},
        "opencsg": {"pinning", "safe formats", "upload review"},
        "pytorch_hub": {
            *("allow-list", "documentation warning", "execution gate", "hash verification", "safe formats"),
            *("pinning", "sandbox"),
        },
    }

    assert expected == dict(stated)


def test_quotations_of_recorded_pages_are_found_in_them(shared: Callable[[str], Path]) -> None:
    pages = {each.document.sha256: each.text or "" for each in recorded_pages(shared("platform-docs"))}
    quoted = [claim for claim in claims(recorded_pages(shared("platform-docs"))) if claim.quote]
    lost = []
    for claim in quoted:
        below = "\n".join(pages[claim.sha256 or ""].split("\n")[(claim.line or 1) - 1 :][:20])
        if " ".join((claim.quote or "").split()) not in " ".join(below.replace("\n>", "\n").split()):
            lost.append((claim.path, claim.line, claim.quote))

    assert lost == []
    assert len(quoted) > 150
