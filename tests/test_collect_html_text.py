"""Cooked HTML back to Markdown: what the author wrote, and nothing that the site put around it."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sites.discourse import cook

from collect.derive.keywords import keyword_places
from collect.derive.prose import split
from collect.html_text import markdown

BASE = "https://forum.example"
QUOTE = """\
<aside class="quote no-group" data-username="bob" data-post="1" data-topic="5">
<div class="title">
<div class="quote-controls"></div>
<img alt="" width="24" height="24" src="/bob.png" class="avatar"> Robert Real Name:</div>
<blockquote>
<p>Is <code>trust_repo</code> safe?</p>
<pre><code class="lang-python">x = 1
</code></pre>
</blockquote>
</aside>
<p>No.</p>"""
ONEBOX = """\
<aside class="onebox allowlistedgeneric" data-onebox-src="https://site.example/a">
<header class="source"><img src="https://site.example/i.ico"><a href="https://site.example/a">site</a></header>
<article class="onebox-body"><h3><a href="https://site.example/a">The title</a></h3><p>Its words, trust_repo.</p>
</article></aside>"""
LIGHTBOX = """\
<p>Look:</p><div class="lightbox-wrapper">
<a class="lightbox" href="//cdn.example/full.png" title="shot.png"><img src="//cdn.example/small.png" alt="shot">
<div class="meta"><span class="filename">shot.png</span><span class="informations">9.62 KB</span></div></a></div>"""
NAMELESS = (
    '<aside class="quote" data-username="a b](x)"><div class="title">a b:</div><blockquote>q</blockquote></aside>'
)

CASES = {
    "a quote": (QUOTE, "> @bob:\n>\n> Is `trust_repo` safe?\n>\n> ```python\n> x = 1\n> ```\n\nNo."),
    "a quote of somebody whose name is no name": (NAMELESS, "> q"),
    "a preview of a link": (ONEBOX, "[The title](https://site.example/a)"),
    "a preview without a title": (
        '<aside class="onebox"><a href="https://s.example/">s</a></aside>',
        "https://s.example/",
    ),
    "a picture with its full size": (LIGHTBOX, "Look:\n\n[shot.png](https://cdn.example/full.png)"),
    "a picture": ('<p><img src="/a b.png" alt="x\ny"></p>', "![x y](https://forum.example/a%20b.png)"),
    "a mention": (
        '<p><a class="mention" href="/u/ada_l">@ada_l</a>, <span class="mention">@bob</span></p>',
        "@ada_l, @bob",
    ),
    "emoji": ('<p>a <img src="/e.png" title=":smile:" class="emoji only-emoji" alt=":smile:"></p>', "a :smile:"),
    "code with a language": (
        '<pre><code class="lang-c++">a &lt; b\n\n    c\n</code></pre>',
        "```c++\na < b\n\n    c\n```",
    ),
    "code whose language nobody said": ('<pre><code class="lang-auto">x\n</code></pre>', "```\nx\n```"),
    "code with a fence in it": ("<pre><code>````\nx\n</code></pre>", "`````\n````\nx\n`````"),
    "a language is a word": ('<pre><code class="lang-`\n# x">y</code></pre>', "```\ny\n```"),
    "spans": ("<p><code>a</code> <code>b`c</code> <code></code></p>", "`a` `` b`c ``"),
    "a parameter in a sentence": ("<p>Use trust_remote_code*2*</p>", "Use trust_remote_code*2*"),
    "text like a tag": ("<p>vector&lt;float&gt; &lt;script&gt; a &lt; b</p>", "vector\\<float> \\<script> a < b"),
    "backslashes": ("<p>C:\\new \\&lt;b&gt; \\<code>x</code></p>", "C:\\new \\\\\\<b> \\\\`x`"),
    "text like Markdown": ("<p>`a<br>\n&gt; b<br>\n~~~</p>", "\\`a  \n\\> b  \n\\~~~"),
    "lists": (
        '<ol start="3"><li>a<ul><li>b</li></ul></li><li><p>c</p><pre><code>d</code></pre></li></ol>',
        "3. a\n   - b\n4. c\n\n   ```\n   d\n   ```",
    ),
    "a heading with an anchor": ('<h2><a name="p-1" class="anchor" href="#p-1"></a>Head</h2><p>x</p>', "## Head\n\nx"),
    "a table": ("<table><tr><th>a</th></tr><tr><td><code>b</code></td></tr></table>", "| a |\n| --- |\n| `b` |"),
    "details": ("<details><summary>Log</summary><p>x</p></details>", "Log\n\nx"),
    "a bare address": ('<p><a href="https://a.example/x">https://a.example/x</a></p>', "https://a.example/x"),
    "a relative link": ('<p> <a href="/t/5" title="no">five</a> </p>', "[five](https://forum.example/t/5)"),
    "a link with brackets": ('<a href="https://a.example/(x)">x</a>', "[x](https://a.example/%28x%29)"),
    "a link that does something": ('<a href="javascript:alert(1)">x</a><a href="DATA:text/html,1">y</a>', "xy"),
    "a link without an address": ('<a href="http://[">x</a> <a>y</a>', "x y"),
    "what is run": ("<p>a</p><script>alert(1)</script><style>p{}</style><svg onload=x>s</svg>", "a"),
    "what is run on error": ('<p><img src=x onerror="alert(1)">b</p>', "![](https://forum.example/x)b"),
    "comments": ("a<!-- b --><!-- c", "a\\<!-- c"),
    "half a tag": ("<p>a <b", "a \\<b"),
    "text alone": ("a &amp; b", "a & b"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("html", "expected"), CASES.values(), ids=CASES.keys())
def test_html_becomes_what_its_author_typed(html: str, expected: str) -> None:
    assert markdown(html, BASE) == expected


def test_without_an_address_relative_links_are_text() -> None:
    assert markdown('<a href="/t/5">five</a> <img src="/x.png" alt="pic">') == "five pic"


def test_a_keyword_is_where_it_was() -> None:
    """Quoted words stay a quote's, and a preview's are nobody's."""
    assert keyword_places(markdown(QUOTE + ONEBOX, BASE), ["trust_repo"]) == ("quote",)
    assert keyword_places(markdown(ONEBOX, BASE), ["trust_repo"]) == ()
    assert keyword_places(markdown("<p>trust_repo</p><pre><code>trust_repo</code></pre>"), ["trust_repo"]) == (
        "prose",
        "code",
    )


MARKDOWN = """\
Is `trust_repo` safe? @ada_l says *no*, see [this](https://a.example/x).

> quoted
>
> ```python
> x = 1
> ```

1. one
2. two

```text
Traceback (most recent call last):
  File "x.py", line 1
```

| a | b |
| --- | --- |
| 1 | `2` |"""


def test_what_a_forum_cooks_comes_back_as_it_was() -> None:
    assert markdown(cook(MARKDOWN), BASE) == MARKDOWN


TAGS = [
    "<p>",
    "</p>",
    "<b>",
    "</div>",
    "<pre>",
    "<code class=lang-x>",
    "</pre>",
    '<a href="x">',
    "<img class=emoji>",
    "<li>",
    "<ol>",
]
TAGS += [
    "<aside class=quote data-username=x>",
    "<aside class=onebox>",
    "<blockquote>",
    "</aside>",
    "<a class=lightbox>",
    "<td>",
]
TAGS += [
    "<tr>",
    "<table>",
    "<br>",
    "<![n",
    "<!--",
    "-->",
    "<?",
    "<",
    ">",
    '"',
    "&#x110000;",
    "&lt;",
    "`",
    "\n",
    "x",
    "<a ",
    "</",
]


@given(st.one_of(st.text(), st.lists(st.sampled_from(TAGS)).map("".join)))
@example("<![n")
@example("<aside class=quote><aside class=onebox><aside class=quote>x")
@example("<div>" * 3000 + "deep")
def test_no_html_makes_it_fail(html: str) -> None:
    assert markdown(html, BASE) == markdown(html, BASE)


def test_what_lies_very_deep_is_still_read() -> None:
    assert markdown("<div>" * 500 + "deep" + "<b>er</b>") == "deeper"


@given(st.text(alphabet="ab <>`~\n\\_*"))
def test_text_stays_prose_whatever_marks_are_in_it(text: str) -> None:
    """Nothing that an author typed as text turns into code on the way back."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    parts = split(markdown(f"<p>{escaped}</p>"))

    assert (parts.code, parts.quote, parts.spans) == ("", "", "")


SLOW = [
    "<div>",
    "<b>",
    "<p>",
    "<a href=x>",
    "<",
    "<!--",
    "<a ",
    '<a b="x>',
    "<script>",
    "<blockquote>",
    "<pre>",
    "<br>",
]
SLOW += [
    "\\",
    "\n>",
    "~",
    "<li>a</li>",
    "<img class=emoji>",
    "<aside class=onebox>",
    "<a class=lightbox>",
    "<aside class=quote><blockquote>",
]


@pytest.mark.parametrize("piece", SLOW)
def test_a_hostile_post_takes_seconds_at_most(piece: str) -> None:
    """The standard library's parser alone takes minutes over some of these."""
    html = "<ol>" + piece * (100_000 // len(piece)) + "x"
    began = time.process_time()
    markdown(html, BASE)

    assert time.process_time() - began < 20
