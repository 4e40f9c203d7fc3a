"""The command ``coding``."""

import signal
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from codebook import ledger
from codebook.command import say, show, shows_a_table, stage, with_study
from codebook.errors import Missing, StudyError
from codebook.rows import Decision, Quarantined, Screened
from codebook.study import Study
from coding import derive, recode
from coding import pull as pulling
from coding import push as pushing
from coding import status as counting
from coding.adjudication.command import adjudicate
from coding.agreement.command import agreement
from coding.audit.command import audit, told
from coding.evaluation.command import evaluate
from coding.influence.command import influence
from coding.label_studio import accounts, environment, server
from coding.label_studio.server import Server
from coding.label_studio.studio import Studio
from coding.projects import people
from coding.proposals.command import proposals
from coding.sampling.command import command as sample
from coding.saturation.command import saturation
from coding.screening.command import screen
from coding.suggestions.command import suggest
from coding.topics.command import command as topics


@stage
def cli(*, debug: bool) -> None:
    """People read: threads to the coders' Label Studio, and their codings back."""


@cli.command()
@with_study
@click.option("--detach", is_flag=True, help="Return when it answers; it goes on.")
@click.option("--stop", is_flag=True, help="End the one that runs.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: the one it had before, or any free one.")
def serve(study: Study, *, detach: bool, stop: bool, port: int | None) -> None:
    """Start a Label Studio for this study, or use the one that LABEL_STUDIO_URL names.

    It runs on this machine only, contacts nobody, and keeps its data in .private/label-studio of the study. On first
    use it is installed into an environment of its own in the user's cache folder ($QUALDEV_CACHE). Prints its address.
    """
    if stop:
        say("stopped" if Server(study).stop() else "no Label Studio of this study is running")
        return
    if named := server.named(study):
        _use(named, study.settings.label_studio.url_env)
        return
    _serve(Server(study), detach=detach, port=port)


def _use(url: str, variable: str) -> None:
    if not server.healthy(url):
        raise Missing(
            f"{variable} names a Label Studio that does not answer", where=url, hint=f"Start it, or unset {variable}."
        )
    say(f"using the Label Studio that {variable} names; none is started")
    click.echo(url)


def _serve(own: Server, *, detach: bool, port: int | None) -> None:
    begun = own.running()
    if begun:
        say("this study's Label Studio runs already")
    else:
        begun = own.start(environment.python(say), port)
        say("starting Label Studio; the first time this takes a minute")
    own.wait(begun)
    click.echo(begun.url)
    say(f"log: {own.log}; coders log in with what `coding coders` prints")
    if not detach:
        _until_interrupted(own)


def _until_interrupted(own: Server) -> None:
    say("Ctrl-C ends it")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while own.running():
            time.sleep(1)
        raise Missing("Label Studio has ended", where=str(own.log), hint="Its log says why.")
    except KeyboardInterrupt:
        own.stop()
        say("stopped")


@cli.command()
@with_study
@click.option("--anew", is_flag=True, help="Give coders whose project is gone from the server a new one.")
def push(study: Study, *, anew: bool) -> None:
    """Give every coder of study.toml the included threads, each in a project and an account of their own.

    The labelling page comes from codebook.yaml and follows its changes. A thread that is there already stays as it is.
    """
    studio = Studio(server.find(study))
    arguments = {"server": studio.address.url, "anew": anew}
    with ledger.run(study, "coding push", arguments, study.settings.coders.names) as run:
        for name in ("codebook.yaml", "tables/threads.parquet", "tables/posts.parquet"):
            if (study.path / name).exists():
                run.used(study.path / name)
        pushing.push(study, run, studio, say, anew=anew)
        derive.rebuild(study, say, run=run)


@cli.command()
@with_study
@click.option("--from-raw", is_flag=True, help="Ask no server; rebuild the tables from the raw records.")
@click.option("--tables", type=click.Path(path_type=Path, file_okay=False), help="With --from-raw: write them here.")
def pull(study: Study, *, from_raw: bool, tables: Path | None) -> None:
    """Bring what the coders did: raw records first, then the tables units, codings and quarantine.

    What cannot stand as a coding (an unknown code, another account, a skipped unit, …) is kept in quarantine with the
    reason. Which codes are legal is decided by codebook.yaml as it is now, and recorded with the pull.
    """
    if tables and not from_raw:
        raise StudyError("--tables needs --from-raw", hint="Add --from-raw, or leave --tables out.")
    if tables:
        derive.rebuild(study, say, folder=tables)
    elif from_raw:
        derive.need_raw(study)
        with ledger.run(study, "coding rebuild", {}) as run:
            _report(study, derive.rebuild(study, say, run=run))
    else:
        _pull(study)


def _pull(study: Study) -> None:
    studio = Studio(server.find(study))
    if _needs_a_codebook(study):
        study.codebook.leaves()  # if it cannot be read, that is said before a run is begun
    with ledger.run(study, "coding pull", {"server": studio.address.url}, study.settings.coders.names) as run:
        if study.has_codebook:
            run.used(study.path / "codebook.yaml")
        pulling.pull(study, run, studio, say)
        _report(study, derive.rebuild(study, say, run=run))
        for line in told(study, run.id):
            say(line)


def _needs_a_codebook(study: Study) -> bool:
    """Whether there is more than a screening to pull, whose page has criteria and no codes."""
    return study.has_codebook or not study.settings.screening.criteria


def _report(study: Study, counts: dict[str, int]) -> None:
    reasons = Counter(row.reason for row in study.read(Quarantined))
    why = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    say(f"{counts.get('Coding', 0)} codings; {sum(reasons.values())} in quarantine" + (f" ({why})" if why else ""))
    if counts.get("Proposal"):
        say(f"{counts['Proposal']} proposals of new codes; to see them: coding proposals")
    if counts.get("Recode") and (left := recode.waiting(study)):
        say(f"{left} codings of split codes are to be coded again (table recode)")
    if counts.get("Decision"):
        say(f"{len({row.unit_id for row in study.read(Decision)})} units are decided")
    if counts.get("Screening"):
        kept = sum(row.included for row in study.read(Screened))
        say(f"screening: {counts['Screening']} verdicts, {counts['Screened']} threads decided, {kept} of them in")


@cli.command()
@with_study
@shows_a_table
def status(study: Study, *, fmt: str, output: Path | None) -> None:
    """Show how far each coder is, by the last pull."""
    show(counting.status(study), counting.COLUMNS, fmt, output)


@cli.command()
@with_study
@shows_a_table
def coders(study: Study, *, fmt: str, output: Path | None) -> None:
    """Show where everybody works, what for, and what they log in with: e-mail and password."""
    address = server.find(study)
    rows = [
        {"coder": coder, "work": work, "url": url} | asdict(account)
        for coder, account in accounts.known(study, address).items()
        for work, url in people.workplaces(study, coder, address.url).items()
    ]
    if not rows:
        raise StudyError("no coder has an account yet", where=address.url, hint="Run: coding push")
    show(rows, ["coder", "work", "url", "email", "password"], fmt, output)


cli.add_command(proposals)
cli.add_command(agreement)
cli.add_command(influence)
cli.add_command(audit)
cli.add_command(sample)
cli.add_command(saturation)

cli.add_command(screen)
cli.add_command(adjudicate)
cli.add_command(evaluate)
cli.add_command(topics)
cli.add_command(suggest)

if __name__ == "__main__":
    cli(prog_name="coding")
