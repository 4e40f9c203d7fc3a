"""Tokens, keys and passwords that people paste, replaced by marks: ``[token]``, ``[key]``, ``[password]``.

Found are credentials whose form their issuers publish (each pattern names it), and what stands where only a secret can
stand: behind ``Authorization:``, before the ``@`` of a URL, behind ``access_token=``. Hexadecimal digits, hashes and
base64 as such are not masked: in bug reports they are commits, checksums and data. That, and that it names lines and
hashes instead of positions, is why detect-secrets is not used: half of its detectors measure entropy.

Every pattern starts at a literal that is looked for first, and repeats one class of characters at a time; so a text
without secrets costs microseconds, and one that is made to be slow cannot be.
"""

import re

TOKEN, KEY, PASSWORD = "[token]", "[key]", "[password]"

_ALONE = r"(?<![A-Za-z0-9_])"

_ISSUED: tuple[tuple[tuple[str, ...], str], ...] = (
    # docs.github.com, "About authentication to GitHub", token formats
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), rf"{_ALONE}gh[pousr]_[A-Za-z0-9]{{16,255}}"),
    (("github_pat_",), rf"{_ALONE}github_pat_[A-Za-z0-9_]{{16,255}}"),
    (("glpat-",), rf"{_ALONE}glpat-[A-Za-z0-9_-]{{16,255}}"),
    (("hf_",), rf"{_ALONE}hf_[A-Za-z0-9]{{20,255}}"),  # huggingface.co/docs/hub/security-tokens
    (("api_org_",), rf"{_ALONE}api_org_[A-Za-z0-9]{{20,255}}"),
    (("sk-",), r"(?<![A-Za-z0-9_-])sk-(?=[A-Za-z_-]{0,40}[0-9])[A-Za-z0-9_-]{20,512}"),  # OpenAI, Anthropic
    (("sk_live_", "sk_test_", "rk_live_"), rf"{_ALONE}[sr]k_(?:live|test)_[A-Za-z0-9]{{16,255}}"),  # Stripe
    (("AKIA", "ASIA"), r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])"),  # AWS, "IAM identifiers"
    (("xox",), rf"{_ALONE}xox[a-z]-[A-Za-z0-9-]{{10,512}}"),  # api.slack.com/authentication/token-types
    (("hooks.slack.com/",), r"(?<=hooks\.slack\.com/)(?:services|workflows)/[A-Za-z0-9/]{16,255}"),
    (("AIza",), rf"{_ALONE}AIza[A-Za-z0-9_-]{{30,100}}"),  # cloud.google.com/docs/authentication/api-keys
    (("ya29.",), rf"{_ALONE}ya29\.[A-Za-z0-9_-]{{20,2048}}"),
    (("eyJ",), r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"),  # JWT, RFC 7519
    (("npm_",), rf"{_ALONE}npm_[A-Za-z0-9]{{30,255}}"),
    (("pypi-",), r"(?<![A-Za-z0-9_-])pypi-[A-Za-z0-9_-]{50,512}"),
    (("r8_",), rf"{_ALONE}r8_[A-Za-z0-9]{{30,255}}"),  # Replicate
)

_PLACED: tuple[tuple[tuple[str, ...], str, str], ...] = (
    # needles in lower case; what stands before the secret is kept as group 1
    (
        ("authorization",),
        (
            r"(authorization[\"']?\s{0,4}[:=]\s{0,4}[\"']?)"
            r"(?:(?:bearer|basic|token|digest)\s{1,4}|(?=[A-Za-z+/=._~-]{0,60}[0-9]))[A-Za-z0-9+/=._~-]{12,}"
        ),
        TOKEN,
    ),
    (("bearer ",), r"(\bbearer {1,4})(?=[a-z._~/=+-]{0,60}[0-9])[A-Za-z0-9+/=._~-]{16,}", TOKEN),
    (
        ("token=", "key=", "secret=", "signature=", "sig="),
        (
            r"([?&;](?:access_?token|refresh_token|private_token|auth_token|token|api_?key|key|client_secret|secret|sig"
            r"|signature|x-amz-signature|x-amz-security-token)=)[A-Za-z0-9%._~+/*(-]{8,}"
        ),
        TOKEN,
    ),
    (
        ("token=", "token:", "token'", 'token"', "token ", "api_key", "apikey", "api-key", "secret"),
        (
            r"((?:token|api[_-]?key|secret|secret_?access_?key)[\"']?\s{0,4}[:=]\s{0,4}[\"']?)"
            r"(?=[A-Za-z_+/.-]{0,60}[0-9])[A-Za-z0-9_+/=.-]{24,}"
        ),
        TOKEN,
    ),
    (
        ("password", "passwd"),
        r"(passw(?:or)?d[\"']?\s{0,4}[:=]\s{0,4}[\"'])[^\"'\s\[\]{}<>$*]{4,200}(?=[\"'])",
        PASSWORD,
    ),
    (("://",), r"(://)[^\s/@:?#\[\]\"'<>]{0,200}:[^\s/@?#\[\]\"'<>]{1,200}(?=@)", PASSWORD),
    (("://",), r"(://)[A-Za-z0-9_-]{20,255}(?=@)", TOKEN),
)

_FORMS = [(needle, re.compile(pattern)) for needles, pattern in _ISSUED for needle in needles]
_PLACES = [
    (needle, re.compile(pattern, re.IGNORECASE), mark) for needles, pattern, mark in _PLACED for needle in needles
]
_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_LINES_OF_KEY = re.compile(r"(?:[\s>\\rn]{0,20}[A-Za-z0-9+/=]{16,})*")
_LONGEST_KEY = 20_000


def masked(text: str) -> str:
    """Text with every credential that can be told by its form or place replaced by a mark; the rest is unchanged."""
    if "PRIVATE KEY" in text:
        text = _without_keys(text)
    for needle, pattern in _FORMS:
        if needle in text:
            text = pattern.sub(TOKEN, text)
    lower = text.lower()
    for needle, place, mark in _PLACES:
        if needle in lower:
            text = place.sub(rf"\1{mark}", text)
    return text


def _without_keys(text: str) -> str:
    """Private keys in PEM (RFC 7468) replaced, to their end or, where they were cut, as far as they look like one."""
    out, at = [], 0
    while begin := _BEGIN.search(text, at):
        another = _BEGIN.search(text, begin.end(), begin.end() + _LONGEST_KEY)
        limit = another.start() if another else begin.end() + _LONGEST_KEY
        end = _END.search(text, begin.end(), limit) or _LINES_OF_KEY.match(text, begin.end(), limit)
        out += [text[at : begin.start()], KEY]
        at = end.end() if end else begin.end()
    return "".join([*out, text[at:]])
