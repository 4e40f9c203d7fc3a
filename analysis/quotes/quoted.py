"""Quotes of a cell as they may be shown: chosen, masked, with where they are from and what may be done with them."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.licences import stated
from analysis.pairing import Pairs
from analysis.quotes.candidates import Candidate, candidates
from analysis.quotes.choice import choose
from analysis.quotes.masking import hidden, masked, searchable
from analysis.values import Value
from codebook.study import Study
from codebook.themes import Codebook

COLUMNS = (
    "quote",
    "thread_id",
    "source",
    "date",
    "author",
    "codes",
    "coders",
    "decided",
    "what",
    "searchable",
    "licence",
)
"""Columns of quotes as rows; with links, ``link`` follows."""

NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote as it is shown; names as in :data:`COLUMNS`.

    Args:
        quote: The masked text, or how many words it has where it is not to be shown.
        thread_id: Its thread.
        source: Where it was said.
        date: Day on which it was said, or its thread was opened (ISO 8601); empty where unknown.
        author: Pseudonym; empty where it is not known which post it is from.
        codes: Names of the codes of the cell that coders gave it.
        coders: Who marked it, or gave its unit the codes.
        decided: Whether a code of these is in the agreed set; None where nothing is decided.
        what: ``passage`` that coders marked, or ``beginning`` of a post.
        searchable: Whether a search for a phrase of it may find its author.
        licence: Under which licence its words may be passed on, as the site says of the post, else as
            ``[analysis.licences]`` says of its source.
        link: Its thread's address; empty where links were not asked for, or it is no web address.
    """

    quote: str
    thread_id: str
    source: str
    date: str
    author: str
    codes: tuple[str, ...]
    coders: tuple[str, ...]
    decided: bool | None
    what: str
    searchable: bool
    licence: str
    link: str = ""


def quotes(
    study: Study, made: Pairs, values: Mapping[str, Value], n: int, *, links: bool = False, hide: bool = False
) -> list[Quote]:
    """Quotes for a cell of a crosstab of threads, by :data:`analysis.quotes.choice.RULE`.

    Args:
        study: The study.
        made: Open pairs of a question that counts threads.
        values: The cell: values by the columns of ``pairs`` (``r``, ``c``, ``l``); one that is left out may be any.
        n: At most this many.
        links: Whether addresses are shown.
        hide: Whether quotes that a search would find are left unsaid.
    """
    found = choose(candidates(made, values, study.settings.study.seed), n)
    return [_quote(study, made.book, each, links=links, hide=hide) for each in found]


def _quote(study: Study, book: Codebook | None, each: Candidate, *, links: bool, hide: bool) -> Quote:
    text = masked(each.text, links=links)
    found = searchable(text)
    codes = book.codes if book else {}
    return Quote(
        quote=hidden(text) if hide and found else text,
        thread_id=each.thread_id,
        source=each.source,
        date=f"{each.date:%Y-%m-%d}" if each.date else "",
        author=each.author or "",
        codes=tuple(codes[code].name if code in codes else code for code in each.codes),
        coders=each.coders,
        decided=each.decided,
        what="passage" if each.marked else "beginning",
        searchable=found,
        licence=each.licence or stated(study, each.source, each.site) or NOT_STATED,
        link=each.url if links and each.url.startswith(("https://", "http://")) else "",
    )
