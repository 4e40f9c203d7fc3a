"""``study.toml``: what it may say, and errors that name file, line and nearest key."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from codebook.errors import StudyError
from codebook.settings import load
from codebook.study import Study

DESIGNED = """
[study]
title = "Remote code at model load time"
keywords = ["trust_remote_code", "trust_repo"]
since = 2019-01-01
until = 2026-01-01
seed = 20260120

[sources.github]
kind = "github"
base_url = "https://api.github.com"
items = ["issues", "pull_requests", "discussions"]
match = "any"
token_env = "GITHUB_TOKEN"

[sources.huggingface]
kind = "huggingface"
base_url = "https://huggingface.co"
repos = ["microsoft/Florence-2-base-ft"]
candidates = { filter = "custom_code", sort = "downloads", limit = 500 }

[label_studio]
url_env = "LABEL_STUDIO_URL"
token_env = "LABEL_STUDIO_API_KEY"

[coders]
names = ["coder_a", "coder_b"]
adjudicator = "coder_c"
overlap = 0.3

[hubs.registry]
kind = "folder"
path = "models"

[platforms]
names = ["huggingface", "modelscope"]
packages = ["transformers", "torch"]
"""


def loaded(tmp_path: Path, text: str) -> object:
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    return load(tmp_path / "study.toml")[0]


def error_of(tmp_path: Path, text: str) -> str:
    with pytest.raises(StudyError) as caught:
        loaded(tmp_path, text)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_the_file_of_the_design_is_valid(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(DESIGNED, encoding="utf-8")
    settings, _ = load(tmp_path / "study.toml")

    assert settings.study.keywords == ["trust_remote_code", "trust_repo"]
    assert settings.sources["github"].model_extra == {"items": ["issues", "pull_requests", "discussions"]}
    assert settings.coders.adjudicator == "coder_c"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[study]\ntitle = "t"\nkeywords = ["k"]\nsinse = 2019-01-01\n',
            "study.toml:4: unknown key 'study.sinse'\n  Did you mean 'since'?",
        ),
        (
            '[study]\ntitle = "t"\nkeywords = ["k"]\n\n[codrs]\nnames = ["a"]\n',
            "study.toml:5: unknown key 'codrs'\n  Did you mean 'coders'?",
        ),
        ('[study]\ntitle = "t"\n', "study.toml:1: 'study.keywords' is missing\n  Add `keywords = …`."),
        (
            '[study]\ntitle = "t"\nkeywords = ["k"]\nseed = "x"\n',
            "study.toml:4: 'study.seed': should be a valid integer, is 'x'\n",
        ),
        (
            '[study]\ntitle = "t"\nkeywords = ["k"]\n[coders]\nnames = ["a", "a"]\n',
            "study.toml:5: 'coders.names': two coders have the same name, is ['a', 'a']\n",
        ),
        (
            '[study]\ntitle = "t"\nkeywords = ["k"]\n[sources.x]\nbase_url = "https://a.example"\n',
            "study.toml:4: 'sources.x.kind' is missing\n  Add `kind = …`.",
        ),
        (
            '[study]\ntitle = "t"\nkeywords = ["k"]\n[sources.x]\nkind = "github"\nbase_url = "file:///etc/passwd"\n',
            "study.toml:6: 'sources.x.base_url': String should match pattern",
        ),
        (
            '[study]\ntitle = "t"\nkeywords = ["k"]\nformat = 99\nnew_key = 1\n',
            "study.toml:4: the study folder is of format 99; this qualdev reads up to 1\n  Install a newer qualdev.",
        ),
    ],
)
def test_errors_name_file_line_and_nearest_key(tmp_path: Path, text: str, expected: str) -> None:
    assert error_of(tmp_path, text).startswith(expected)


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    assert "not valid TOML" in error_of(tmp_path, "[study\n")
    assert "line 1" in error_of(tmp_path, "[study\n")


def test_a_study_needs_some_time(tmp_path: Path) -> None:
    text = '[study]\ntitle = "t"\nkeywords = ["k"]\nsince = 2024-01-01\nuntil = 2024-01-01\n'

    assert "`until` (2024-01-01) is to be later than `since` (2024-01-01)" in error_of(tmp_path, text)


def test_a_site_name_that_is_a_path_is_refused(tmp_path: Path) -> None:
    text = '[study]\ntitle = "t"\nkeywords = ["k"]\n{}\nkind = "github"\n'

    said = ": the name of a site is up to 60 letters, digits, - and _, is "
    for name in ("../../x", "gi/thub", "a.b", "a]b", "x" * 61, ""):
        expected = f"study.toml:4: 'sources.{name}'{said}{name!r:.60}\n"
        assert error_of(tmp_path, text.format(f'[sources."{name}"]')).startswith(expected)
        assert error_of(tmp_path, text.format(f"[ hubs . '{name}' ] # x")).startswith(
            expected.replace("sources", "hubs")
        )


@pytest.mark.parametrize("keyword", ["", "  ", "\\t\\n", "\u00a0", "\u200b"])
def test_a_blank_keyword_is_refused(tmp_path: Path, keyword: str) -> None:
    text = f'[study]\ntitle = "t"\nkeywords = [\n  "k",\n  "{keyword}"\n]\n'

    assert error_of(tmp_path, text).startswith("study.toml:3: 'study.keywords': a keyword is blank")


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a = ", "}")])
def test_deep_nesting_is_one_clear_error(tmp_path: Path, opening: str, closing: str) -> None:
    assert "study.toml: is nested too deeply" in error_of(tmp_path, f"study = {opening * 5000}{closing * 5000}\n")


def test_a_number_that_no_computer_takes_is_one_clear_error(tmp_path: Path) -> None:
    assert "study.toml: not valid TOML" in error_of(tmp_path, f"[study]\nseed = {'1' * 5000}\n")


def test_a_byte_order_mark_is_not_part_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("\ufeff" + DESIGNED, encoding="utf-8")
    settings, origin = load(tmp_path / "study.toml")

    assert settings.study.keywords == ["trust_remote_code", "trust_repo"]
    assert origin.line(("study",)) == 2


class Options(BaseModel):
    """Keys of an invented kind."""

    model_config = ConfigDict(extra="forbid", strict=True)

    repos: list[str] = []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('repoz = ["a"]', "study.toml:9: unknown key 'sources.x.repoz'\n  Did you mean 'repos'?"),
        ("repos = 5", "study.toml:9: 'sources.x.repos': should be a valid list, is 5"),
        ('tokn_env = "T"', "study.toml:9: unknown key 'sources.x.tokn_env'\n  Did you mean 'token_env'?"),
    ],
)
def test_keys_of_a_kind_get_the_same_errors(make_study: Callable[..., Study], line: str, expected: str) -> None:
    study = make_study(f'\n[sources.x]\nkind = "odd"\n{line}\n')

    with pytest.raises(StudyError) as caught:
        study.settings.sources["x"].options_as(Options, study.source_origin("sources", "x"))
    assert str(caught.value).startswith(expected)
