"""An account of their own for every coder, made by the toolkit; passwords lie in the study's private folder.

Label Studio has no permissions in its community edition: an account tells who did something, it keeps nobody out.
Therefore what another account did in a coder's project is not taken for the coder's (see ``answers.annotations``).
"""

import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import requests

from codebook.errors import StoppedEarly, StudyError
from codebook.study import Study
from coding.label_studio import private_file
from coding.label_studio.studio import Address, Studio
from coding.projects.label import marker

_TIMEOUT = 60.0
_MADE, _SERVER_ERROR = 302, 500


@dataclass(frozen=True, slots=True)
class Account:
    """What a coder logs in with."""

    email: str
    password: str


def file(study: Study) -> Path:
    """Where the passwords are."""
    return study.private / "coders.json"


def email(study: Study, coder: str) -> str:
    """The coder's account name; no mail is ever sent to it."""
    return f"{coder.lower()}@{marker(study)}.qualdev.invalid"


def known(study: Study, address: Address) -> dict[str, Account]:
    """The accounts that this study made on a server, by coder.

    Raises:
        StudyError: Two coders have the same one, as after the file was edited.
    """
    of_server = private_file.load(file(study)).get(_server(address), {})
    found = {coder: Account(**values) for coder, values in of_server.items()}
    whose: dict[str, str] = {}
    for coder, account in found.items():
        other = whose.setdefault(account.email.lower(), coder)
        if other != coder:
            raise StudyError(
                f"{other} and {coder} have the same account, {account.email}",
                where=str(file(study)),
                hint="What they code could not be told apart. Restore that file from a copy.",
            )
    return found


def ensure(study: Study, studio: Studio, coders: list[str]) -> list[str]:
    """Make the accounts that are missing on the server.

    Returns:
        The coders whose account was made now.

    Raises:
        StudyError: The server makes no account, or it has one whose password this study does not know.
    """
    folded = [coder.lower() for coder in coders]
    if len(set(folded)) < len(folded):
        raise StudyError(
            "two coders differ only in upper and lower case", where="study.toml", hint="Rename one in [coders]."
        )
    on_server = studio.users()
    missing = [coder for coder in coders if email(study, coder) not in on_server]
    have = known(study, studio.address)
    for coder in missing:
        account = have.get(coder) or Account(email(study, coder), secrets.token_urlsafe(12))
        _remember(study, studio.address, coder, account)  # first the password, then the account that needs it
        _sign_up(studio, account)
    locked = [coder for coder in coders if coder not in missing and coder not in have]
    if locked:
        raise StudyError(
            f"the server has an account {email(study, locked[0])}, whose password is not in the study",
            where=str(file(study)),
            hint="Restore that file from a copy, or delete the account in Label Studio and run this again.",
        )
    return missing


def _server(address: Address) -> str:
    return "own" if address.own else address.url


def _remember(study: Study, address: Address, coder: str, account: Account) -> None:
    values = private_file.load(file(study))
    values.setdefault(_server(address), {})[coder] = asdict(account)
    private_file.save(file(study), values)


def _sign_up(studio: Studio, account: Account) -> None:
    """Fill in the page that an invitation leads to, as a person would."""
    page = studio.invitation()
    try:
        with requests.Session() as browser:
            browser.get(page, timeout=_TIMEOUT)
            form = {
                "email": account.email,
                "password": account.password,
                "csrfmiddlewaretoken": browser.cookies.get("csrftoken", ""),
            }
            answer = browser.post(page, data=form, headers={"Referer": page}, allow_redirects=False, timeout=_TIMEOUT)
    except requests.RequestException as error:
        raise StoppedEarly(
            f"Label Studio did not answer to the end ({type(error).__name__})",
            where=studio.address.url,
            hint="Run the same command again.",
        ) from error
    if answer.status_code >= _SERVER_ERROR:
        raise StoppedEarly(
            f"Label Studio failed while it made an account for {account.email}: HTTP {answer.status_code}",
            where=studio.address.url,
            hint="Look at its log, and run the same command again.",
        )
    if answer.status_code != _MADE:
        raise StudyError(
            f"Label Studio made no account for {account.email} (HTTP {answer.status_code})",
            where=studio.address.url,
            hint="Its sign-up page may be closed, or ask for more than e-mail and password.",
        )
