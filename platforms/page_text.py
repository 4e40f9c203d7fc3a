"""The text of a page of documentation, or why it is none: a login form, a captcha, an empty page that scripts fill."""

import re
from dataclasses import dataclass

from bs4 import BeautifulSoup
from bs4.dammit import UnicodeDammit

from codebook.harmless import one_line, valid_text

_HTML = re.compile(
    rb"\s*(<\?xml[^>]{0,200}>\s*)?(<!--.{0,2000}?-->\s*)*<(!doctype\s+html|html[\s>])", re.IGNORECASE | re.DOTALL
)
_TEXT_TYPES = ("text/", "application/xhtml", "application/markdown", "application/octet-stream")
_SILENT = ["script", "style", "noscript", "template", "svg", "head", "iframe", "canvas"]
_BLOCKS = [
    *("address", "article", "aside", "blockquote", "br", "dd", "details", "div", "dl", "dt", "figcaption", "figure"),
    *("footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "option", "p"),
    *("pre", "section", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul"),
]
_BREAK = "\x1e"
"""Stands where a block ends, since the line breaks of the source are mere spaces: the record separator of ASCII."""

_SHORT = 3000
"""Characters under which a page may be a form in place of a page; documentation may well speak of captchas."""

_EMPTY = 200
_LOGIN = re.compile(r"(log ?in|sign ?in|single sign-on|登录|登入|ログイン)\b|^登录", re.IGNORECASE)
_CAPTCHA = re.compile(
    r"captcha|are you (a )?(human|robot)|not a robot|checking your browser|just a moment|unusual traffic"
    r"|verify (that )?you are (a )?human|人机验证|安全验证|请完成.{0,12}验证|滑动.{0,12}验证|访问验证",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^#{1,6}\s+(.{1,300}?)\s*#*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Text:
    """What a page says.

    Args:
        title: Its title, or first heading.
        text: A block a line; of what is no HTML, the file's own lines. None if there is a problem.
        problem: Why it cannot be quoted.
    """

    title: str | None
    text: str | None
    problem: str | None


def read(content: bytes, *, content_type: str = "", status: int = 200) -> Text:
    """Read a page.

    Args:
        content: Its bytes.
        content_type: What its host says it is; empty if that is not known.
        status: The status of the answer.
    """
    if status != 200:  # noqa: PLR2004
        return Text(None, None, f"its host does not give it: HTTP {status}")
    kind = content_type.partition(";")[0].strip().lower()
    if kind and not kind.startswith(_TEXT_TYPES):
        return Text(None, None, f"it is {one_line(kind, 60)}, and only text can be quoted")
    if b"\0" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Text(None, None, "it is no text")
    charset = re.search(r"charset=\"?([\w-]{1,40})", content_type)
    if _HTML.match(content[:4096]) or kind in ("text/html", "application/xhtml+xml"):
        return _of_html(content, charset[1] if charset else None)
    told = UnicodeDammit(content, ["utf-8", *([charset[1]] if charset else [])]).unicode_markup or ""
    text = valid_text(told).replace("\r\n", "\n")
    heading = _HEADING.search(text)
    return Text(heading[1] if heading else None, text, None) if text.strip() else Text(None, None, "it has no text")


def _of_html(content: bytes, charset: str | None) -> Text:
    soup = BeautifulSoup(content, "html.parser", from_encoding=charset)
    title = one_line(soup.title.get_text(), 300) or None if soup.title else None
    has_password = soup.find("input", attrs={"type": re.compile(r"^password$", re.IGNORECASE)}) is not None
    has_scripts = soup.find("script") is not None
    for silent in soup.find_all(_SILENT):
        silent.extract()
    for written in soup.find_all("pre"):
        for words in written.find_all(string=True):
            words.replace_with(_BREAK.join(words.split("\n")))
    for block in soup.find_all(_BLOCKS):
        block.insert_before(_BREAK)
        block.insert_after(_BREAK)
    lines = (" ".join(line.split()) for line in valid_text(soup.get_text()).split(_BREAK))
    text = "\n".join(line for line in lines if line)
    problem = _why_no_page(title or "", text, has_password=has_password, has_scripts=has_scripts)
    return Text(title, None if problem else text, problem)


def _why_no_page(title: str, text: str, *, has_password: bool, has_scripts: bool) -> str | None:
    if len(text) < _SHORT:
        if _CAPTCHA.search(f"{title}\n{text}"):
            return "a captcha came in place of it"
        if has_password or _LOGIN.match(title):
            return "a login form came in place of it"
    if len(text) < _EMPTY and has_scripts:
        return "it is an empty page that scripts would fill"
    return None if text else "it has no text"
