"""A thread as the page that a coder reads: Markdown rendered, everything that could act taken out.

Posts are strangers' text. Markdown is rendered with raw HTML shown as text, and the whole page then passes an
allow-list of tags and attributes, which is the one gate: no script, no style, no event handler, no image, no form, and
no link but http and https. Nothing is fetched when the page is opened.
"""

import hashlib
import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from codebook.extras import require
from codebook.harmless import on_terminal, one_line
from codebook.rows import Post, Thread
from coding.page.text import page_text

POST_LIMIT = 60_000
"""Characters of one post that are shown; the rest is named by its length, and the link leads to it."""

PAGE_LIMIT = 1_000_000
"""Characters of posts on one page, after which further posts are only counted."""

TO_CODE = "to be coded"
"""The mark of the one post that is to be coded, where the unit is a post."""

_WORDS = {"a", "br", "code", "del", "em", "s", "span", "strong"}
_BLOCKS = {"article", "blockquote", "div", "hr", "li", "ol", "p", "pre", "section", "ul"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_TABLES = {"table", "tbody", "td", "th", "thead", "tr"}
_CLASSES = {
    "article": {"qd-thread"},
    "p": {"qd-about", "qd-cut"},
    "section": {"qd-turn", "qd-unit", "qd-opening", "qd-answer", "qd-reply"},
    "div": {"qd-head", "qd-body"},
    "span": {"qd-number", "qd-role", "qd-mark", "qd-author"},
}


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """What is shown of one thread.

    Args:
        html: The page, sanitised.
        text: What stands between its tags, which is what passages are counted in.
    """

    html: str
    text: str

    @property
    def sha256(self) -> str:
        """Hash of the text, hexadecimal; a page on which the same stands at the same places has the same hash."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Turn:
    number: int
    kind: str
    author: str
    when: str
    marks: tuple[str, ...]
    body: str
    cut: int


def thread_page(thread: Thread, posts: Sequence[Post], post_id: str = "") -> ThreadPage:
    """Render a thread with its posts.

    Args:
        thread: The thread.
        posts: Its posts in their order.
        post_id: The post that is to be coded, which is marked and always shown; none if the whole thread is.

    Raises:
        Missing: The extra ``labelstudio`` is not installed.
    """
    shown = list(_turns(posts, post_id))
    left_out = len(posts) - len(shown)
    title = one_line(thread.title) or "(no title)"
    about = _about(thread)
    made = _template().render(
        title=title,
        about=about,
        url=web_address(thread),
        turns=shown,
        left_out=left_out,
        markdown=_markdown(),
        unit=TO_CODE,
    )
    page = sanitised(made).replace("<br>\n", "<br>")  # else one line break would count as two
    return ThreadPage(page, page_text(page))


def web_address(thread: Thread) -> str:
    """The thread's link if it leads to the web, else nothing: a file may name anything as `url`."""
    return thread.url if re.match(r"https?://\S+$", thread.url) else ""


def _about(thread: Thread) -> str:
    opened = f"opened {thread.created_at:%Y-%m-%d}" if thread.created_at else ""
    count = f"{thread.n_posts} post{'' if thread.n_posts == 1 else 's'}"
    parts = (thread.source, thread.item.replace("_", " "), thread.state or "", opened, count)
    return one_line(" · ".join(filter(None, parts)))


def _turns(posts: Iterable[Post], post_id: str) -> Iterable[_Turn]:
    room = PAGE_LIMIT
    numbers: dict[str, int] = {}
    for number, post in enumerate(posts, 1):
        numbers[post.native_id] = number
        to_code = post.post_id == post_id
        if room <= 0 and not to_code:
            continue
        body = on_terminal(post.body)
        room -= min(len(body), POST_LIMIT)
        yield _Turn(
            number,
            post.role.replace("_", " "),
            one_line(post.author or "(account unknown)"),
            f"{post.created_at:%Y-%m-%d %H:%M} UTC" if post.created_at else "",
            (TO_CODE,) * to_code + _marks(post, numbers),
            body[:POST_LIMIT],
            max(0, len(body) - POST_LIMIT),
        )


def _marks(post: Post, numbers: Mapping[str, int]) -> tuple[str, ...]:
    said = {
        f"to #{numbers.get(post.reply_to or '', 0)}": post.reply_to in numbers,
        "accepted answer": bool(post.accepted),
        "bot": post.author_kind == "bot",
        "hidden by the site": post.hidden,
    }
    return tuple(mark for mark, holds in said.items() if holds)


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    source = (files("coding.page") / "thread.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(
        source
    )


@cache
def _markdown() -> Callable[[str], Any]:
    from markupsafe import Markup

    parser = require("markdown_it", "labelstudio").MarkdownIt("commonmark", {"breaks": True, "maxNesting": 100})
    parser.enable(["table", "strikethrough"])
    parser.add_render_rule("html_block", _shown_html)
    parser.add_render_rule("html_inline", _shown_html)
    parser.add_render_rule("image", _shown_image)
    # Where units are posts, a body stands on the page of each post of its thread.
    return lru_cache(maxsize=2048)(lambda body: Markup(parser.render(body)))  # noqa: S704 - pages are sanitised whole


def _shown_html(_renderer: Any, tokens: Sequence[Any], index: int, *_: Any) -> str:
    """Raw HTML as text; comments go, as no reader of the site sees them."""
    text = html.escape(_without_comments(tokens[index].content))
    if tokens[index].type == "html_inline" or not text.strip():
        return text
    return "<p>" + text.strip().replace("\n", "<br>\n") + "</p>\n"


def _without_comments(text: str) -> str:
    """HTML without its comments; one that is never closed stays."""
    kept = []
    while True:
        before, _, rest = text.partition("<!--")
        _, closed, after = rest.partition("-->")
        kept.append(before if closed else text)
        if not closed:
            return "".join(kept)
        text = after


def _shown_image(_renderer: Any, tokens: Sequence[Any], index: int, *_: Any) -> str:
    """An image as its alternative text and address; it is never fetched."""
    token = tokens[index]
    return html.escape(f"[image: {' '.join(filter(None, (token.content, str(token.attrs.get('src', '')))))}]")


def sanitised(page: str) -> str:
    """HTML with nothing left but what a reader needs; see the module.

    Raises:
        Missing: The extra ``labelstudio`` is not installed.
    """
    clean: str = require("nh3", "labelstudio").clean(
        page,
        tags=_WORDS | _BLOCKS | _HEADINGS | _TABLES,
        clean_content_tags={"script", "style", "template", "noscript"},
        attributes={"a": {"href"}, "ol": {"start"}},
        allowed_classes=_CLASSES,
        url_schemes={"http", "https"},
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return clean
