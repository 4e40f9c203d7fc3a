"""The rules that need no following: defaults, overrides at call sites, settings, what is executed."""

import re
from collections.abc import Iterator
from dataclasses import replace

from platforms.evidence import Default, Executed, Override, Setting
from platforms.extract.call_kinds import calls
from platforms.extract.expressions import dotted
from platforms.extract.found import Found, unknown, why_not_found
from platforms.extract.gates import default_site
from platforms.extract.reading import Reading
from platforms.extract.symbols import Function
from platforms.extract.values import UNKNOWN, constant


def default(rule: Default, reading: Reading) -> Iterator[Found]:
    """The level of a default, by the table of the rule; a default that is not in it is unknown."""
    base = unknown(rule.name, rule.mechanism, rule.surface, rule.parameter, rule.symbols[0], "")
    for path, owner, name, _, text, line in reading.symbols.fields:
        if owner in rule.symbols and name == rule.parameter:
            yield _levelled(rule, base, text, path, line)
            return
    function = next(reading.symbols.matching(rule.symbols), None)
    if function is None:
        yield _said(base, why_not_found(reading, rule.symbols[0]))
        return
    site = default_site(function, rule.parameter)
    if site is not None:
        yield _levelled(rule, base, site.text, function.path, site.line)
    elif rule.without is not None:
        level, meaning = rule.without
        yield _at(base, level, f"there is no such switch: {meaning}", function.path, int(function.made["line"]))


def _levelled(rule: Default, base: Found, text: str | None, path: str, line: int) -> Found:
    level, meaning = rule.levels.get(text or "", ("unknown", f"no rule says what the default {text} means"))
    found = _at(base, level, meaning, path, line)
    return _replaced(found, default=text)


def override(rule: Override, reading: Reading) -> Iterator[Found]:
    """Call sites that set the switch to a constant, one for each function that calls and what it calls."""
    seen: dict[tuple[str, str], list[tuple[Function, int, str]]] = {}
    for function in reading.symbols.functions:
        for call in calls(function.made["body"]):
            value = constant(call[4].get(rule.parameter))
            if value is not UNKNOWN and repr(value) in rule.levels:
                symbol = f"{function.name} > {dotted(call[2]).lstrip('.') or 'a call'}"
                seen.setdefault((symbol, repr(value)), []).append((function, int(call[1]), repr(value)))
    for (symbol, text), places in sorted(seen.items()):
        function, line, _ = places[0]
        level, meaning = rule.levels[text]
        more = tuple(f"{f.path}:{n}" for f, n, _ in places[1:])
        base = unknown(rule.name, rule.mechanism, rule.surface, rule.parameter, f"{symbol} = {text}", "")
        found = _at(base, level, meaning, function.path, _line_of(reading, function, line, rule.parameter))
        yield _replaced(found, default=text, scope="this call", bypasses=tuple(f"again in {place}" for place in more))


def _line_of(reading: Reading, function: Function, line: int, parameter: str) -> int:
    """The line of a call on which the switch is set; calls may go over many lines."""
    lines = reading.lines(function.path)
    last = min(int(function.made["end"]), len(lines), line + 60)
    found = (n for n in range(line, last + 1) if re.search(rf"\b{re.escape(parameter)}\s*=", lines[n - 1]))
    return next(found, line)


def setting(rule: Setting, reading: Reading) -> Iterator[Found]:
    """The level of a constant of a module, by the table of the rule."""
    found = reading.symbols.constant(rule.constant, "")
    if found is not None:
        fallback = rule.otherwise or ("unknown", f"no rule says what {found.text} means")
        level, meaning = rule.levels.get(found.text or "", fallback)
        base = unknown(rule.name, rule.mechanism, rule.surface, rule.constant, rule.constant, "")
        yield _replaced(_at(base, level, meaning, found.path, found.line), default=found.text)


def executed(rule: Executed, reading: Reading) -> Iterator[Found]:
    """A function that executes what it is given, and has no switch for it."""
    base = unknown(rule.name, rule.mechanism, rule.surface, None, rule.symbols[0], "")
    function = next(reading.symbols.matching(rule.symbols), None)
    if function is None:
        yield _said(base, why_not_found(reading, rule.symbols[0]))
        return
    for call in calls(function.made["body"]):
        name = dotted(call[2])
        if name.split(".")[-1] in rule.runs:
            yield _at(base, "none", f"{name} runs {rule.what}", function.path, int(call[1]))
            return
    names = ", ".join(rule.runs)
    where = _at(base, "unknown", f"none of {names} is called in it", function.path, int(function.made["line"]))
    yield where


def _at(base: Found, level: object, meaning: str, path: str, line: int) -> Found:
    return _replaced(base, level=level, on_default=meaning, path=path, line=line)


def _said(base: Found, why: str) -> Found:
    return _replaced(base, on_default=why)


def _replaced(found: Found, **changes: object) -> Found:
    return replace(found, **changes)  # type: ignore[arg-type]  # the names are columns of Found
