"""The command ``collect``."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click

from codebook import ledger, visit
from codebook.command import say, show, shows_a_table, stage, with_study
from codebook.errors import DoesNotHold, StudyError
from codebook.harmless import on_terminal
from codebook.rows import Slice
from codebook.study import Study
from codebook.tables import columns
from collect import earlier, forgetting, gather


@stage
def cli(*, debug: bool) -> None:
    """Discussions in: threads from GitHub, Hugging Face, Discourse, Stack Exchange, and from files."""


@cli.command()
@with_study
@click.option("--site", "only", multiple=True, metavar="NAME", help="Only this [sources.NAME]; repeatable.")
@click.option("--max-wait", default=900.0, show_default=True, metavar="SECONDS", help="Stop if a site asks for more.")
@click.option("--dry-run", is_flag=True, help="Ask no site; print how many requests a collection will cost.")
@click.option("--from-raw", is_flag=True, help="Ask no site; rebuild the tables from the raw records.")
@click.option("--tables", type=click.Path(path_type=Path, file_okay=False), help="With --from-raw: write them here.")
@shows_a_table
def threads(
    study: Study,
    *,
    only: tuple[str, ...],
    max_wait: float,
    dry_run: bool,
    from_raw: bool,
    tables: Path | None,
    fmt: str,
    output: Path | None,
) -> None:
    """Collect the threads that study.toml asks for.

    Every answer of a site is stored in raw/ before it is read. A command that was stopped, by whatever, goes on where
    it was when it is run again. The tables are made from the raw records.

    A later run asks only for what is new or has changed. --format and --output are for --dry-run.
    """
    if tables and not from_raw:
        raise StudyError("--tables needs --from-raw", hint="Add --from-raw, or leave --tables out.")
    if dry_run and from_raw:
        raise StudyError("--dry-run and --from-raw exclude each other", hint="Leave one of them out.")
    if dry_run:
        show(_expected(study, only), ["site", "kind", "listing", "per_1000_threads", "note"], fmt, output)
    elif from_raw:
        _rebuild(study, tables)
    else:
        _collect(study, only, max_wait)


def _collect(study: Study, only: tuple[str, ...], max_wait: float) -> None:
    chosen = gather.sites(study, gather.last_day(study), only)
    if not chosen:
        raise StudyError("study.toml names no site", where=str(study.path), hint="Add a [sources.NAME] section.")
    arguments = gather.as_arguments(gather.last_day(study), only)
    with ledger.run(study, "collect threads", arguments, sorted(only)) as run:
        if run.resumed:
            say(f"going on with {run.id}, begun {run.began}")
        until = study.settings.study.until or date.fromisoformat(run.arguments["until"])
        problems = gather.fetch(study, run, gather.sites(study, until, only), max_wait)
        _report(derived := gather.derive(study, run=run, whole=not problems))
        if not problems:
            found = ", ".join(f"{count} {change}" for change, count in derived.changes.items())
            say(found or "nothing new")
        visit.raise_last(problems, say)


def _expected(study: Study, only: tuple[str, ...]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for _, site in gather.sites(study, gather.last_day(study), only):
        expected = site.options.expected(site, earlier.now(study, site.name))
        kind = study.settings.sources[site.name].kind
        about = {"listing": expected.listing, "per_1000_threads": expected.per_1000, "note": expected.note}
        rows.append({"site": site.name, "kind": kind} | about)
    return rows


def _rebuild(study: Study, folder: Path | None) -> None:
    visit.must_have_raw(study, "collect", "collect threads", study.settings.sources)
    if folder:
        derived = gather.derive(study, folder=folder)
    else:
        with ledger.run(study, "collect rebuild", {}) as run:
            _report(derived := gather.derive(study, run=run))
    if derived.lost:
        raise DoesNotHold(
            f"{derived.lost} raw records are damaged; the tables lack what they held",
            where=str(study.path / "raw" / "collect"),
            hint="Restore them from a backup, or run: collect threads",
        )


def _report(derived: gather.Derived) -> None:
    say(f"{derived.threads} threads, {derived.posts} posts")
    if derived.orphans:
        say(f"{derived.orphans} posts are in no table: the page with their thread is missing")


@cli.command()
@with_study
@shows_a_table
def status(study: Study, *, fmt: str, output: Path | None) -> None:
    """Show how complete each query is; exit status 0 only if all are."""
    names = [c.name for c in columns(Slice) if c.name not in ("site", "run_id")]
    rows = [{n: getattr(row, n) for n in names} for row in study.read(Slice)]
    rows += [dict.fromkeys(names) | row for row in _not_asked(study)]
    show(rows, names, fmt, output)
    incomplete = sum(row["state"] != "complete" for row in rows)
    if incomplete or not rows:
        what = f"{incomplete} of {len(rows)} slices are not complete" if rows else "nothing has been collected"
        raise DoesNotHold(what, hint="Run: collect threads")


def _not_asked(study: Study) -> Iterator[dict[str, object]]:
    """A row for each site that no finished run has asked for what study.toml asks now."""
    for name in study.settings.sources:
        runs = [line for line in ledger.runs(study) if line["command"] == "collect threads"]
        noted = [(line["run_id"], line["notes"][name]) for line in runs if name in line["notes"]]
        if not noted:
            reason = "no finished run has asked it"
        elif noted[-1][1].get("asked", "") not in ("", gather.asked_of(study, name)):
            reason = f"study.toml asks for something else since {noted[-1][0]}"
        else:
            continue
        yield {"source": name, "query": "", "got": 0, "state": "unfinished", "reason": reason}


@cli.command()
@with_study
@click.option("--author", metavar="NAME", help="Forget this person: an account, a display name, an e-mail address.")
@click.option("--thread", "thread_id", metavar="THREAD_ID", help="Forget this thread, an id of the table threads.")
@click.option("--site", metavar="NAME", help="With --author: only on this [sources.NAME].")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Erase nothing; print what would be erased.")
@shows_a_table
def forget(
    study: Study,
    *,
    author: str | None,
    thread_id: str | None,
    site: str | None,
    yes: bool,
    dry_run: bool,
    fmt: str,
    output: Path | None,
) -> None:
    """Erase a person or a thread from raw/ and the tables, for good.

    A tombstone without the name stays in raw/forgotten.jsonl, so that neither a rebuild nor a later collection brings
    back what was erased. Tasks that were pushed to Label Studio, files in out/ and copies of the study are not reached.
    """
    if (author is None) == (thread_id is None) or (site and not author):
        raise StudyError(
            "name one person or one thread", hint="Give --author NAME (and --site), or --thread THREAD_ID."
        )
    asked = forgetting.Asked(author=author, thread_id=thread_id, site=site)
    if dry_run:
        show(forgetting.expected(study, asked), ["store", "threads", "posts", "pages"], fmt, output)
        return
    if not (yes or _confirmed(f"Erase {asked.named()} from this study? This cannot be undone.")):
        raise StudyError("nothing was erased", hint="Look first with --dry-run, or answer y.")
    _report(forgetting.carry_out(study, asked))
    say("Delete what is in out/ and in Label Studio, and rebuild there what you still need.")


def _confirmed(question: str) -> bool:
    try:
        return click.confirm(on_terminal(question), err=True)
    except click.Abort:  # nobody is there to answer
        return False


if __name__ == "__main__":
    cli(prog_name="collect")
