"""Discussions and pull requests of Hugging Face models, datasets and Spaces.

The Hub has no search in discussions. So every discussion of every wanted repository is asked for, and the keywords are
looked for afterwards, in what was stored. Requests go through ``huggingface_hub`` (``huggingface_client``); what comes
back is read by ``huggingface_pages``, and what is concluded from it by ``huggingface_notes``.
"""

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from huggingface_hub import is_offline_mode
from huggingface_hub.utils import _http as hub_http

from codebook.errors import StoppedEarly, StudyError
from codebook.harmless import one_line
from codebook.raw import Page
from codebook.wire import Answer, Dialect, Verdict, Wire
from collect.huggingface import notes
from collect.huggingface.client import Answered, Hub, through
from collect.huggingface.mentions import most_named, named_in
from collect.huggingface.options import HuggingFaceOptions
from collect.huggingface.pages import Repository, count, discussions, seen_on, time_of, version_of, why_gone
from collect.source import Earlier, Seen, Site, SourceOptions

_MOST_PAGES = 2000
"""Pages of one repository's list, should it never end."""

_NO_ANSWER = Verdict(again=True, wait=None, reason="the answer is neither a list nor a discussion")

_MOST_HELD = 10
"""Repositories of which a site may say nothing that a Hub would say, from the first one on."""

_ASKED_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})


class HuggingFace:
    """The Hugging Face Hub, or a mirror of it; see :class:`collect.source.Source`."""

    Options: type[SourceOptions] = HuggingFaceOptions

    def dialect(self, site: Site) -> Dialect:
        """Judge answers by the ``RateLimit`` header, and stop at a token that is refused.

        Every answer says how many requests are left in the running five minutes (of 500 without a token, of 1,000 with
        a free account's); at none, the next request waits for the next five.
        Source: https://huggingface.co/docs/hub/rate-limits
        """

        def verdict(answer: Answer) -> Verdict | None:
            if answer.status == HTTPStatus.UNAUTHORIZED and site.token:
                # Raised here, the answer is not stored; so the same run goes on with a corrected token.
                raise StudyError("the Hub does not accept the token", hint=f"Correct ${site.token_env}.")
            if answer.status == HTTPStatus.OK and not _is_the_hubs(answer.body):
                return _NO_ANSWER
            limit = hub_http.parse_ratelimit_headers(answer.headers)
            if limit is None or limit.remaining or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return None
            again = answer.status in _ASKED_AGAIN
            return Verdict(again=again, wait=limit.reset_in_seconds + 1.0, reason="the Hub's rate limit is reached")

        return Dialect(verdict=verdict)

    def fetch(self, site: Site, wire: Wire, earlier: Earlier) -> Iterator[str]:
        """Ask for the list of discussions of every repository, and for each discussion of the dates that is new in it.

        The list has no filter by date or change, so a later run reads it whole again; it shows a version of each
        discussion, and those that ``earlier`` has in that version are not asked for. Lists are also asked for of all
        repositories from which ``earlier`` has discussions, chosen now or not: one that was made private is in no list
        of candidates. A repository that is gone, private, or has its discussions closed is passed over; the stored
        answer says so, and a note says which known discussions went with it. Where the site says of no repository at
        all what a Hub would say, the run stops, and nothing of that is stored.
        """
        if is_offline_mode():
            raise StudyError("HF_HUB_OFFLINE is set", hint="Unset it, or rebuild from raw records with --from-raw.")
        with through(wire, site.base_url, site.token) as hub:
            visit = _Visit(hub, site, wire, earlier)
            for name in visit.wanted():
                yield from visit.repository(Repository.of(name))
            yield from visit.held_back()

    def parse(self, page: Page, site: Site) -> Iterator[Seen]:
        """Say what stands on a stored page."""
        if notes.is_note(page):
            return notes.seen_in(page, site.options.repos)
        return seen_on(page, site.options.repos, site.options.public_url)


def _json(body: bytes) -> Any:
    """What a body holds; None if it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _is_the_hubs(body: bytes) -> bool:
    said = _json(body)
    parts = (said.get("discussions"), said.get("events")) if isinstance(said, dict) else (said,)
    return any(isinstance(part, list) for part in parts)


class _NotTheHubs(StoppedEarly):
    """An answer about a repository that no Hub would give, from a site that has not shown itself to be one."""


def _speaks_of_it(status: int, body: Any) -> bool:
    """Whether an answer is a list of discussions, or says in the Hub's way why there is none."""
    listed = body.get("discussions") if isinstance(body, dict) else None
    return isinstance(listed, list) if status == HTTPStatus.OK else why_gone(status, body) is not None


@dataclass
class _Visit:
    """One run's way through a Hub.

    Args:
        done: Repositories that were asked for, by every name that answered.
        known: Numbers of the discussions that earlier runs have got, by repository.
        listed: Numbers that lists showed, also of discussions that are not wanted.
        cut: Repositories whose list was refused behind its first page, or never ended.
        held: Repositories of which the site said nothing that a Hub would say, before it had shown itself to be one.
        heard: Whether it has.
    """

    hub: Hub
    site: Site
    wire: Wire
    earlier: Earlier
    done: set[Repository] = field(default_factory=set)
    known: dict[str, list[int]] = field(default_factory=dict)
    listed: dict[Repository, set[int]] = field(default_factory=dict)
    cut: set[Repository] = field(default_factory=set)
    held: dict[Repository, _NotTheHubs] = field(default_factory=dict)
    heard: bool = False

    def __post_init__(self) -> None:
        for native_id in sorted(self.earlier.threads):
            name, _, number = native_id.rpartition("#")
            if name and number.isdecimal():  # else they are of another kind of site that had this name before
                self.known.setdefault(name, []).append(int(number))

    def wanted(self) -> Iterator[str]:
        """The repositories to look in, those that other sites name last: they may have to wait for those sites."""
        options = self.site.options
        chosen = list(options.repos)
        for each in options.candidates:
            found = self.hub.tagged(each)
            cut = f"only the first {each.limit}, by `limit` in study.toml; the Hub has more"
            whole = len(found) <= each.limit
            candidates = found[: each.limit]
            reported = len(candidates) if whole else None
            notes.keep(self.wire, notes.Candidates(each.query, candidates, reported, None if whole else cut))
            chosen += candidates
        yield from chosen
        yield from self.known
        if options.mentioned:
            yield from self._mentioned(options.mentioned_limit)

    def _mentioned(self, limit: int) -> list[str]:
        found = named_in(self.site.elsewhere())
        cut = f"only the {limit} that are on most pages, by `mentioned_limit` in study.toml"
        kept, problem = most_named(found, limit), cut if len(found) > limit else None
        notes.keep(self.wire, notes.Candidates("candidates named by other sites", kept, len(found), problem))
        return kept

    def repository(self, asked: Repository) -> Iterator[str]:
        """Fetch the discussions of one repository that are new; yield the native id of each that is stored."""
        if asked in self.done:
            return
        self.done.add(asked)
        if (first := self._first(asked)) is None:
            return
        here = first.repository
        if first.status != HTTPStatus.OK:
            why = why_gone(first.status, first.body)
            for each in dict.fromkeys((asked, here)) if why else ():
                self._note(each, notes.Gone(each.path, self.known.get(each.path, []), why or "gone"))
            return
        if here not in self.listed:
            self.done.add(here)
            yield from self._listed(here, first)
        if here != asked:
            self._note_renamed(asked, here)

    def held_back(self) -> Iterator[str]:
        """Ask again for what was held back, now that the site is known to be a Hub; what it says then stands."""
        for asked, error in self.held.items():
            if not self.heard:
                raise error
            self.done.discard(asked)
            yield from self.repository(asked)

    def _first(self, asked: Repository) -> Answered | None:
        """The first page of a list; None where it is held back.

        Only after a site has spoken as a Hub of one repository, its other answers are believed and stored: one page of
        a proxy may then stand for one repository, but such pages for all of them are not a study without threads.
        """
        usual = self.wire.dialect
        if not self.heard:
            self.wire.dialect = replace(usual, verdict=lambda answer: self._must_be_the_hubs(usual, asked, answer))
        try:
            first = self.hub.discussions(asked, 0)
        except _NotTheHubs as error:
            self.held[asked] = error
            if len(self.held) >= _MOST_HELD:
                raise
            return None
        finally:
            self.wire.dialect = usual
        self.heard = self.heard or _speaks_of_it(first.status, first.body)
        return first

    def _must_be_the_hubs(self, usual: Dialect, asked: Repository, answer: Answer) -> Verdict | None:
        verdict = usual.verdict(answer)
        if (verdict and verdict.again) or _speaks_of_it(answer.status, _json(answer.body)):
            return verdict
        if answer.status == HTTPStatus.OK:
            return _NO_ANSWER
        refused = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
        if refused and answer.status not in _ASKED_AGAIN:
            said = one_line(answer.body[:200].decode("utf-8", "replace"), 100)
            raise _NotTheHubs(
                f"no repository could be read; of {asked.path} the site says: HTTP {answer.status} {said}",
                where=self.hub.base_url,
                hint="Is `base_url` right? Nothing of this is stored: later, the same command asks again.",
            )
        return verdict

    def _listed(self, here: Repository, first: Answered) -> Iterator[str]:
        """Go through a list from its first page, and then ask for known discussions that are not in it."""
        seen = self.listed.setdefault(here, set())
        shrank = yield from self._pages(here, first, again=False)
        if shrank and here not in self.cut:
            yield from self._pages(here, self.hub.discussions(here, 0, again=True), again=True)
        for number in self.known.get(here.path, ()) if here not in self.cut else ():
            if number not in seen:
                yield from self._discussion(here, number, None)

    def _pages(self, here: Repository, page: Answered, *, again: bool) -> Generator[str, None, bool]:
        """Go through the pages of a list.

        Returns:
            Whether a discussion was deleted meanwhile. Those behind it moved up, one of them over the edge of a page.
        """
        seen, shown, most = self.listed[here], set[int](), count(page.body) or 0
        for p in range(1, _MOST_PAGES + 1):
            items = discussions(page.body)
            more = not shown.issuperset(item["num"] for item in items)
            shown.update(item["num"] for item in items)
            for item in items:
                if item["num"] not in seen:
                    seen.add(item["num"])
                    yield from self._if_new(here, item)
            # Nothing more ends it too: where `count` promises more than there is, there is no last page.
            if not more or len(shown) >= (count(page.body) or 0):
                break
            page = self.hub.discussions(here, p, again=again)
            if page.status != HTTPStatus.OK:
                self.cut.add(here)  # the page says why, and what is behind it is not known to be gone
                break
        else:
            self.cut.add(here)
        return (count(page.body) or 0) < most

    def _if_new(self, here: Repository, item: dict[str, Any]) -> Iterator[str]:
        version = version_of(item)
        if self._in_dates(item) and not self.earlier.has(f"{here.path}#{item['num']}", version):
            yield from self._discussion(here, item["num"], version)

    def _discussion(self, repository: Repository, number: int, version: str | None) -> Iterator[str]:
        answer = self.hub.discussion(repository, number, version)
        if answer.status == HTTPStatus.OK:
            yield f"{answer.repository.path}#{number}"

    def _note_renamed(self, before: Repository, now: Repository) -> None:
        """Say what became of the known discussions of a repository whose new name has been looked in."""
        numbers, there = self.known.get(before.path, []), self.listed[now]
        same = [number for number in numbers if number in there]
        self._note(before, notes.Gone(before.path, same, "renamed", now.path))
        if len(same) < len(numbers) and now not in self.cut:
            self._note(before, notes.Gone(before.path, [n for n in numbers if n not in there], "gone"))

    def _note(self, repository: Repository, gone: notes.Gone) -> None:
        """Keep a note if earlier runs had something of the repository."""
        if gone.numbers or repository.query in self.earlier.windows:
            notes.keep(self.wire, gone)

    def _in_dates(self, item: dict[str, Any]) -> bool:
        opened = time_of(item.get("createdAt"))
        return opened is None or self.site.since <= opened.date() < self.site.until
