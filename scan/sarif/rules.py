"""The rule of a result: of the driver or of one of its extensions, named by index or by id."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from scan import said

_NONE: Mapping[str, Any] = {}


class Rules:
    """The rules of one run.

    Args:
        tool: What stands under ``tool``: CodeQL puts its rules in the driver or in an extension, by version.
    """

    def __init__(self, tool: Mapping[str, Any]) -> None:
        self.driver = _Component(said.member(tool, "driver"))
        extensions = said.member(tool, "extensions")
        self.extensions = [_Component(each) for each in extensions] if isinstance(extensions, list) else []

    def all(self) -> Sequence[Mapping[str, Any]]:
        """Every rule that has an id, in order."""
        return [rule for part in (self.driver, *self.extensions) for rule in part.rules if said.name(rule.get("id"))]

    def digest(self) -> str:
        """SHA-256 of the rules and of what they come with."""
        parts = [[part.name, part.version, part.rules] for part in (self.driver, *self.extensions)]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def of(self, result: Mapping[str, Any]) -> Mapping[str, Any]:
        """The rule of a result; empty if the file does not describe it."""
        reference = result.get("rule")
        named = reference if isinstance(reference, dict) else _NONE
        identity = said.name(named.get("id")) or said.name(result.get("ruleId"))
        indices = [said.count(named.get("index")), said.count(result.get("ruleIndex"))]
        parts = self._parts(said.member(named, "toolComponent"))
        for part in parts:
            for index in indices:
                found = part.at(index)
                if found is not None and _is_named(found, identity):
                    return found
        for part in (*parts, self.driver, *self.extensions):
            if identity and (known := part.named(identity)) is not None:
                return known
        return _NONE

    def identity(self, result: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
        """The id of a result's rule as findings name it; ``unnamed`` if nothing tells."""
        reference = said.member(result, "rule", "id")
        return said.text(result.get("ruleId")) or said.text(reference) or said.text(rule.get("id")) or "unnamed"

    def _parts(self, component: Any) -> list["_Component"]:
        """Where a result says that its rule is."""
        index, name = said.count(said.member(component, "index")), said.name(said.member(component, "name"))
        if index is not None:
            return self.extensions[index : index + 1]
        return [part for part in self.extensions if name and part.name == name] or [self.driver]


class _Component:
    """The driver or an extension."""

    def __init__(self, value: Any) -> None:
        self.name = said.name(said.member(value, "name"))
        self.version = said.text(said.member(value, "semanticVersion")) or said.text(said.member(value, "version"))
        rules = said.member(value, "rules")
        self.rules: list[Mapping[str, Any]] = (
            [r for r in rules if isinstance(r, dict)] if isinstance(rules, list) else []
        )
        self._by_id = {rule["id"]: rule for rule in reversed(self.rules) if said.name(rule.get("id"))}

    def at(self, index: int | None) -> Mapping[str, Any] | None:
        return self.rules[index] if index is not None and index < len(self.rules) else None

    def named(self, identity: str) -> Mapping[str, Any] | None:
        """The rule of an id, which may go on behind it: ``CA1000/1`` is of the rule ``CA1000``."""
        while identity not in self._by_id and "/" in identity:
            identity = identity.rpartition("/")[0]
        return self._by_id.get(identity)


def _is_named(rule: Mapping[str, Any], identity: str | None) -> bool:
    known = rule.get("id")
    return identity is None or identity == known or identity.startswith(f"{known}/")
