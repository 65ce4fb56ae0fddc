"""Sample value of a JSON schema: the demo's answer to a request that asks for structured output."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

MAX_ITEMS = 3
"""The number of items in a list."""

MAX_DEPTH = 6
"""The depth from which on lists are empty and optional values are left out. A recursive schema has no end."""

_TEXTS: Mapping[str, str] = {
    "date-time": "2026-11-{}T09:30:00Z",
    "time": "09:{}:00Z",
    "date": "2026-11-{}",
    "duration": "PT1{}M",
    "email": "reader{}@example.com",
    "hostname": "host{}.example.com",
    "uri": "https://example.com/{}",
    "ipv4": "192.0.2.1{}",
    "ipv6": "2001:db8::{}",
    "uuid": "00000000-0000-4000-8000-0000000000{}",
}
"""Texts of the formats that the API takes; the places of the numbers are braces. The addresses are reserved for
documentation (RFC 2606, RFC 5737, RFC 3849)."""


def sample_value(schema: Mapping[str, Any]) -> Any:
    """Return a value that fits a schema. The same schema always gets the same value."""
    return _Sampler(schema).value(schema, "value", MAX_DEPTH)


class _Sampler:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._numbers = count(1)
        self._choices: defaultdict[str, Iterator[int]] = defaultdict(count)

    def value(self, schema: Any, name: str, depth: int) -> Any:
        schema = self._resolved(schema)
        if depth < -MAX_DEPTH:
            return None
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            options = schema["enum"]
            return options[next(self._choices[repr(options)]) % len(options)]
        variants = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        if variants:
            present = [variant for variant in variants if self._resolved(variant).get("type") != "null"]
            is_optional = len(present) < len(variants)
            return self.value(present[0], name, depth) if depth > 0 or not is_optional else None
        match schema.get("type"):
            case "object":
                members = schema.get("properties") or {}
                return {key: self.value(member, key, depth - 1) for key, member in members.items()}
            case "array":
                items = range(MAX_ITEMS if depth > 0 else 0)
                return [self.value(schema.get("items"), name.removesuffix("s"), depth - 1) for _ in items]
            case "integer":
                return 7 * next(self._numbers)
            case "number":
                return next(self._numbers) + 0.5
            case "boolean":
                return next(self._numbers) % 2 == 0
            case "string":
                text = _TEXTS.get(str(schema.get("format")), f"{name.replace('_', ' ').capitalize()} {{}}")
                # The shortest month has 28 days.
                return text.replace("{}", f"{(next(self._numbers) - 1) % 28 + 1:02}")
        return None

    def _resolved(self, schema: Any) -> Mapping[str, Any]:
        # `output/` has the same rule, and stands above this folder.
        for _ in range(MAX_DEPTH):
            if not isinstance(schema, Mapping):
                return {}
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                return schema
            schema = self._root
            for step in reference.removeprefix("#").strip("/").split("/"):
                schema = schema.get(step) if isinstance(schema, Mapping) else None
        return {}
