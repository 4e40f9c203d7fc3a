"""The rule :class:`~platforms.evidence.Passed`: what a function hands to the functions that it calls."""

from collections.abc import Iterator
from dataclasses import replace

from codebook.mechanisms import LEVELS
from platforms.evidence import Passed
from platforms.extract.call_kinds import calls
from platforms.extract.expressions import Form, dotted, written
from platforms.extract.found import Found, unknown, why_not_found
from platforms.extract.reading import Reading
from platforms.extract.symbols import Function
from platforms.extract.values import UNKNOWN, constant


def passed(rule: Passed, reading: Reading) -> Iterator[Found]:
    """What one function hands on: the claim is of its weakest call, other calls with the same switch are bypasses."""
    base = unknown(rule.name, rule.mechanism, rule.surface, rule.parameter, rule.symbols[0], "")
    function = next(reading.symbols.matching(rule.symbols), None)
    if function is None:
        yield replace(base, on_default=why_not_found(reading, rule.symbols[0]))
        return
    found = [_of_call(rule, base, function, call, reading) for call in _calls(rule, function)]
    if not found:
        why = f"none of {', '.join(rule.calls)} is called in it"
        yield replace(base, on_default=why, path=function.path, line=int(function.made["line"]))
        return
    weakest = min(found, key=lambda each: LEVELS.index(each.level) if each.level in LEVELS else len(LEVELS))
    again = tuple(f"again in {each.path}:{each.line}" for each in found if each is not weakest)
    yield replace(weakest, bypasses=again)


def _calls(rule: Passed, function: Function) -> Iterator[Form]:
    for call in calls(function.made["body"]):
        name = dotted(call[2])
        if any(name == one or name.endswith(f".{one}") for one in rule.calls):
            yield call


def _of_call(rule: Passed, base: Found, function: Function, call: Form, reading: Reading) -> Found:
    name, star = dotted(call[2]).lstrip("."), call[5]
    at = replace(base, path=function.path, line=int(call[1]))
    value = _argument(rule.parameter, function, call, reading)
    if value is None and star:
        return replace(at, on_default=f"{name} is called with keywords that are not known")
    if value is None:
        level, meaning = rule.without
        return replace(at, level=level, on_default=f"{name} is called without {rule.parameter}: {meaning}")
    text = written(value)
    if text is None or constant(value) is UNKNOWN or text not in rule.levels:
        return replace(at, default=text, on_default=f"what {name} is given as {rule.parameter} is not known")
    level, meaning = rule.levels[text]
    return replace(
        at, level=level, default=text, on_default=f"{name} is called with {rule.parameter}={text}: {meaning}"
    )


def _argument(parameter: str, caller: Function, call: Form, reading: Reading) -> Form | None:
    """What the call gives for the switch, by name, or by place where the called function is among the kept files."""
    _, _, function, arguments, named, _ = call
    if parameter in named:
        given: Form = named[parameter]
        return given
    for called in reading.symbols.called(dotted(function), caller):
        places = [p[0] for p in called.made["parameters"][1 if called.is_method else 0 :]]
        if parameter in places[: len(arguments)]:
            found: Form = arguments[places.index(parameter)]
            return found
    return None
