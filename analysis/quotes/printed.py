"""Quotes as a reader wants them: each with where it is from, in plain text, Markdown or LaTeX."""

import re
from collections.abc import Sequence
from textwrap import fill

from analysis.latex.lettering import declared, escaped
from analysis.quotes.quoted import Quote
from codebook.harmless import one_line

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|!~$&])")
_LIST = re.compile(r"^(?:[-+]|\d{1,9}[.)])(?=\s|$)")


def printed(quotes: Sequence[Quote], fmt: str) -> str:
    """Quotes below each other.

    Args:
        quotes: What is printed.
        fmt: ``text``, ``md`` or ``latex``: each a ``quotation``, under comments on what pdfLaTeX needs for them.
    """
    shape = {"text": _text, "md": _markdown, "latex": _latex}[fmt]
    blocks = [shape(quote) for quote in quotes]
    needed = declared(blocks) if fmt == "latex" else ""
    above = ["\n".join(f"% preamble: {line}" for line in needed.splitlines())] if needed else []
    return "\n\n".join([*above, *blocks])


def attribution(quote: Quote) -> str:
    """Where a quote is from and who coded it how, on one line."""
    decided = {True: " (decided)", False: " (not decided)", None: ""}[quote.decided]
    coded = f"{', '.join(quote.codes)} by {', '.join(quote.coders)}{decided}" if quote.codes else ""
    said = (quote.thread_id, quote.source, quote.date, quote.author, coded, f"licence {quote.licence}", quote.link)
    notes = ("beginning of a post" if quote.what == "beginning" else "", "searchable" if quote.searchable else "")
    return one_line("; ".join(filter(None, (*said, *notes))))


def _text(quote: Quote) -> str:
    said = fill(f"\u201c{one_line(quote.quote)}\u201d", 100, break_long_words=False, break_on_hyphens=False)
    below = f"\u2014 {attribution(quote)}"
    return f"{said}\n    {fill(below, 96, subsequent_indent='    ', break_long_words=False, break_on_hyphens=False)}"


def _markdown(quote: Quote) -> str:
    said, below = (_MARKDOWN.sub(r"\\\1", one_line(text)) for text in (quote.quote, attribution(quote)))
    return f"> {_LIST.sub(lambda found: found[0][:-1] + chr(92) + found[0][-1], said)}\n>\n> \u2014 {below}"


def _latex(quote: Quote) -> str:
    return (
        "\\begin{quotation}\n"
        f"\\noindent ``{escaped(quote.quote)}''\n\n"
        f"\\noindent\\hfill --- {escaped(attribution(quote))}\n"
        "\\end{quotation}"
    )
