"""Every command of ``analysis`` on studies that have only a part: what is there is given, what is missing is said."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import hand_study
import joint_study
import pytest
from click.testing import CliRunner, Result
from half_study import HEAD, MADE, nothing_included, one_coder, only_threads
from hand_study import CODINGS, row, thread
from package_study import few_outputs

from analysis.cli import cli
from codebook import ledger
from codebook.bringing import REBUILT_BY
from codebook.rows import Coding, Finding, Post, Thread
from codebook.study import Study

COMMANDS = (
    *("flow", "flow --prisma", "prevalence", "risk", "risk --part agreement", "gap", "agreement", "saturation"),
    *("joins levels", "joins changes", "joins models", "joins beliefs", "joins ledger", "joins mitigation"),
    *("joins mentions", "joins disagreements", "quotes theme=SEC", "crosstab theme source --no-tests"),
    *("crosstab cwe platform", "crosstab level mechanism", "crosstab theme named_model --no-tests"),
)


@pytest.fixture(scope="module", params=MADE)
def part(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return MADE[request.param](tmp_path_factory.mktemp("half") / "study")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return joint_study.whole(tmp_path_factory.mktemp("whole") / "study")


@pytest.fixture
def joint(whole: Study, tmp_path: Path) -> Study:
    """A copy of a study with all of it, to be spoilt."""
    return Study.open(shutil.copytree(whole.path, tmp_path / "joint"))


def call(study: Study, command: str, *more: str) -> Result:
    return CliRunner().invoke(cli, [*command.split(), *more, "--study", str(study.path)])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_gives_rows_or_says_what_is_missing(part: Study, command: str) -> None:
    """Never a traceback, never a silent zero: if nothing counts, there is a sentence, and an error says what next."""
    done = call(part, command, "--format", "json")

    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code in (0, 2), done.stderr
    if done.exit_code:
        assert done.stdout == ""
        assert "\n  " in done.stderr
    elif not _counted(json.loads(done.stdout) if done.stdout else []):
        assert done.stderr, "a silent zero"


def _counted(rows: list[dict[str, object]]) -> bool:
    """Whether any row has a number above 0."""
    return any(isinstance(value, int | float) and value > 0 for each in rows for value in each.values())


def said(study: Study, command: str) -> list[str]:
    """What a command says that exits with 0."""
    done = call(study, command)
    assert done.exit_code == 0, done.stderr
    return done.stderr.splitlines()


def test_a_flow_without_threads_names_the_commands_that_bring_them(tmp_path: Path) -> None:
    expected = [
        "no rows yet in threads; run: collect threads",
        "no rows yet in codings; run: coding pull",
        "no rows yet in decisions; run: coding adjudicate",
    ]
    study = Study.create(tmp_path / "study", "Empty")

    assert expected == said(study, "flow")
    assert expected == said(study, "flow --prisma")
    assert expected[2:] == said(one_coder(tmp_path / "coded"), "flow")


def test_a_crosstab_in_which_every_thread_is_excluded_says_so(tmp_path: Path) -> None:
    study = nothing_included(tmp_path / "study")
    why = "all 6 threads are excluded; analysis flow says why, --all counts them"

    assert why in said(study, "crosstab theme source")
    assert why in said(study, "quotes theme=SEC")
    assert "counted: 5 threads, included or not; 1 without codings are not counted" in said(
        study, "crosstab theme source --all"
    )


def test_a_join_of_tables_that_do_not_meet_says_so(joint: Study) -> None:
    joint.write(Thread, [replace(each, native_id=f"nobody/nothing#{each.thread_id}") for each in joint_study.THREADS])
    joint.write(Post, [])

    assert "no row: nothing in these tables meets: threads, codings, models, model_files, outcomes, findings" in said(
        joint, "joins models"
    )


@pytest.mark.parametrize(
    ("variable", "line"),
    [
        ("platform", "no thread is about a platform: say in study.toml, [analysis.platforms], which ones are"),
        ("named_model", "no rows yet in: models (scan models)"),
        ("gate_period", "no rows yet in: in_force (platforms fetch, then: platforms claims)"),
        ("level_in_force", "no rows yet in: in_force (platforms fetch, then: platforms claims)"),
        ("model_cwe", "no rows yet in: findings (scan code)"),
    ],
)
def test_a_crosstab_with_what_other_stages_bring_says_which(tmp_path: Path, variable: str, line: str) -> None:
    assert line in said(one_coder(tmp_path / "study"), f"crosstab theme {variable}")


@pytest.mark.parametrize(
    ("old", "new", "command", "line"),
    [
        (
            "[analysis.platforms.hub]",
            "[analysis.platforms.hbu]",
            "gap",
            "[analysis.platforms.hbu] is a platform that the study does not have. Did you mean 'hub'?",
        ),
        (
            '"hubsite"]',
            '"hubsit"]',
            "crosstab theme platform --no-tests",
            "[analysis.platforms.hub] names the site hubsit that the study does not have. Did you mean 'hubsite'?",
        ),
        (
            'sites = ["hubsite"]',
            'repositories = ["Ann/oen"]',
            "joins levels",
            (
                "[analysis.platforms.hub] names the repository Ann/oen that the study does not have. "
                "Did you mean 'ann/one'?"
            ),
        ),
        (
            'sites = ["hubsite"]',
            'keywords = ["trust_rep"]',
            "joins disagreements",
            (
                "[analysis.platforms.hub] names the keyword trust_rep that the study does not have. "
                "Did you mean 'trust_repo'?"
            ),
        ),
        (
            'parameter = "trust_remote_code"',
            'parameter = "trust_remote"',
            "joins beliefs",
            (
                "no claim is about execution gate with the parameter trust_remote: Code runs only if one asks for it. "
                "Did you mean 'trust_remote_code'?"
            ),
        ),
        (
            '"execution gate"',
            '"sandbox"',
            "joins ledger",
            (
                "no claim is about a mechanism sandbox, so it is not known whether it holds: "
                "Code runs only if one asks for it"
            ),
        ),
    ],
)
def test_a_name_that_the_study_does_not_have_is_said(joint: Study, old: str, new: str, command: str, line: str) -> None:
    assert old in joint_study.TOML
    (joint.path / "study.toml").write_text(HEAD + joint_study.TOML.replace(old, new), encoding="utf-8")

    assert line in said(joint, command)


@pytest.mark.parametrize(
    ("old", "new", "command", "message"),
    [
        ('"SEC"', '"SCE"', "gap", "study.toml, [analysis].concern: the codebook has no code 'SCE'"),
        ('["MIS"]', '["MSI"]', "joins disagreements", "study.toml, [analysis].confusion: the codebook has no code"),
        ('code = "MIS"', 'code = "MSI"', "joins ledger", "study.toml, [[analysis.beliefs]]: the codebook has no code"),
        ('"block"', '"blok"', "flow", "(nearest: block), is 'blok'"),
        ('"execution gate"', '"exection gate"', "flow", "(nearest: execution gate), is 'exection gate'"),
        ("concern =", "concernn =", "flow", "unknown key 'analysis.concernn'\n  Did you mean 'concern'?"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_an_error(
    joint: Study, old: str, new: str, command: str, message: str
) -> None:
    (joint.path / "study.toml").write_text(HEAD + joint_study.TOML.replace(old, new), encoding="utf-8")
    done = call(joint, command)

    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_of_equally_near_names_the_one_that_begins_alike_is_meant(joint: Study) -> None:
    assert "no theme 'SCE'\n  Did you mean 'SEC'?" in call(joint, "quotes theme=SCE").stderr


@pytest.mark.parametrize(("table", "left"), [("threads", 0), ("decisions", 11), ("findings", 400), ("claims", 400)])
def test_half_a_table_is_named_with_the_command_that_makes_it_again(joint: Study, table: str, left: int) -> None:
    path = joint.table(table)
    path.write_bytes(path.read_bytes()[:left])
    done = call(joint, "gap")

    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{path}: the table cannot be read: " in done.stderr
    assert f"Delete it and rebuild it from the raw records: {REBUILT_BY[table]}.\n" in done.stderr


HOSTILE = "=cmd|' /C calc'!A0 \x1b[31m\u202e<script>alert(1)</script> $x_1$ \\input{y} %s {0} " + "a" * 10_000


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study in which whatever strangers name is hostile."""
    folder = tmp_path_factory.mktemp("hostile") / "study"
    book = hand_study.BOOK.replace("Malicious code", '"<b>$x$ \\\\input{y} & \\u001b[31m"')
    study = only_threads(folder, book)
    with ledger.run(study, "coding pull", {}) as run:
        run.write(Thread, [thread(f"t{n}", HOSTILE, 2020 + n, state=HOSTILE, title=HOSTILE) for n in range(3)])
        run.write(Coding, CODINGS[:3])
        run.write(Finding, [row(Finding, finding_id="f", tool=HOSTILE, rule=HOSTILE, cwe=HOSTILE, current=True)])
    return study


@pytest.mark.parametrize(
    "command", ["crosstab theme source", "crosstab rule tool", "flow --by site", "quotes theme=SEC"]
)
def test_hostile_names_are_harmless_in_every_format(hostile: Study, command: str) -> None:
    done = {fmt: call(hostile, command, "--format", fmt) for fmt in ("text", "csv", "json", "md", "latex")}
    shown = {fmt: each.stdout for fmt, each in done.items()}

    assert [each.exit_code for each in done.values()] == [0] * 5
    assert not any(bad in each.output for each in done.values() for bad in ("\x1b", "\u202e"))
    assert max(len(line) for each in done.values() for line in each.stderr.splitlines()) < 500
    assert not any(line.startswith("=") or ",=" in line for line in shown["csv"].splitlines())
    assert "<script>" not in shown["md"]
    assert "\\input{" not in shown["latex"]


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_hostile_names_are_drawn_as_text(hostile: Study, tmp_path: Path, kind: str) -> None:
    picture = tmp_path / f"p.{kind}"
    done = call(hostile, "crosstab theme state --no-tests", "--picture", str(picture))

    assert done.exit_code == 0, done.output
    drawn = picture.read_bytes()
    assert b"<script" not in drawn
    assert b"\x1b" not in drawn or kind == "pdf"


def test_a_package_says_what_is_not_in_it_without_folders_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where its place is given from the working folder."""
    few_outputs(monkeypatch, ("tables/prevalence.csv", "tables/flow.csv"))
    study = only_threads(tmp_path / "study")
    monkeypatch.chdir(tmp_path)
    done = call(study, "package --output packed")

    why = "tables/prevalence.csv: tables/models.parquet: no models have been listed yet. Run: scan models"
    assert f"not in it: {why}\n" in done.stderr
    assert f"- {why}\n" in Path("packed/README.md").read_text(encoding="utf-8")
    texts = [path for path in Path("packed").rglob("*") if path.suffix in (".md", ".txt", ".json", ".html", ".toml")]
    assert not any(str(tmp_path) in path.read_text(encoding="utf-8") for path in texts)


def test_codes_without_a_codebook_leave_the_other_half_standing(joint: Study) -> None:
    """Nobody knows what the codes mean: neither concern nor a join by theme, but the risk, and each says why."""
    (joint.path / "codebook.yaml").unlink()
    why = (
        "there are codes, and no codebook.yaml that says what they mean, so that neither themes nor concern are counted"
    )

    assert any(line.startswith(why) for line in said(joint, "gap"))
    rows = json.loads(call(joint, "gap", "--format", "json").stdout)
    assert [(each["platform"], each["threads"], each["concern"], each["models"]) for each in rows] == [
        ("hub", 5, None, 2),
        ("zoo", 2, None, 1),
    ]
    for join in ("levels", "changes", "models", "beliefs", "ledger", "mentions", "disagreements"):
        done = call(joint, f"joins {join}")
        assert (done.exit_code, done.stdout) == (2, "")
        assert why in done.stderr
    assert call(joint, "joins mitigation").exit_code == 0
    assert call(joint, "report").exit_code == 0
    page = (joint.path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count(why[0].upper() + why[1:]) == 8  # concern beside risk, and seven joins
