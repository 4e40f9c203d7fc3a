"""The command ``coding adjudicate``."""

import click

from codebook import ledger
from codebook.command import say, with_study
from codebook.rows import Decision
from codebook.study import Study
from coding import derive
from coding.adjudication import push
from coding.label_studio import server
from coding.label_studio.studio import Studio


@click.command()
@with_study
@click.option("--partly", is_flag=True, help="Also units that not all of their coders have coded, if two of them have.")
@click.option("--anew", is_flag=True, help="Give an adjudicator whose project is gone from the server a new one.")
def adjudicate(study: Study, *, partly: bool, anew: bool) -> None:
    """Come to one decision per unit: what coders agree on stands, the rest goes to [coders].adjudicator.

    Where all who were given a unit gave the same set of codes, that is the decision, by `agreement`; who skipped it, or
    left before they read it, is not waited for. Where they did not, the adjudicator gets the unit in a project of their
    own, those that differ most first: with the codings beside each other and without names, to choose the agreed set,
    say why, and mark where the codebook is unclear. `coding pull` brings it. A unit that is one coder's alone is
    decided by that coder's coding; `by` is the coder.

    Decisions are in the table decisions, from the first run of this command on. Codings are never changed by them. A
    coding that is edited after the adjudicator was given it leaves the decision as it is, flagged as codings_changed;
    one of a later round brings the unit back. Running this again adds what is new.
    """
    push.adjudicator(study)
    people = study.settings.coders
    studio = Studio(server.find(study))
    arguments = {"server": studio.address.url, "partly": partly, "anew": anew}
    with ledger.run(study, "coding adjudicate", arguments, [people.adjudicator, people.names, partly]) as run:
        for name in ("threads", "posts", "codings"):
            if study.table(name).exists():
                run.used(study.table(name))
        run.used(study.path / "codebook.yaml")
        push.push(study, run, studio, say, partly=partly, anew=anew)
        derive.rebuild(study, say, run=run)
        decided = len({row.unit_id for row in study.read(Decision)})
        say(f"{decided} units are decided")
