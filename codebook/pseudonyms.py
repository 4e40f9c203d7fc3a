"""People's names replaced by keyed pseudonyms, in author columns and in text.

A pseudonym is ``user-`` and 10 hexadecimal digits of HMAC-SHA-256 (RFC 2104) of the lower-case account name under the
study's key: the same account name has the same pseudonym on every site of a study and another in another study.

In text are replaced: e-mail addresses, ``@mentions``, profile addresses, names in quote headers, folders in people's
homes, and the names of everybody seen in the study, wherever they stand as a whole word (see ``codebook.names`` for
those that are words themselves). Credentials are masked first (``codebook.masks``). Names that nobody in the study
has are found by ``@``, address or quote header only.

Addresses of repositories stay readable: ``github.com/OWNER/REPO`` loses its owner only if that is the name of somebody
seen in the study and no ordinary word, so that organisations keep theirs. An address of a single part,
``github.com/NAME``, is a profile, unless NAME is an ordinary word or a product's name.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping

from codebook.masks import masked
from codebook.names import KnownNames, in_context, is_ordinary, simple

_PSEUDONYM = re.compile(r"user-[0-9a-f]{10}")
_MENTION = re.compile(
    r"(?<![\w@/.`])(?<!\[password\])(?<!\[token\])@([A-Za-z0-9](?:[A-Za-z0-9._-]{0,58}[A-Za-z0-9_])?)"
    r"(?![\w/(]|\.\w|\s{0,9}\n\s{0,99}(?:@|def |class |async ))"  # a decorator is no mention
)
_EMAIL = re.compile(r"(?<![\w.%+-])([\w.%+-]{1,64})@((?:[\w-]{1,63}\.){1,8})([A-Za-z]{2,24})(?![\w-])")
_SPELT_EMAIL = re.compile(
    r"(?<![\w.%+-])[\w.%+-]{1,64} ?[\[(] ?at ?[\])] ?"
    r"[\w-]{1,63}(?:(?: ?[\[(] ?dot ?[\])] ?|\.)[\w-]{1,63}){1,4}",
    re.IGNORECASE,
)
_PROFILE = re.compile(
    r"((?:\b(?:github|gitlab|twitter|x|kaggle)\.com|\bgithubusercontent\.com|\b(?:huggingface|hf)\.co|\bapi\.github\.com"
    r"/(?:users|repos)|\blinkedin\.com/in|\bgist\.github\.com)/(?:(?:datasets|spaces|models|users|orgs)/)?)"
    r"(@?\w(?:[\w.-]{0,98}\w)?)(/\w)?",
    re.IGNORECASE,
)
_MEMBER = re.compile(r"(/(?:u|user|users)/)(\w(?:[\w.-]{0,98}\w)?)(/[\w%.-]{1,100})?")
_NUMBERED = re.compile(r"(/users/)(\d{1,12})(?:/([\w%.-]{1,100}))?")
_QUOTED = re.compile(r"(\[quote=[\"'“]?)([^\"'”,\]\n]{1,80})")
_USERNAME = re.compile(r"(\busername:)(\w[\w.-]{0,60})")
_HOME = re.compile(r"((?:/home/|/Users/|\b[A-Za-z]:\\{1,2}Users\\{1,2}))(\w[\w.-]{0,60})")
_PAGES = re.compile(
    r"about|apps|blog|chat|collections|discussions|docs|enterprise|explore|features|i|intent|join|learn|login|marketplace"
    r"|new|notifications|organizations|orgs|papers|posts|pricing|search|security|settings|share|sponsors|tasks|team"
    r"|topics|trending|users"
)
_MODEL = re.compile(
    r"(?:gpt|bert|distil|roberta|albert|t5|xlm|xlnet|openai|bart|electra|camembert|ctrl|transfo)[\w.-]*"
)
_NO_ACCOUNTS = frozenset({"git", "noreply", "no-reply", "ssh"})
_ROUNDS = 5


class Accounts:
    """The accounts of a study with the names they go by, gathered page by page; the order does not matter.

    Two accounts of one name, on whatever sites, are taken for one person.
    """

    def __init__(self) -> None:
        self._bearers: dict[str, str] = {}
        self._accounts: set[str] = set()

    def add(self, account: str | None, others: Iterable[str] = ()) -> None:
        """Take note of who is named on a page: the account's name, and other names it gives, as a display name."""
        if account:
            self._accounts.add(account.lower())
        for other in others:
            name = (account or other).lower()
            self._bearers[other.lower()] = min(name, self._bearers.get(other.lower(), name))

    def names(self) -> dict[str, str]:
        """By every name in lower case, the name from which its pseudonym is made: for :class:`Pseudonyms`.

        A display name that several accounts have stands for the first of them in the alphabet; one that is also an
        account's name stands for that.
        """
        return self._bearers | {account: account for account in self._accounts}


class Pseudonyms:
    """The pseudonyms of one study.

    Args:
        key: The study's secret key.
        names: Every name of everybody seen in the study, account and display names; as a mapping, with the account name
            from which the pseudonym is made (:meth:`Accounts.names`), so that a display name in text gets its
            account's pseudonym.
    """

    def __init__(self, key: bytes, names: Iterable[str] | Mapping[str, str] = ()) -> None:
        self._key = key
        given = names if isinstance(names, Mapping) else {name: name for name in names}
        self._stands_for = {name.lower(): account.lower() for name, account in given.items() if name}
        self._made: dict[str, str] = {}
        inside = {
            simple(name): self._of(account) for name, account in self._stands_for.items() if "/users/" not in name
        }
        inside.pop("", None)
        self._known = KnownNames(inside)
        self.only_in_context = tuple(sorted(name for name in inside if is_ordinary(name)))
        """Names that are words too, and so are replaced only where the context says that a person is meant."""

    def of(self, name: str | None) -> str | None:
        """The pseudonym of an account name; None stays None (deleted or unknown account)."""
        return self._of(self._stands_for.get(name.lower(), name.lower())) if name else None

    def _of(self, account: str) -> str:
        made = self._made.get(account)
        if made is None:
            digest = hmac.digest(self._key, account.encode("utf-8", "replace"), hashlib.sha256).hex()
            made = self._made[account] = f"user-{digest[:10]}"
        return made

    def in_text(self, text: str) -> str:
        """Text with people and credentials replaced; decorators and scoped packages in code stay.

        Call it once per text, on the whole text. Doing so again changes nothing.
        """
        for _ in range(_ROUNDS):  # what is put in can stand where another rule sees it: once more, until all is quiet
            replaced = self._once(text)
            if replaced == text:
                break
            text = replaced
        return text

    def in_address(self, url: str) -> str:
        """A thread's address, without the words of its title if those name somebody.

        The rest stays: it says where the thread is, and leads there.
        """
        for slug in re.findall(r"/t/([^/?#]+)/\d|/questions/\d+/([^/?#]+)", url):
            words = "".join(slug).replace("-", " ")
            if self.in_text(words) != words:
                url = url.replace(f"/{''.join(slug)}", "/-", 1)
        return url

    def _once(self, text: str) -> str:
        text = masked(text)
        lower = text.lower()
        if "@" in text:
            text = _EMAIL.sub(self._email, text)
        if "at]" in lower or "at)" in lower or "at ]" in lower or "at )" in lower:
            text = _SPELT_EMAIL.sub(lambda m: f"{self.of(m[0])}@example.invalid", text)
        if "/" in text or "\\" in text:
            text = self._in_addresses(text, lower)
        if "@" in text:
            text = _MENTION.sub(lambda m: "@" + self._put(m[1]), text)
        if "[quote=" in text:
            text = _QUOTED.sub(lambda m: m[1] + self._put(m[2].strip()), text)
            text = _USERNAME.sub(lambda m: m[1] + self._put(m[2]), text)
        return self._known.replaced(in_context(text, self._known.get, self._guess))

    def _guess(self, name: str) -> str | None:
        return None if _PSEUDONYM.fullmatch(name) else self.of(name)

    def _put(self, name: str) -> str:
        if _PSEUDONYM.fullmatch(name):
            return name
        return self._known.get(simple(name)) or self.of(name) or name

    def _email(self, match: re.Match[str]) -> str:
        person, host, country = match.groups()
        ours = _PSEUDONYM.fullmatch(person) and host + country == "example.invalid"
        if ours or person.lower() in _NO_ACCOUNTS or not re.search("[A-Za-z]", host):  # or a version: pkg@1.0.dev
            return match[0]
        return f"{self.of(match[0])}@example.invalid"

    def _in_addresses(self, text: str, lower: str) -> str:
        if ".com/" in lower or ".co/" in lower:
            text = _PROFILE.sub(self._profile, text)
        if "/u/" in text or "/user" in text:
            text = _NUMBERED.sub(self._numbered, text)
            text = _MEMBER.sub(self._member, text)
        if "home/" in text or "Users" in text:
            text = _HOME.sub(lambda m: m[1] + (m[2] if is_ordinary(m[2]) else self._put(m[2])), text)
        return text

    def _profile(self, match: re.Match[str]) -> str:
        before, name, more = match[1], match[2], match[3] or ""
        plain = name.removeprefix("@")
        if _PSEUDONYM.fullmatch(plain) or is_ordinary(plain) or _PAGES.fullmatch(plain.lower()):
            return match[0]
        if more and not before.lower().endswith(("/in/", "gist.github.com/")):
            return before + (self._known.get(simple(plain)) or name) + more
        if "hugg" in before.lower() and _MODEL.match(plain.lower()) and self._known.get(simple(plain)) is None:
            return match[0]
        return before + self._put(plain) + more

    def _numbered(self, match: re.Match[str]) -> str:
        by_name = simple((match[3] or "").replace("-", " "))
        return match[1] + (self._known.get(by_name) or self._of(match[2]))

    def _member(self, match: re.Match[str]) -> str:
        kind, name = match[1], match[2]
        if _PSEUDONYM.fullmatch(name):
            return kind + name
        if _PAGES.fullmatch(name.lower()) or (is_ordinary(name) and kind != "/u/"):
            return match[0]
        return kind + self._put(name)
