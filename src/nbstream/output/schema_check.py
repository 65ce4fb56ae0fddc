"""Check of a value against a JSON schema, for output that is asked for by its schema alone.

It knows the keywords that the Messages API takes in `output_config.format`, and the usual limits of numbers, texts
and lists. Other keywords are ignored. The schemas of types are checked by pydantic and not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..core.short_repr import short_repr
from .output_error import field_path

Path = tuple[object, ...]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}

_LIMITS = (
    ("minimum", "maximum", "", (int, float)),
    ("minLength", "maxLength", "characters", (str,)),
    ("minItems", "maxItems", "items", (list,)),
)
"""The keywords of the lower and the upper limit, the unit in an error, and the types of the values."""


def misfits(value: Any, schema: Mapping[str, Any]) -> dict[str, str]:
    """Return the reason for each field of a value that does not fit a schema, by the field's path."""
    found: dict[str, str] = {}
    for path, reason in _check(value, schema, schema, ()):
        found.setdefault(field_path(path), reason)
    return found


def resolve(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema that a `$ref` within the same document names; any other schema is returned as it is.

    Args:
        schema: The schema, which may be `{"$ref": "#/$defs/City"}`.
        root: The document.
    """
    # A schema may name itself, directly or around a circle.
    for _ in range(len(str(root))):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        target: Any = root
        for step in reference.removeprefix("#").strip("/").split("/") if reference != "#" else ():
            target = target.get(step) if isinstance(target, Mapping) else None
        if not isinstance(target, Mapping):
            return {}
        schema = target
    return {}


def _check(value: Any, schema: Any, root: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    if not isinstance(schema, Mapping):
        return
    schema = resolve(schema, root)
    for variants in (schema.get("anyOf"), schema.get("oneOf")):
        if isinstance(variants, list):
            results = [list(_check(value, variant, root, path)) for variant in variants]
            if all(results):
                # A value that fits no variant was most likely meant for the one whose error lies deepest.
                yield from max(results, key=lambda errors: max(len(where) for where, _ in errors))
    for variant in schema.get("allOf") or ():
        yield from _check(value, variant, root, path)
    if "const" in schema and not _is_same(value, schema["const"]):
        yield path, f"it is {short_repr(value, 60)}, and only {short_repr(schema['const'], 60)} fits"
    options = schema.get("enum")
    if isinstance(options, list) and not any(_is_same(value, option) for option in options):
        yield path, f"it is {short_repr(value, 60)}, and one of {short_repr(options, 200)} is needed"
    wanted = schema.get("type")
    types = [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []
    if types and not any(_has_type(value, type_) for type_ in types):
        yield path, f"it is {short_repr(value, 60)}, and the type {' or '.join(map(str, types))} is needed"
        return
    yield from _check_limits(value, schema, path)
    if isinstance(value, dict):
        yield from _check_members(value, schema, root, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _check(item, schema.get("items"), root, (*path, index))


def _check_members(
    value: Mapping[str, Any], schema: Mapping[str, Any], root: Mapping[str, Any], path: Path
) -> Iterator[tuple[Path, str]]:
    properties = schema.get("properties")
    known: Mapping[str, Any] = properties if isinstance(properties, Mapping) else {}
    for name in schema.get("required") or ():
        if name not in value:
            yield (*path, name), "it is missing"
    for name, member in value.items():
        if name in known:
            yield from _check(member, known[name], root, (*path, name))
        elif schema.get("additionalProperties") is False:
            yield (*path, name), "the schema has no such field"


def _check_limits(value: Any, schema: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    for least, most, unit, types in _LIMITS:
        if not isinstance(value, types) or isinstance(value, bool):
            continue
        size: Any = value if unit == "" else len(value)  # type: ignore[arg-type]
        shown = short_repr(value, 60) if unit == "" else f"{size} {unit} long"
        if least in schema and size < schema[least]:
            yield path, f"it is {shown}, and at least {schema[least]} is needed"
        if most in schema and size > schema[most]:
            yield path, f"it is {shown}, and at most {schema[most]} fits"


def _has_type(value: Any, name: object) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(str(name), (object,)))


def _is_same(value: Any, other: Any) -> bool:
    """Compare JSON values: `true` is not 1."""
    return isinstance(value, bool) == isinstance(other, bool) and value == other
