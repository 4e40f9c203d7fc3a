"""What a plug-in for one client package says: which files are wanted, and which rules are read off them.

A rule is data: it names a mechanism, a switch and where the switch stands. How the syntax trees are read stands once,
in :mod:`platforms.extract`. Two kinds of rule tell a level by two means:

- :class:`Gate`: the function is followed twice over its syntax tree, once as if the user had set nothing and once as
  if the user had opened the gate. What only happens in the first case is what the gate does.
- :class:`Default`: the level is read off the default alone, by a table in the rule.

What no rule matches is ``unknown``, never ``none``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from codebook.rows.claims import Level

Surface = Literal["load", "upload", "download", "serve", "cache"]
Constant = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which members of a package's archives are kept.

    ``paths`` are globs over names of members as in an installed package, in which ``*`` also crosses ``/``; a leading
    ``!`` leaves out. A member is kept if a glob fits and it has one of the ``marks`` (none: always).
    """

    paths: tuple[str, ...]
    marks: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Bypass:
    """A case that a gate lets through: what it is, and a regular expression for the line of the function ``symbol``."""

    what: str
    symbol: str
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A switch whose effect is followed through the code.

    Args:
        name: Of the rule, unique in its package.
        mechanism: One of :data:`codebook.mechanisms.MECHANISMS`.
        surface: Where it acts.
        parameter: The switch.
        symbols: Names of the function that users call, newest first; the first is the name that claims carry. Where a
            package has several of one name, the name of its module stands before it (``hub.load``).
        opened: What a user sets to open the gate.
        runs: Functions that execute what the gate protects from. Where the function has no such switch and reaches
            one of them, the level is ``none``.
        absent: Names; if the function has no such switch and no kept file of the release says one of these, then the
            release does not execute what the gate protects from, and the level is ``none`` for want of any check.
        given: Other switches that are set while following; a name with ``()`` is a function whose value is given, where
            that depends on more than switches (whether an owner is trusted, say), which ``bypasses`` then tell.
        otherwise: Level where all was followed and nothing depends on the switch; None: unknown.
        asks: Whether a question that comes although there is no such switch guards what ``runs``: level ``prompt``.
        refuses: Regular expression for an error that may come whatever the switch says: level ``block``.
        handed_on: Where this package does nothing with the switch but hand it to another: level and meaning by the
            default as it is written.
        allow_lists: Constants of modules that name who is trusted.
        bypasses: Cases that the gate lets through.
        downloads: Functions that fetch; whether ``revision`` reaches them is told in ``pinning``.
    """

    name: str
    mechanism: str
    surface: Surface
    parameter: str
    symbols: tuple[str, ...]
    opened: Constant = True
    runs: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    given: Mapping[str, Constant] = field(default_factory=dict)
    otherwise: Level | None = None
    asks: bool = False
    refuses: str | None = None
    handed_on: Mapping[str, tuple[Level, str]] = field(default_factory=dict)
    allow_lists: tuple[str, ...] = ()
    bypasses: tuple[Bypass, ...] = ()
    downloads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """A switch whose level is read off its default: ``levels`` by the default as it is written.

    ``without`` is the level where the function is there and has no such switch; None: there is no claim then.
    ``symbols``: as in :class:`Gate`; a class stands for its fields.
    """

    name: str
    mechanism: str
    surface: Surface
    parameter: str
    symbols: tuple[str, ...]
    levels: Mapping[str, tuple[Level, str]]
    without: tuple[Level, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Call sites in the package itself that set a switch to a constant, whatever the user says: ``levels`` by it."""

    name: str
    mechanism: str
    surface: Surface
    parameter: str
    levels: Mapping[str, tuple[Level, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A constant of a module (timeout, default of an environment variable) with the ``levels`` of its values.

    ``otherwise`` is the level and meaning of any other value; None: unknown.
    """

    name: str
    mechanism: str
    surface: Surface
    constant: str
    levels: Mapping[str, tuple[Level, str]] = field(default_factory=dict)
    otherwise: tuple[Level, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """A function that executes what it is given, with no switch at all: a call of one of ``runs`` in ``symbols``."""

    name: str
    mechanism: str
    surface: Surface
    symbols: tuple[str, ...]
    runs: tuple[str, ...]
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What a function with no switch of its own hands to the functions that it calls.

    Args:
        name: Of the rule, unique in its package.
        mechanism: One of :data:`codebook.mechanisms.MECHANISMS`.
        surface: Where it acts.
        parameter: Of the function that is called.
        symbols: As in :class:`Gate`.
        calls: Names of what is called, with as many dots as tell it from others (``torch.load``).
        levels: Level and meaning of the constant that is given, as it is written.
        without: Level and meaning where none is given.
    """

    name: str
    mechanism: str
    surface: Surface
    parameter: str
    symbols: tuple[str, ...]
    calls: tuple[str, ...]
    levels: Mapping[str, tuple[Level, str]]
    without: tuple[Level, str]


Rule = Gate | Default | Override | Setting | Executed | Passed


class Evidence(Protocol):
    """One client package of a platform."""

    @property
    def package(self) -> str:
        """Its canonical name."""

    @property
    def platform(self) -> str:
        """The platform that it is a client of."""

    @property
    def wanted(self) -> Wanted:
        """Which of its files are kept."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What is read off them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The plain form of :class:`Evidence`."""

    package: str
    platform: str
    wanted: Wanted
    rules: tuple[Rule, ...]
