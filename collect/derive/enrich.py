"""What is found out about each thread in its newest state: pseudonyms, keyword places, code, language, signature.

This is the slow half of a rebuild, done once per thread and post, whatever the number of runs that have seen it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import IO, Any

from codebook.language import LONGEST, language
from codebook.pseudonyms import Pseudonyms
from collect.derive import duplicates
from collect.derive.keywords import has_keyword, keyword_matches
from collect.derive.prose import code_share, split
from collect.source import Site

OUTPUTS = ("described", "posts", "matches", "earlier_posts", "signatures")


class Enrichment:
    """Reads threads with their posts and writes rows as JSON lines.

    Args:
        pseudonyms: Of the study.
        sites: By name; their keywords are asked for.
        out: Files by the names of :data:`OUTPUTS`.
    """

    def __init__(self, pseudonyms: Pseudonyms, sites: Mapping[str, Site], out: Mapping[str, IO[str]]) -> None:
        self._pseudonyms = pseudonyms
        self._label = cache(pseudonyms.in_text)
        self._sites = sites
        self._out = out
        self._signed = 0

    def thread(self, header: dict[str, Any], posts: Iterable[dict[str, Any]]) -> None:
        """Take one thread: its newest header and its posts in order, opening post first."""
        site = self._sites[header["site"]]
        title = header["title"]
        told = _Told(title)
        self._match(
            header, None, ((k, "title") for k in dict.fromkeys(site.keywords) if has_keyword(title, (k,))), told
        )
        for post in posts:
            told.post(post)
            matches = keyword_matches(post["body"], site.keywords)
            self._match(post, post["role"] == "opening", matches, told)
            self._write("posts", self._post(post) | {"matched_in": list(dict.fromkeys(place for _, place in matches))})
        self._write("described", self._thread(header, site) | told.values())
        if told.signature:
            signed = {"signature": told.signature.hex(), "bands": duplicates.bands(told.signature)}
            self._signed += 1
            self._write("signatures", {"number": self._signed, "thread_id": header["thread_id"]} | signed)

    def earlier(self, post: dict[str, Any]) -> None:
        """Take a text that a post had once."""
        kept = {name: post[name] for name in ("post_id", "thread_id", "page", "run_id")}
        body = self._pseudonyms.in_text(post["body"])
        self._write("earlier_posts", kept | {"body": body, "sha256": hashlib.sha256(body.encode()).hexdigest()})

    def _write(self, name: str, values: Mapping[str, Any]) -> None:
        self._out[name].write(json.dumps(values, default=str) + "\n")

    def _match(
        self, row: dict[str, Any], opening: bool | None, matches: Iterable[tuple[str, str]], told: "_Told"
    ) -> None:
        about = {"thread_id": row["thread_id"], "post_id": row.get("post_id"), "run_id": row["run_id"]}
        for keyword, place in matches:
            told.matched(place, opening=opening)
            self._write("matches", about | {"keyword": keyword, "place": place, "opening": opening})

    def _post(self, post: dict[str, Any]) -> dict[str, Any]:
        return post | {
            "author": self._pseudonyms.of(post["author"]),
            "body": self._pseudonyms.in_text(post["body"]),
            "code_share": round(code_share(post["body"]), 4),
        }

    def _thread(self, header: dict[str, Any], site: Site) -> dict[str, Any]:
        return header | {
            "title": self._pseudonyms.in_text(header["title"]),
            "author": self._pseudonyms.of(header["author"]),
            "url": self._pseudonyms.in_address(header["url"]),
            "labels": [self._label(label) for label in header["labels"]],
            "address": duplicates.canonical(header["url"]),
            # What a team brings has been chosen already; a keyword is asked for only where the study says so.
            "filter": site.match if not header["brought"] or site.match != "any" else "none",
        }


class _Told:
    """What a thread's posts say of the whole thread."""

    def __init__(self, title: str) -> None:
        self._text = [title]
        self._length = len(title)
        self._places: set[str] = set()
        self._n_posts = 0
        self._bots: list[bool] = []
        self.signature: bytes | None = None

    def post(self, post: dict[str, Any]) -> None:
        prose = split(post["body"]).prose
        self._n_posts += 1
        self._bots.append(post["author_kind"] == "bot")
        if self._length < LONGEST:
            self._text.append(prose)
            self._length += len(prose)
        if post["role"] == "opening" and self.signature is None:
            self.signature = duplicates.signature(prose)

    def matched(self, place: str, *, opening: bool | None) -> None:
        self._places.add(place if place != "prose" else "body" if opening else "comments")

    def values(self) -> dict[str, Any]:
        return {
            "n_posts": self._n_posts,
            "matched_in": [p for p in ("title", "body", "comments", "code", "quote", "log") if p in self._places],
            "language": language("\n".join(self._text)),
            "by_bots": bool(self._bots) and all(self._bots),
        }
