"""The rule :class:`~platforms.evidence.Gate`: what happens if the user sets nothing, and would not if they opened it.

A function is followed twice, with the default and with the opened value of its switch. Errors, warnings and questions
that may come in the first case only are what the gate does; so an error that has nothing to do with the switch is none
of its effects, whatever stands around it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from codebook.rows.claims import Level
from platforms.evidence import Bypass, Gate
from platforms.extract.call_kinds import calls
from platforms.extract.effects import Effect, Followed
from platforms.extract.expressions import Form, dotted, written
from platforms.extract.follow import Follower
from platforms.extract.found import Found, unknown, why_not_found
from platforms.extract.reading import Reading
from platforms.extract.symbols import Function
from platforms.extract.values import NOT_GIVEN, UNKNOWN, Value, constant

_LEVELS: tuple[tuple[str, Level, str], ...] = (
    ("prompt", "prompt", "asks the user"),
    ("raise", "opt-in", "raises"),
    ("warn", "warn", "warns"),
)
"""Kinds of effects, strongest question first, with their levels and words."""

_LONGEST_DEFAULT = 200
"""Characters of a default that is quoted."""

_MOST_PLACES = 3
"""Places of one kind of effect that are told."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where the default of a switch stands."""

    value: Form | None
    text: str | None
    line: int


def gate(rule: Gate, reading: Reading) -> Iterator[Found]:
    """What a gate is in one release."""
    entry = next(reading.symbols.matching(rule.symbols), None)
    if entry is None:
        why = why_not_found(reading, rule.symbols[0])
        yield unknown(rule.name, rule.mechanism, rule.surface, rule.parameter, rule.symbols[0], why)
        return
    site = default_site(entry, rule.parameter)
    found = _without(rule, entry, reading) if site is None else _with(rule, entry, site, reading)
    yield found
    yield from _allow_lists(rule, found, reading)


def default_site(function: Function, parameter: str) -> Site | None:
    """The default of a switch: in the signature, or where it is taken from the keywords; None if it is nowhere."""
    for name, value, text, line in function.made["parameters"]:
        if name == parameter:
            return Site(value, text, line)
    for call in calls(function.made["body"]):
        _, line, called, arguments, _, _ = call
        asks = dotted(called).split(".")[-1] in ("pop", "get", "setdefault")
        if asks and arguments and constant(arguments[0]) == parameter:
            default = arguments[1] if len(arguments) > 1 else ["c", None]
            return Site(default, _written(default), int(line))
    return None


def _written(value: Form) -> str | None:
    text = written(value)
    return text if text is not None and len(text) < _LONGEST_DEFAULT else None


def _with(rule: Gate, entry: Function, site: Site, reading: Reading) -> Found:
    default: Value = UNKNOWN if site.value is None else constant(site.value)
    follower = Follower(reading.symbols, rule.parameter, rule.runs, rule.given)
    closed, opened = follower.follow(entry, default), follower.follow(entry, rule.opened)
    level, text = _effect(rule, site, closed, opened)
    if isinstance(rule.opened, bool) and default is rule.opened:
        level, text = _open_by_default(
            entry, opened.effects - follower.follow(entry, not rule.opened).effects, level, text
        )
    return Found(
        rule=rule.name,
        mechanism=rule.mechanism,
        surface=rule.surface,
        parameter=rule.parameter,
        symbol=rule.symbols[0],
        level=level,
        on_default=text,
        default=site.text if site.value is not None else None,
        path=entry.path,
        line=site.line,
        scope=_renamed(rule, entry),
        bypasses=tuple(_bypasses(rule.bypasses, reading)),
        pinning=_pinning(rule, closed.entered | opened.entered),
    )


def _renamed(rule: Gate, entry: Function) -> str | None:
    same = rule.symbols[0] in (entry.name, f"{entry.module}.{entry.name}")
    return None if same else f"as {entry.name} in this release"


def _effect(rule: Gate, site: Site, closed: Followed, opened: Followed) -> tuple[Level, str]:  # noqa: PLR0911 - in the order of what counts
    deciding = closed.effects - opened.effects
    default: Value = UNKNOWN if site.value is None else constant(site.value)
    if refused := _refusals(rule, opened):
        return "block", f"raises whatever is set ({_place(refused[0])})"
    for kind, level, _ in _LEVELS:
        if any(effect.kind == kind for effect in deciding):
            return level, "; ".join(_told(deciding))
    if default is not UNKNOWN and type(default) is type(rule.opened) and default == rule.opened:
        return "none", "the gate is open by default"
    if site.text in rule.handed_on:
        return rule.handed_on[site.text or ""]
    if rule.otherwise is not None:
        return rule.otherwise, "nothing that the user sees depends on it"
    if unsure := sorted(closed.unsure | opened.unsure):
        return "unknown", f"whether it decides over {_place(unsure[0])} is not known"
    if lost := sorted(closed.lost):
        return "unknown", f"the switch goes where it cannot be followed: {', '.join(lost[:_MOST_PLACES])}"
    if ran := sorted(e for e in closed.effects if e.kind == "run"):
        return "none", f"nothing depends on it before {_place(ran[0])} runs"
    return "unknown", "no effect of the switch was found"


def _open_by_default(entry: Function, brought: set[Effect], level: Level, text: str) -> tuple[Level, str]:
    """What users are told of a gate that is open unless they shut it, by the function that they call."""
    inside = range(int(entry.made["line"]), int(entry.made["end"]) + 1)
    told = {each for each in brought if each.path == entry.path and each.line in inside}
    for kind, stronger, _ in _LEVELS:
        if level == "none" and kind != "raise" and any(each.kind == kind for each in told):
            return stronger, f"{text}; {'; '.join(_told(told))}"
    return level, text


def _refusals(rule: Gate, followed: Followed) -> list[Effect]:
    pattern = rule.refuses
    return sorted(e for e in followed.effects if pattern and e.kind == "raise" and re.search(pattern, e.text))


def _told(effects: Iterable[Effect]) -> Iterator[str]:
    ordered = sorted(effects)
    for kind, _, word in _LEVELS:
        places = [f"{e.path}:{e.line}" for e in ordered if e.kind == kind]
        if places:
            more = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
            yield f"{word} ({', '.join(places[:_MOST_PLACES])}{more})"


def _place(effect: Effect) -> str:
    return f"{effect.text} ({effect.path}:{effect.line})"


def _without(rule: Gate, entry: Function, reading: Reading) -> Found:  # noqa: PLR0911 - in the order of what counts
    """The function has no such switch: does it run what a gate would stop?"""
    base = unknown(rule.name, rule.mechanism, rule.surface, rule.parameter, rule.symbols[0], "")
    base = replace(base, path=entry.path, line=int(entry.made["line"]), scope=_renamed(rule, entry))
    follower = Follower(reading.symbols, rule.parameter, rule.runs, rule.given)
    followed, opened = follower.follow(entry, NOT_GIVEN), follower.follow(entry, rule.opened)
    if refused := _refusals(rule, followed):
        return replace(base, level="block", on_default=f"raises whatever is set ({_place(refused[0])})")
    deciding = followed.effects - opened.effects
    for kind, level, _ in _LEVELS:
        if any(effect.kind == kind for effect in deciding):
            text = f"it is not in the signature, and handed on among the keywords: {'; '.join(_told(deciding))}"
            return replace(base, level=level, on_default=text)
    if unsure := sorted(followed.unsure | opened.unsure):
        return replace(base, on_default=f"whether it decides over {_place(unsure[0])} is not known")
    ran = sorted(e for e in followed.effects if e.kind == "run")
    asked = sorted(e for e in followed.effects if e.kind == "prompt" and rule.asks)
    if ran and asked:
        return replace(base, level="prompt", on_default=f"asks whatever is set ({_place(asked[0])})")
    if ran:
        return replace(base, level="none", on_default=f"there is no such switch; {_place(ran[0])} runs")
    if reading.problems:
        return replace(base, on_default=why_not_found(reading, rule.parameter))
    if rule.otherwise is not None:
        return replace(
            base,
            level=rule.otherwise,
            on_default="it is not in the signature, and nothing that the user sees depends on it",
        )
    if rule.absent and not reading.said & set(rule.absent):
        names = ", ".join(rule.absent)
        return replace(
            base,
            level="none",
            on_default=f"there is no such switch, and none of the kept files says any of: {names}",
            scope="nothing is known to be executed that such a switch would stop",
        )
    return replace(base, on_default="there is no such switch, and what would be executed was not found")


def _allow_lists(rule: Gate, found: Found, reading: Reading) -> Iterator[Found]:
    for name in rule.allow_lists:
        constants = [c for c in [reading.symbols.constant(name, found.path or "")] if c]
        for one in constants:
            names = tuple(str(constant(item)) for item in one.value[1]) if one.value[0] == "seq" else ()
            yield replace(
                found,
                rule=f"{rule.name}/allow-list",
                mechanism="allow-list",
                symbol=name,
                default=one.text,
                on_default=f"who is not on the list: {found.on_default}",
                path=one.path,
                line=one.line,
                scope="everybody who is not on the list",
                bypasses=(),
                allow_list=names,
            )


def _bypasses(bypasses: tuple[Bypass, ...], reading: Reading) -> Iterator[str]:
    for bypass in bypasses:
        function = reading.symbols.named(bypass.symbol)
        if function is None:
            continue
        lines = reading.lines(function.path)
        for number in range(int(function.made["line"]), int(function.made["end"]) + 1):
            if number <= len(lines) and re.search(bypass.pattern, lines[number - 1]):
                yield f"{bypass.what} ({function.path}:{number})"
                break


def _pinning(rule: Gate, entered: set[Function]) -> str | None:
    """Whether a revision reaches the functions that fetch."""
    if not rule.downloads:
        return None
    passed, dropped = 0, list[str]()
    for function in sorted(entered, key=lambda f: (f.path, f.name)):
        for call in calls(function.made["body"]):
            if dotted(call[2]).split(".")[-1] in rule.downloads:
                on = _hands_on(call)
                passed += on
                dropped += [] if on else [f"{function.path}:{call[1]}"]
    if not passed and not dropped:
        return None
    lost = f"; not in {', '.join(dropped[:_MOST_PLACES])}" if dropped else ""
    return f"revision handed on in {passed} of {passed + len(dropped)} calls that fetch{lost}"


def _hands_on(call: list[Any]) -> bool:
    named, star = call[4], call[5]
    return star or any(name in ("revision", "code_revision", "ref") for name in named)
