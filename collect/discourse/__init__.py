"""Topics of a Discourse forum: search for posts, then ask for the whole of their topics.

A window that finished runs know is one result page, and a later run asks for it as the first did (a single day may have
more pages). The page says enough of each topic to tell whether it has changed; those that have not are not asked for.

Sources: Discourse's ``app/controllers/search_controller.rb`` and ``lib/search.rb``; the limits stand in
https://meta.discourse.org/t/available-settings-for-global-rate-limits-and-throttling/78612, keys in
https://docs.discourse.org ("Authentication").
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import requests
from pydantic import Field

from codebook.errors import StudyError
from codebook.harmless import one_line
from codebook.raw import Page
from codebook.transports import WireAdapter
from codebook.wire import Answer, Dialect, Verdict, Wire, asked_to_wait
from collect.covered import Stretch
from collect.discourse.listing import Listing
from collect.discourse.pages import (
    Listed,
    has_more,
    inside,
    listed_topics,
    not_shown,
    other_topic,
    parse,
    readable_json,
    refusal,
    shown,
)
from collect.discourse.windows import PAGES, Window, parts, query
from collect.plausible import Wrong, unless
from collect.source import Earlier, Expected, Seen, Site, SourceOptions

_CHUNK = 100
"""Posts that one request names: forums give all (``TopicView#filter_posts_by_ids``), but an address has its length."""

_SURE = 20
"""Posts that a forum gives at once in any case: it shows so many itself."""

_SECONDS_BETWEEN = {"anonymous": 60 / 200, "with a key": 60 / 60}
"""A forum answers an address 200 times a minute (and 50 times in 10 s), all its keys together 60 times a minute."""

_CLOCKS_DIFFER = timedelta(minutes=10)

_MOVES = 3
"""Times that a forum may give another topic in place of one it gave in place of another; it redirects to the last."""

_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
"""Forums do not limit private addresses (``max_reqs_rate_limit_on_private``)."""


class DiscourseOptions(SourceOptions):
    """The keys of ``[sources.*]`` that only the kind ``discourse`` knows.

    ``public_url`` is where readers reach the forum, if ``base_url`` is a proxy or a local replay. ``api_username`` goes
    with the token if that is a key for all users; a key for a single user needs none.
    """

    public_url: str = Field(default="", pattern=r"^(https?://[^\s]+[^/\s])?$")
    api_username: str = ""

    def expected(self, site: Site, earlier: Earlier) -> Expected:
        """See :meth:`collect.source.SourceOptions.expected`."""
        cut = [each for keyword in site.keywords for each in _parts(site, query(keyword), earlier)]
        known = sum(each.known is not None for each in cut)
        note = f"{known} known windows, {len(cut) - known} new ones; then a request for each topic and 20 more posts"
        return Expected(len(cut), 1200, note)


class Discourse:
    """Any Discourse forum; see :class:`collect.source.Source`."""

    Options: type[SourceOptions] = DiscourseOptions

    def dialect(self, site: Site) -> Dialect:
        """Judge answers by their JSON: a search that a busy forum did not make has status 200, and an error inside."""

        def verdict(answer: Answer) -> Verdict | None:
            body = readable_json(answer.body)
            if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
                return _too_many(answer, body)
            if answer.status == HTTPStatus.OK:
                return _made(body, site)
            if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                _must_be_a_forum(answer, body, site)
            return None

        pace = _SECONDS_BETWEEN["with a key" if site.token else "anonymous"]
        return Dialect(verdict=verdict, seconds_between=0 if urlsplit(site.base_url).hostname in _HERE else pace)

    def fetch(self, site: Site, wire: Wire, earlier: Earlier) -> Iterator[str]:
        """Search for every keyword as a phrase, and ask for every topic that is new or has changed.

        A known topic that no search lists any more is asked for as well. If it is still there, without a keyword, that
        is one request in every later run.
        """
        forum = _Forum(site, wire)
        listed = set[str]()
        for phrase in map(query, site.keywords):
            for part in _parts(site, phrase, earlier):
                for topics in forum.windows(phrase, Window.of(part)):
                    new = [each for each in topics if each.topic not in listed]
                    listed.update(each.topic for each in new)
                    yield from forum.topics(each.topic for each in new if not _is_known(each, earlier))
        yield from forum.topics(_missing(listed, site, earlier))

    def parse(self, page: Page, site: Site) -> Iterator[Seen]:
        """Say what stands on a stored page."""
        return parse(page, site.options.public_url or site.base_url)


def _parts(site: Site, phrase: str, earlier: Earlier) -> list[Stretch]:
    return parts(Window.between(site.since, site.until), earlier.windows.get(phrase, ()))


def _is_known(listed: Listed, earlier: Earlier) -> bool:
    """Whether a topic was got in this version and its last post has not been edited since."""
    edited = listed.edited_at and earlier.since and listed.edited_at >= earlier.since - _CLOCKS_DIFFER
    return earlier.has(listed.topic, listed.version) and not edited


def _missing(listed: set[str], site: Site, earlier: Earlier) -> list[str]:
    """Known topics that no search lists; those that were opened behind the dates cannot be listed."""
    end = Window.between(site.since, site.until).last
    candidates = (t for t, known in earlier.threads.items() if known.created_at is None or known.created_at <= end)
    return sorted((t for t in candidates if t.isdecimal() and t not in listed), key=int)


def _too_many(answer: Answer, body: Any) -> Verdict:
    """How long to wait: a limit says so in its body or its headers, that of the search does not say it at all."""
    seconds = inside(body, "extras", "wait_seconds")
    said = [float(seconds)] if isinstance(seconds, int | float) and seconds >= 0 else []
    header = asked_to_wait(answer.headers)
    said += [header] if header is not None else []
    return Verdict(again=True, wait=max(said, default=None), reason=refusal(answer.status, body))


def _made(body: Any, site: Site) -> Verdict | None:
    """Whether an answer is a result, a topic or posts.

    Raises:
        StudyError: It is JSON, but not a forum's.
    """
    if body is None:
        return Verdict(again=True, wait=None, reason="the answer is not JSON")
    problem = inside(body, "grouped_search_result", "error")
    if problem:
        return Verdict(again=True, wait=None, reason=f"the search was not made: {one_line(str(problem), 200)}")
    if not any(isinstance(inside(body, k), dict) for k in ("grouped_search_result", "post_stream")):
        raise _no_forum("the answer is JSON, but not that of a Discourse forum", site)
    return None


def _must_be_a_forum(answer: Answer, body: Any, site: Site) -> None:
    """Stop on what no later request can mend. Raised here, the answer is not stored, and a corrected study is tried.

    Raises:
        StudyError: The address is no forum's or has moved, the forum wants a login, or does not know the key.
    """
    said = refusal(answer.status, body)
    moved = answer.headers.get("location", "")
    if urlsplit(moved).path.endswith("/search.json") and answer.status < HTTPStatus.BAD_REQUEST:
        raise _no_forum(f"the forum has moved to {one_line(moved.partition('/search.json')[0], 100)}", site)
    if answer.status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE) and body is None:
        raise _no_forum(f"{said}, in a form that is not that of a Discourse forum", site)
    key = f"the key in ${site.token_env}" if site.token else f"`token_env` in [sources.{site.name}]"
    if inside(body, "error_type") == "not_logged_in":
        raise StudyError(f"the forum is for members: {said}", where=site.base_url, hint=f"Give it a key: set {key}.")
    if site.token and answer.status == HTTPStatus.FORBIDDEN and "api" in said.lower():
        hint = f"Correct {key}, or `api_username`, which a key for all users needs."
        raise StudyError(f"the forum does not know the key: {said}", where=site.base_url, hint=hint)


def _no_forum(what: str, site: Site) -> StudyError:
    return StudyError(what, where=site.base_url, hint=f"Correct `base_url` in [sources.{site.name}].")


def _moves_on(topic: str, body: Any) -> str:
    """What is wrong with a topic that is yet another one."""
    now = other_topic(body, topic)
    return f"topic {topic}, which stands for another one, is now topic {now}" if now else ""


class _Forum:
    """A forum's JSON, through the wire."""

    def __init__(self, site: Site, wire: Wire) -> None:
        self._asked_for = set[str]()
        self.wire = wire
        self.base_url = site.base_url
        self.session = requests.Session()
        self.session.headers.update({"Accept": "application/json", "User-Agent": f"qualdev/{version('qualdev')}"})
        if site.token:
            self.session.headers["Api-Key"] = site.token
        if site.token and site.options.api_username:
            self.session.headers["Api-Username"] = site.options.api_username
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, WireAdapter(wire, follow=True))

    def windows(self, asked: str, window: Window) -> Iterator[list[Listed]]:
        """Topics with a hit, window by window; each list is whole before anything else is asked, so it cannot shift."""
        listing = Listing(window)
        body = self._search(f"{asked} {window}", 1, listing)
        if window.must_be_halved(more=has_more(body)):
            for half in window.halves():
                yield from self.windows(asked, half)
            return
        found = listed_topics(body, window.first)
        number = 1
        while has_more(body) and number < PAGES:
            number += 1
            body = self._search(f"{asked} {window}", number, listing)
            found += listed_topics(body, window.first)
        yield found

    def topics(self, numbers: Iterable[str], moves: int = 0) -> Iterator[str]:
        """Ask for topics whole, each once; yield those that the forum gives, under the number that they have now."""
        for topic in numbers:
            if topic not in self._asked_for:
                self._asked_for.add(topic)
                wrong = partial(_moves_on, topic) if moves >= _MOVES else None
                status, body = self._get(f"/t/{topic}.json", [], wrong)
                now = other_topic(body, topic)
                if status == HTTPStatus.OK and now:
                    yield from self.topics([now], moves + 1)
                elif status == HTTPStatus.OK:
                    self._ask_for_posts(topic, not_shown(body))
                    yield topic

    def _ask_for_posts(self, topic: str, posts: list[int], chunk: int = _CHUNK) -> None:
        """Ask for posts that a topic's own page does not show; again, fewer at once, for those that do not come."""
        for start in range(0, len(posts), chunk):
            asked = posts[start : start + chunk]
            _, body = self._get(f"/t/{topic}/posts.json", [("post_ids[]", str(i)) for i in asked])
            left = [i for i in asked if i not in shown(body)]
            if left and len(asked) > _SURE:
                self._ask_for_posts(topic, left, _SURE)

    def _search(self, asked: str, number: int, listing: Listing) -> Any:
        status, body = self._get("/search.json", [("q", asked), ("page", str(number))], listing.wrong)
        if status != HTTPStatus.OK:
            raise StudyError(
                f"the forum refuses the search: {refusal(status, body)}",
                where=f"{self.base_url}, {asked}",
                hint="Correct the keyword or the dates in study.toml.",
            )
        listing.add(body)
        return body

    def _get(self, path: str, parameters: list[tuple[str, str]], wrong: Wrong | None = None) -> tuple[int, Any]:
        with unless(self.wire, wrong):
            answer = self.session.get(self.base_url + path, params=parameters, allow_redirects=False)
        return answer.status_code, readable_json(answer.content)
