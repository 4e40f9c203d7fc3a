"""A post's HTML as Markdown, as its author would have typed it.

Discourse cooks Markdown to HTML (and keeps the Markdown to itself); this is the way back. What the site itself put
around the words is taken away: the picture and the name of who is quoted, previews of links, full-size links of
pictures. Text that only looks like Markdown or HTML is escaped, so that ``vector<float>`` is not taken for a tag later.
"""

import re
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from markdownify import ATX, MarkdownConverter

_DEEPEST = 60
"""Levels of tags that are converted; what lies deeper counts as its text (the converter calls itself per level)."""

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_NO_TAG = re.compile(r"<(?!/?[A-Za-z][^<>]*>)")
_READ_AS_MARKS = re.compile(r"(?<!\\)(?:(\\*)(`|~~~|<(?=[A-Za-z/!?]))|(\\+)\Z)")
_READ_AS_QUOTE = re.compile(r"^([ \t]*)>", re.MULTILINE)
_ACCOUNT = re.compile(r"[\w.-]{1,60}")
_GONE = ["script", "style", "template", "noscript", "svg", "iframe", "object", "embed", "form"]
_LANGUAGE = re.compile(r"(?:lang|language)-([\w+#.-]{1,40})")
_NO_LANGUAGES = frozenset({"auto", "nohighlight", "plaintext"})


def markdown(html: str, base_url: str = "") -> str:
    """Convert a fragment of HTML.

    Args:
        html: What the site shows, of whatever quality.
        base_url: Where relative links start; without it they stay text.

    Returns:
        Markdown without a line break at either end. Scripts and styles are gone, and so are links and pictures that
        are neither http nor https.
    """
    soup = BeautifulSoup(f"<div>{_parseable(html)}</div>", "html.parser")
    _flatten(soup)
    for unseen in soup(_GONE):
        unseen.extract()
    _undress(soup)
    return _Converter(base_url).convert_soup(soup).strip()


def _parseable(html: str) -> str:
    """HTML of whole tags and text: the standard library's parser takes quadratic time over half a tag."""
    commented = html.rfind("-->") + 1
    html = _COMMENT.sub("", html[: commented + 2]) + html[commented + 2 :] if commented else html
    return _NO_TAG.sub("&lt;", html)


def _flatten(soup: BeautifulSoup) -> None:
    depths = {id(soup): 0}
    deep: list[Tag] = []
    for tag in soup.descendants:
        if isinstance(tag, Tag):
            depth = depths[id(tag)] = depths[id(tag.parent)] + 1
            if depth == _DEEPEST:
                deep.append(tag)
    for tag in deep:
        tag.replace_with(tag.get_text())


def _undress(soup: BeautifulSoup) -> None:
    """Replace what Discourse builds around words by the words."""
    for mention in soup.find_all(["a", "span"], class_=["mention", "mention-group"]):
        mention.replace_with(mention.get_text())  # not the link: it holds the name where no pseudonym is put
    for preview in soup("aside", class_="onebox"):
        preview.replace_with(_link(soup, *_previewed(preview)))
    for wrapped in soup("a", class_="lightbox"):
        pictured = wrapped.find("img")
        name = _attribute(wrapped, "title") or (_attribute(pictured, "alt") if isinstance(pictured, Tag) else "")
        wrapped.replace_with(_link(soup, _attribute(wrapped, "href"), name or "image"))
    for quoted in soup("aside", class_="quote"):
        _undress_quote(soup, quoted)


def _undress_quote(soup: BeautifulSoup, quoted: Tag) -> None:
    for title in quoted("div", class_="title"):
        title.extract()
    account, said = _attribute(quoted, "data-username"), quoted.find("blockquote")
    if isinstance(said, Tag) and _ACCOUNT.fullmatch(account):
        author = soup.new_tag("p")
        author.string = f"@{account}:"
        said.insert(0, author)


def _previewed(preview: Tag) -> tuple[str, str]:
    """Where the preview of a link leads, and its title."""
    links = [link for link in preview("a") if _attribute(link, "href")]
    titled = next((link for link in links if link.find_parent(["h3", "h4"])), None)
    target = _attribute(preview, "data-onebox-src") or next((_attribute(link, "href") for link in links), "")
    return target, titled.get_text(" ", strip=True) if titled else target


def _link(soup: BeautifulSoup, target: str, text: str) -> Tag:
    link = soup.new_tag("a", attrs={"href": target})
    link.string = text
    paragraph = soup.new_tag("p")
    paragraph.append(link)
    return paragraph


def _attribute(tag: Tag, name: str) -> str:
    value = tag.get(name)
    return value if isinstance(value, str) else ""


class _Converter(MarkdownConverter):
    """markdownify with Discourse's classes, safe links and as few escapes as the meaning allows."""

    def __init__(self, base_url: str) -> None:
        super().__init__(heading_style=ATX, escape_asterisks=False, escape_underscores=False)
        self.base_url = base_url
        self._items: dict[int, int] = {}

    def escape(self, text: str, _parent_tags: set[str]) -> str:
        """Escape what would otherwise be read as a tag, a quote, a code span or a fence; keywords stay as they are."""
        text = _READ_AS_QUOTE.sub(r"\1\\>", text)
        return _READ_AS_MARKS.sub(lambda m: m[3] * 2 if m[3] else f"{m[1]}{m[1]}\\{m[2]}", text)

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A link, or only its text if it leads nowhere that may be followed."""
        target, label = self._target(_attribute(el, "href")), " ".join(text.split())
        if "_noformat" in parent_tags or not target or not label:
            return text
        space = " " if text[0].isspace() else "", " " if text[-1].isspace() else ""
        return space[0] + (target if label == target else f"[{label}]({target})") + space[1]

    def convert_img(self, el: Tag, _text: str, parent_tags: set[str]) -> str:
        """A picture; in headings and tables, where it cannot be shown, and for an emoji, its description."""
        target, label = self._target(_attribute(el, "src")), " ".join(_attribute(el, "alt").split())
        if "emoji" in _classes(el):
            return label or _attribute(el, "title")
        return f"![{label}]({target})" if target and not parent_tags & {"_inline", "_noformat"} else label

    def convert_li(self, el: Tag, text: str, **_context: object) -> str:
        """An item of a list, counted as it comes: to look back at every item takes quadratic time."""
        marker = "- "
        if el.parent is not None and el.parent.name == "ol":
            start = _attribute(el.parent, "start")
            before = self._items.get(id(el.parent), int(start) - 1 if re.fullmatch(r"[0-9]{1,9}", start) else 0)
            self._items[id(el.parent)] = before + 1
            marker = f"{before + 1}. "
        first, *others = text.strip().split("\n")
        return "\n".join([marker + first, *(" " * len(marker) + line if line else "" for line in others)]) + "\n"

    def convert_pre(self, el: Tag, text: str, **_context: object) -> str:
        """A fenced block with its language, in a fence that the code cannot close."""
        if not text.strip():
            return ""
        longest = max((len(run) for run in re.findall("`+", text)), default=0)
        fence = "`" * max(3, longest + 1)
        return f"\n\n{fence}{_language(el)}\n{text.strip(chr(10))}\n{fence}\n\n"

    def convert_aside(self, _el: Tag, text: str, **_context: object) -> str:
        """A block of its own."""
        return f"\n\n{text.strip()}\n\n"

    convert_details = convert_summary = convert_aside

    def _target(self, address: str) -> str:
        if not address:
            return ""
        try:
            whole = urljoin(self.base_url, address.strip())
            scheme = urlsplit(whole).scheme
        except ValueError:
            return ""
        safe = "".join(f"%{ord(c):02X}" if c in '()<>"\\`' or c <= " " else c for c in whole)
        return safe if scheme in ("http", "https") else ""


def _language(block: Tag) -> str:
    for name in [name for tag in (block, *block("code", limit=1)) for name in _classes(tag)]:
        found = _LANGUAGE.fullmatch(name)
        if found:
            return "" if found[1] in _NO_LANGUAGES else found[1]
    return ""


def _classes(tag: Tag) -> list[str]:
    names = tag.get("class")
    return names if isinstance(names, list) else []
