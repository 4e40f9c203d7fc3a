"""What a function may do for given values of its switches, worked out over its skeleton.

Every test has one of three values: true, false, or not known, when both ways are taken. What is not known is left
open, so that what is found is what *may* happen: prompts, warnings, errors, and calls that run foreign code. Calls are
followed by symbol into the other files of the same release.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from platforms.extract.call_kinds import Kind, harmless, key_asked, kind_of
from platforms.extract.effects import Effect, Followed, TooMuch
from platforms.extract.expressions import Form, dotted
from platforms.extract.skeleton import Block, said
from platforms.extract.symbols import Function, Symbols
from platforms.extract.values import (
    NOT_GIVEN,
    UNKNOWN,
    Names,
    Value,
    compared,
    constant,
    joined,
    same,
    text_method,
    truth,
)

DEEPEST = 7
"""Calls inside calls that are followed."""

MOST_STEPS = 60_000
"""Statements of one question; a hostile source could otherwise ask for ever."""


@dataclass
class _Frame:
    """One call: its function, names with values, and what it returned."""

    function: Function
    names: Names
    gate: Value
    depth: int
    returned: list[Value] = field(default_factory=list)


class Follower:
    """Follows one switch through one release.

    Args:
        symbols: Of the release.
        parameter: The switch.
        runs: Functions that run foreign code.
        given: Values of other switches.
    """

    def __init__(
        self, symbols: Symbols, parameter: str, runs: Iterable[str] = (), given: Mapping[str, Value] | None = None
    ) -> None:
        self._symbols = symbols
        self._parameter = parameter
        self._runs = frozenset(runs)
        self._given = dict(given or {})
        self._found = Followed()
        self._results: dict[tuple[object, ...], Value] = {}
        self._steps = 0
        self._undecided = 0

    def follow(self, entry: Function, value: Value) -> Followed:
        """What may happen if users set the switch to ``value`` (``NOT_GIVEN``: or not), and only what is given else."""
        self._found, self._results, self._steps, self._undecided = Followed(), {}, 0, 0
        names = {p[0]: UNKNOWN if p[1] is None else self._constant(p[1], entry) for p in entry.made["parameters"]}
        names |= {name: v for name, v in {**self._given, self._parameter: value}.items() if name in names}
        try:
            self._body(_Frame(entry, names, value, 0))
        except TooMuch:
            self._found.lost.add(f"{entry.name}: too much to follow")
        return self._found

    def _constant(self, expression: Form, near: Function) -> Value:
        return self._value(expression, _Frame(near, {}, UNKNOWN, DEEPEST))

    def _body(self, frame: _Frame) -> Value:
        self._found.entered.add(frame.function)
        self._block(frame.function.made["body"], frame)
        values = frame.returned
        return values[0] if values and all(same(values[0], other) for other in values) else UNKNOWN

    def _block(self, block: Block, frame: _Frame) -> bool:
        """Take the statements in turn; whether the function surely ended."""
        for statement in block:
            self._steps += 1
            if self._steps > MOST_STEPS:
                raise TooMuch
            if self._statement(statement, frame):
                return True
        return False

    def _statement(self, statement: list[Any], frame: _Frame) -> bool:
        match statement:
            case ["set", _, targets, expression]:
                value = self._value(expression, frame)
                frame.names.update((name, value if len(targets) == 1 else UNKNOWN) for name in targets)
            case ["do", _, expression]:
                self._value(expression, frame)
            case ["return", _, expression]:
                frame.returned.append(self._value(expression, frame))
                return True
            case ["raise", line, text, _]:
                self._note("raise", line, text, frame)
                return True
            case ["if", _, test, then, other]:
                return self._branch(test, then, other, frame)
            case ["loop", _, test, body]:
                self._loop(test, body, frame)
            case ["try", body, handlers, other, final]:
                return self._try(body, handlers, other, final, frame)
        return False

    def _branch(self, test: Form, then: Block, other: Block, frame: _Frame) -> bool:
        decided = truth(self._value(test, frame))
        if decided is not None:
            return self._block(then if decided else other, frame)
        of_the_switch = any(self._is_switch(inner) for inner in said(test))
        self._undecided += of_the_switch
        ended = self._either([then, other], frame)
        self._undecided -= of_the_switch
        return ended

    def _either(self, blocks: list[Block], frame: _Frame) -> bool:
        """Take every block from where we are; go on with what is known after all that did not end."""
        before, after = frame.names, list[Names]()
        for block in blocks:
            frame.names = dict(before)
            if not self._block(block, frame):
                after.append(frame.names)
        frame.names = after[0] if after else before
        for names in after[1:]:
            frame.names = joined(frame.names, names)
        return not after

    def _loop(self, test: Form | None, body: Block, frame: _Frame) -> None:
        if test is None or truth(self._value(test, frame)) is not False:
            self._either([body, []], frame)

    def _try(self, body: Block, handlers: list[Block], other: Block, final: Block, frame: _Frame) -> bool:
        ended = self._either([[*body, *other], *handlers], frame)
        return self._block(final, frame) or ended

    def _note(self, kind: Kind, line: int, text: str, frame: _Frame) -> None:
        effect = Effect(kind, frame.function.path, line, text)
        self._found.effects.add(effect)
        if self._undecided and kind != "run":
            self._found.unsure.add(effect)

    def _value(self, expression: Form, frame: _Frame) -> Value:  # noqa: PLR0911, PLR0912 - one case for each form
        match expression:
            case ["c", value]:
                return value
            case ["n", name]:
                return self._name(name, frame)
            case ["not", inner]:
                decided = truth(self._value(inner, frame))
                return UNKNOWN if decided is None else not decided
            case ["and" | "or" as word, items]:
                return self._chain(items, stop=word == "or", frame=frame)
            case ["cmp", how, left, right]:
                return compared(how, self._value(left, frame), self._value(right, frame))
            case ["if", test, one, other]:
                decided = truth(self._value(test, frame))
                if decided is None:
                    values = self._value(one, frame), self._value(other, frame)
                    return values[0] if same(*values) else UNKNOWN
                return self._value(one if decided else other, frame)
            case ["seq", items]:
                return tuple(self._value(item, frame) for item in items)
            case ["call", *_]:
                return self._call(expression, frame)
            case ["sub", base, index]:
                self._value(base, frame)
                return self._entry(constant(index), frame) if dotted(base) == frame.function.made["extra"] else UNKNOWN
            case ["attr", inner, _]:
                self._value(inner, frame)
            case ["other", items]:
                for item in items:
                    self._value(item, frame)
        return UNKNOWN

    def _chain(self, items: list[Form], *, stop: bool, frame: _Frame) -> Value:
        """``and`` or ``or``: decided by the first item whose truth is ``stop``, known only if all before it are."""
        unsure, value = False, UNKNOWN
        for item in items:
            value = self._value(item, frame)
            decided = truth(value)
            if decided is stop:
                return value if not unsure else stop
            unsure = unsure or decided is None
        return UNKNOWN if unsure else value

    def _name(self, name: str, frame: _Frame) -> Value:
        if name in frame.names:
            return frame.names[name]
        if "." in name and name.rsplit(".", maxsplit=1)[-1] == self._parameter:
            return UNKNOWN if frame.gate is NOT_GIVEN else frame.gate  # an object that was made with the switch
        found = self._symbols.constant(name, frame.function.path) if frame.depth < 2 * DEEPEST else None
        if found is None:
            return UNKNOWN
        where = Function(found.path, "", {"extra": None, "parameters": [], "body": [], "method": []})
        return self._value(found.value, _Frame(where, {}, UNKNOWN, frame.depth + 1 + DEEPEST // 2))

    def _call(self, call: Form, frame: _Frame) -> Value:
        _, line, function, arguments, named, _ = call
        name = dotted(function)
        last = name.split(".")[-1]
        if name.startswith("."):
            self._value(function, frame)
        values = [self._value(a, frame) for a in arguments]
        keywords = {k: self._value(v, frame) for k, v in named.items()}
        if f"{last}()" in self._given:
            return self._given[f"{last}()"]
        if name == "bool" and len(values) == 1:
            return UNKNOWN if truth(values[0]) is None else truth(values[0])
        if looked_up := key_asked(name, last, arguments):
            return self._looked_up(looked_up, values, name, frame)
        if kind := kind_of(name, last, self._runs):
            self._note(kind, line, name, frame)
        if isinstance(receiver := self._receiver(function, frame), str):
            return text_method(last, receiver)
        return self._entered(call, name, values, keywords, frame)

    def _receiver(self, function: Form, frame: _Frame) -> Value:
        match function:
            case ["n", name] if "." in name:
                return self._name(name.rsplit(".", 1)[0], frame)
            case ["attr", inner, _] if inner[0] in ("c", "call"):
                return self._value(inner, frame)
        return UNKNOWN

    def _looked_up(self, key: str, values: list[Value], name: str, frame: _Frame) -> Value:
        """``kwargs.pop(key, default)`` and the environment, of which the user has set nothing."""
        default = values[1] if len(values) > 1 else None
        if name.split(".", maxsplit=1)[0] in ("os", "environ", "getenv"):
            return default
        if key == self._parameter and frame.gate is NOT_GIVEN:
            return default
        asked = self._entry(key, frame)
        if asked is not UNKNOWN:
            return asked
        return (
            default if frame.depth == 0 and name.split(".", maxsplit=1)[0] == frame.function.made["extra"] else UNKNOWN
        )

    def _entry(self, key: Value, frame: _Frame) -> Value:
        """What the user gave under this name."""
        if key != self._parameter:
            return self._given.get(key, UNKNOWN)
        return UNKNOWN if frame.gate is NOT_GIVEN else frame.gate

    def _entered(
        self, call: Form, name: str, values: list[Value], keywords: Mapping[str, Value], frame: _Frame
    ) -> Value:
        """The value of a call that is followed where the switch goes, or a function of no class is called."""
        _, line, _, arguments, named, star = call
        passed = self._parameter in named or any(self._is_switch(a) for a in arguments)
        found = self._symbols.called(name, frame.function) if name else []
        found = [f for f in found if passed or star or "." not in f.name or name.startswith(("self.", "cls."))]
        if not found:
            if passed and not harmless(name):
                self._found.lost.add(f"{name or 'a call'} ({frame.function.path}:{line})")
            return UNKNOWN
        if frame.depth >= DEEPEST:
            return UNKNOWN
        gate = keywords.get(self._parameter, frame.gate) if passed else frame.gate
        results = [self._inside(f, values, keywords, gate, frame) for f in found]
        return results[0] if len(results) == 1 else UNKNOWN

    def _inside(
        self, function: Function, values: list[Value], keywords: Mapping[str, Value], gate: Value, frame: _Frame
    ) -> Value:
        bound = _bound(function, values, keywords, lambda default: self._constant(default, function))
        key = (function, gate, repr(sorted(bound.items(), key=str)))
        if key not in self._results:
            self._results[key] = UNKNOWN  # while it is entered: a function that calls itself
            self._results[key] = self._body(_Frame(function, bound, bound.get(self._parameter, gate), frame.depth + 1))
        return self._results[key]

    def _is_switch(self, expression: Form) -> bool:
        return expression[0] == "n" and str(expression[1]).split(".")[-1] == self._parameter


def _bound(
    function: Function, values: list[Value], keywords: Mapping[str, Value], default: Callable[[Form], Value]
) -> Names:
    parameters = function.made["parameters"][1:] if function.is_method else function.made["parameters"]
    bound = {p[0]: UNKNOWN if p[1] is None else default(p[1]) for p in parameters}
    bound |= {p[0]: value for p, value in zip(parameters, values, strict=False)}
    return bound | {name: value for name, value in keywords.items() if name in bound}
