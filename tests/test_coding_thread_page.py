"""Threads as pages: readable, and harmless whatever stands in them."""

import re
import time
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from hand_study import row
from hypothesis import given
from hypothesis import strategies as st

from codebook.rows import Post, Thread
from coding.page.thread import PAGE_LIMIT, POST_LIMIT, sanitised, thread_page

THREAD_ID = "github:o/r#1"
ALLOWED = {
    *("a", "article", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li"),
    *("ol", "p", "pre", "s", "section", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ALLOWED_ATTRIBUTES = {"class", "href", "rel", "start", "target"}


def thread(**values: Any) -> Thread:
    given = {"title": "It hangs", "url": "https://github.com/o/r/issues/1", "source": "github", "item": "issue"}
    made = {"state": "open", "created_at": datetime(2024, 3, 1, 10, 5, tzinfo=UTC), "n_posts": 2}
    return row(Thread, thread_id=THREAD_ID, **given | made | values)


def post(position: int, body: str, **values: Any) -> Post:
    given = {"native_id": str(position), "role": "comment" if position else "opening", "author": f"user-{position}"}
    made = {"created_at": datetime(2024, 3, 1 + position % 28, 10, 5, tzinfo=UTC)}
    return row(Post, thread_id=THREAD_ID, position=position, body=body, **given | made | values)


class Seen(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]


def harmless(page: str) -> bool:
    seen = Seen(page)
    links_are_web = all(re.match(r"https?://", link) for link in seen.links)
    return seen.tags <= ALLOWED and seen.attributes <= ALLOWED_ATTRIBUTES and links_are_web


def body_of(markdown: str) -> str:
    page = thread_page(thread(), [post(0, markdown)]).html
    return page.split('<div class="qd-body">')[1].rsplit("</div>\n</section>", 1)[0].strip()


def test_a_page_has_title_and_turns_with_role_pseudonym_and_date() -> None:
    answer = post(1, "Pass `x=True`.", role="answer", accepted=True, author_kind="bot", reply_to="0")
    made = thread_page(thread(), [post(0, "Why?"), answer])

    link = '<a href="https://github.com/o/r/issues/1" target="_blank" rel="noopener noreferrer nofollow">'
    expected = f"""<article class="qd-thread">
<h1>It hangs</h1>
<p class="qd-about">github · issue · open · opened 2024-03-01 · 2 posts · {link}https://github.com/o/r/issues/1</a></p>
<section class="qd-turn qd-opening">
<div class="qd-head"><span class="qd-number">#1</span> <span class="qd-role">opening</span> \
<span class="qd-author">user-0</span> 2024-03-01 10:05 UTC</div>
<div class="qd-body"><p>Why?</p>
</div>
</section>
<section class="qd-turn qd-answer">
<div class="qd-head"><span class="qd-number">#2</span> <span class="qd-role">answer</span> \
<span class="qd-author">user-1</span> 2024-03-02 10:05 UTC <span class="qd-mark">to #1</span> \
<span class="qd-mark">accepted answer</span> <span class="qd-mark">bot</span></div>
<div class="qd-body"><p>Pass <code>x=True</code>.</p>
</div>
</section>
</article>"""
    text = """
It hangs
github · issue · open · opened 2024-03-01 · 2 posts · https://github.com/o/r/issues/1

#1 opening user-0 2024-03-01 10:05 UTC
Why?



#2 answer user-1 2024-03-02 10:05 UTC to #1 accepted answer bot
Pass x=True.


"""

    assert made.html == expected
    assert made.text == text


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("<script>window.pwned=1</script>", "<p>&lt;script&gt;window.pwned=1&lt;/script&gt;</p>"),
        ("a <img src=x onerror=alert(1)>", "<p>a &lt;img src=x onerror=alert(1)&gt;</p>"),
        ("[click](javascript:alert(1))", "<p>[click](javascript:alert(1))</p>"),
        ("[click](JaVaScRiPt&colon;alert(1))", "<p>[click](JaVaScRiPt:alert(1))</p>"),
        ("[click](data:text/html,x)", "<p>[click](data:text/html,x)</p>"),
        ("[click](/admin)", '<p><a target="_blank" rel="noopener noreferrer nofollow">click</a></p>'),
        ("![a *cat*](https://x.example/c.png)", "<p>[image: a *cat* https://x.example/c.png]</p>"),
        ("[![x](https://x.example/b.svg)](https://x.example)", None),
        ("\u202eabc\u2066", "<p>\ufffdabc\ufffd</p>"),
        ("a\x00b \x1b[31m", "<p>ab \ufffd[31m</p>"),
        ("seen <!-- unseen --> seen", "<p>seen  seen</p>"),
        ("<!-- template\nmore -->\n\nseen", "<p>seen</p>"),
        ("<!-- never closed\n\nseen", "<p>&lt;!-- never closed<br><br>seen</p>"),
        ("<details>\n<summary>Log</summary>", "<p>&lt;details&gt;<br>&lt;summary&gt;Log&lt;/summary&gt;</p>"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("```python\nif a < b:\n    pass\n```", "<pre><code>if a &lt; b:\n    pass\n</code></pre>"),
        ("</div></section></article><h1>Mine</h1>", None),
        ("&lt;script&gt;&#60;script&#62;", "<p>&lt;script&gt;&lt;script&gt;</p>"),
    ],
)
def test_hostile_markdown_is_shown_and_does_nothing(markdown: str, expected: str | None) -> None:
    page = thread_page(thread(), [post(0, markdown), post(1, "next")]).html

    assert harmless(page)
    assert page.count("<section") == page.count("</section>") == 2
    if expected is not None:
        assert body_of(markdown) == expected


@pytest.mark.parametrize("field", ["title", "source", "state", "url"])
def test_hostile_columns_are_shown_and_do_nothing(field: str) -> None:
    attack = "javascript:alert(1)//\"><script>x</script><a href='javascript:x'>\u202e\x00"
    page = thread_page(thread(**{field: attack}), [post(0, "a", author=attack)]).html

    assert harmless(page)
    assert page.count("<h1>") == 1


@given(st.text() | st.from_regex(r"(<[a-z]+ on[a-z]+=.x.>|\[.\]\([a-z]+:.\)|<!--|```|<script>|[<>\"'&`*_~|\n ])*"))
def test_no_markdown_brings_in_a_tag_an_attribute_or_a_link_that_is_not_allowed(text: str) -> None:
    assert harmless(thread_page(thread(title=text), [post(0, text)]).html)


@given(st.text(alphabet="<>/=\"'& \nabdehimnoprstuvxyz:()!-[]", max_size=300))
def test_the_sanitiser_alone_lets_nothing_through_either(markup: str) -> None:
    assert harmless(sanitised(f"{markup}<img src=x onerror=alert(1)><svg onload=x><p style=x onclick=y>{markup}"))


def test_a_huge_post_and_a_huge_thread_say_what_is_left_out() -> None:
    long = thread_page(thread(), [post(0, "x" * (POST_LIMIT + 5))])
    count = PAGE_LIMIT // POST_LIMIT + 10
    many = thread_page(thread(), [post(n, "y " * POST_LIMIT) for n in range(count)])

    shown = many.html.count("<section")
    assert "(5 more characters of this post are not shown here; follow the link above.)" in long.html
    assert f"({count - shown} more posts are not shown here; follow the link above.)" in many.html
    assert f"({count - shown} more posts are not shown here" in many.text
    assert len(many.html) < 2 * PAGE_LIMIT


@pytest.mark.parametrize("piece", ["[", "![", "> ", "- ", "*a", "`a", "<", "|a", "\n\n- ", "a_", "<!--", "]("])
def test_no_post_takes_long_to_render(piece: str) -> None:
    started = time.monotonic()
    thread_page(thread(), [post(0, piece * POST_LIMIT)])

    assert time.monotonic() - started < 20


def test_deeply_nested_quotes_keep_their_text() -> None:
    assert "at the bottom" in thread_page(thread(), [post(0, "> " * 45 + "at the bottom")]).html


def test_a_thread_without_posts_author_and_date_has_a_page() -> None:
    made = thread_page(thread(title="\u200e", created_at=None, state=None, url="not a url", n_posts=0), [])

    assert made.text == "\n\ufffd\ngithub · issue · 0 posts\n"
    assert "<a " not in made.html
    assert "(account unknown)" in thread_page(thread(), [post(0, "a", author=None, created_at=None)]).text


def test_the_hash_follows_the_text() -> None:
    one = thread_page(thread(), [post(0, "a")]).sha256

    assert one == thread_page(thread(), [post(0, "a")]).sha256
    assert one != thread_page(thread(), [post(0, "b")]).sha256
    assert one != thread_page(thread(title="Other"), [post(0, "a")]).sha256


def test_the_post_that_is_to_be_coded_is_marked_and_shown_whatever_is_left_out() -> None:
    posts = [post(n, "y " * POST_LIMIT, post_id=f"t/{n}") for n in range(PAGE_LIMIT // POST_LIMIT + 5)]
    last = posts[-1].post_id
    plain, marked = thread_page(thread(), posts), thread_page(thread(), posts, last)

    assert "to be coded" not in plain.html
    assert marked.html.count(" qd-unit") == marked.html.count("to be coded") == marked.text.count("to be coded") == 1
    assert f"#{len(posts)}</span>" in marked.html.partition(" qd-unit")[2]
    assert marked.html.count("<section") == plain.html.count("<section") + 1
    assert plain.sha256 != marked.sha256
