"""People's names replaced by keyed pseudonyms, in author columns and in text.

A pseudonym is ``user-`` and 10 hexadecimal digits of HMAC-SHA-256 (RFC 2104) of the lower-case account name under the
study's key: the same account has the same pseudonym on every site of a study and another in another study. In text,
``@mentions`` and e-mail addresses are replaced. Names that stand in text without ``@`` are not found.
"""

import hashlib
import hmac
import re

_MENTION = re.compile(
    r"(?<![\w@/.`])@([A-Za-z0-9](?:[A-Za-z0-9._-]{0,38}[A-Za-z0-9])?)"
    r"(?![\w/(]|\.\w|\s*\n\s*(?:@|def |class |async ))"  # a decorator is no mention
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24}")


class Pseudonyms:
    """The pseudonyms of one study.

    Args:
        key: The study's secret key.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, name: str | None) -> str | None:
        """The pseudonym of an account name; None stays None (deleted or unknown account)."""
        if not name:
            return None
        digest = hmac.new(self._key, name.lower().encode("utf-8", "replace"), hashlib.sha256).hexdigest()
        return f"user-{digest[:10]}"

    def in_text(self, text: str) -> str:
        """Text with mentions and e-mail addresses replaced; decorators and scoped packages in code stay."""
        without_mail = _EMAIL.sub(lambda m: f"{self.of(m.group())}@example.invalid", text)
        return _MENTION.sub(lambda m: f"@{self.of(m.group(1))}", without_mail)
