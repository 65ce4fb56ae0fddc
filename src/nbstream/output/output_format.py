"""The type that a reply is held to, in the form in which a request has it (`output_config.format`)."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..core.short_repr import short_repr
from .output_error import OutputError, field_path
from .schema_check import misfits
from .typed_dicts import readable_by_pydantic

ACCEPTED = "a pydantic model, dataclass, TypedDict, Literal, enum, list[…] of these, or a JSON schema"

Parse = Callable[[str], Any]
"""Function that makes the value of an answer's text; raises `OutputError`."""


class OutputFormat(dict[str, Any]):
    """The field `output_config.format` of a request, with the function that reads the answer.

    The Messages API has no field for the Python type, so the value's own type carries it. In a file, or in a
    request that is sent, it is a plain mapping.

    Args:
        schema: The JSON schema, as the API takes it.
        parse: Makes the value of an answer's text.
    """

    def __init__(self, schema: Mapping[str, Any], parse: Parse) -> None:
        super().__init__(type="json_schema", schema=dict(schema))
        self.parse = parse

    @classmethod
    def of(cls, wanted: object) -> OutputFormat:
        """Return the format that asks for a type.

        Args:
            wanted: A type, or a JSON schema as a mapping.

        Raises:
            TypeError: No schema can be made of it.
        """
        if isinstance(wanted, cls):
            return wanted
        if isinstance(wanted, Mapping):
            return cls(_transformed(dict(wanted), wanted), _schema_parser(wanted, "the schema"))
        if wanted is None or isinstance(wanted, str | bytes | int | float) or inspect.isroutine(wanted):
            raise TypeError(f"output is {short_repr(wanted, 60)}; give {ACCEPTED}.")
        schema, parse = _read_type(wanted)
        return cls(_transformed(schema, wanted), parse)

    @classmethod
    def from_field(cls, format_: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a format that a caller wrote as the API takes it, with the function that reads the answer.

        A format of another kind is returned as it is.
        """
        schema = format_.get("schema")
        if isinstance(format_, cls) or format_.get("type") != "json_schema" or not isinstance(schema, Mapping):
            return format_
        return cls(schema, _schema_parser(schema, "the schema"))


def name_of(wanted: Any) -> str:
    """Return a type as a person writes it: `City`, `list[City]`."""
    arguments = getattr(wanted, "__args__", ())
    name = getattr(wanted, "__name__", None)
    if name is None or arguments:
        named = repr(wanted).replace("typing.", "")
        for argument in arguments:
            if isinstance(argument, type):
                named = named.replace(f"{argument.__module__}.{argument.__qualname__}", argument.__name__)
        return named[:80]
    return str(name)


def _read_type(wanted: Any) -> tuple[dict[str, Any], Parse]:
    # pydantic is a dependency of the SDK. Importing it takes 0.2 s, so it is imported when a type is first used.
    from pydantic import PydanticSchemaGenerationError, TypeAdapter, ValidationError
    from pydantic.errors import PydanticUserError

    try:
        adapter: TypeAdapter[Any] = TypeAdapter(readable_by_pydantic(wanted))
        schema = adapter.json_schema()
    except (PydanticSchemaGenerationError, PydanticUserError, NameError, TypeError) as error:
        reason = re.split(r"\n|\. ", str(error))[0]
        raise TypeError(
            f"output is {name_of(wanted)}, of which no JSON schema can be made ({reason[:200]}); give {ACCEPTED}."
        ) from error
    name = name_of(wanted)

    def parse(text: str) -> Any:
        try:
            return adapter.validate_json(text)
        except ValidationError as error:
            reasons = {
                field_path(found["loc"]): _reason(found["msg"], found["input"], found["type"])
                for found in error.errors(include_url=False, include_context=False)
            }
            raise OutputError.misfit(name, reasons) from error
        except Exception as error:
            # A validator of the user has failed in a way that pydantic passes on.
            raise OutputError.misfit(name, {"": repr(error)}) from error

    return schema, parse


def _reason(message: str, value: object, kind: str) -> str:
    return message if kind == "missing" else f"{message}, got {short_repr(value, 60)}"


def _schema_parser(schema: Mapping[str, Any], name: str) -> Parse:
    def parse(text: str) -> Any:
        try:
            value = json.loads(text)
        except ValueError as error:
            raise OutputError.misfit(name, {"": f"it is not JSON ({error})"}) from error
        if wrong := misfits(value, schema):
            raise OutputError.misfit(name, wrong)
        return value

    return parse


def _transformed(schema: dict[str, Any], wanted: Any) -> dict[str, Any]:
    """Return a schema in the form that the API takes."""
    from ..claude.client import transform_schema

    if (free := _free_mapping(schema)) is not None:
        name = "the schema" if isinstance(wanted, Mapping) else name_of(wanted)
        raise TypeError(
            f"output is {name}, in which {free} is a mapping with any keys; the Messages API takes only keys that "
            "are named. Use a list of a type with a field for the key and one for the value."
        )
    try:
        return transform_schema(schema)
    except (AssertionError, AttributeError, TypeError, ValueError) as error:
        name = "a JSON schema" if isinstance(wanted, Mapping) else name_of(wanted)
        raise TypeError(
            f"output is {name}, which the Messages API cannot be asked for ({error}). Give each field a type of "
            "its own; a field of the type Any has none."
        ) from error


def _free_mapping(schema: object, path: tuple[object, ...] = ()) -> str | None:
    """Return the path of a mapping whose keys are not named, as of `dict[str, int]`; `None` if there is none.

    The API would be asked for an object without any field, and would always answer `{}`.
    """
    if isinstance(schema, list):
        return next((found for item in schema if (found := _free_mapping(item, path))), None)
    if not isinstance(schema, Mapping):
        return None
    if schema.get("type") == "object" and not schema.get("properties") and schema.get("additionalProperties"):
        return field_path(path) or "it"
    inner = [_free_mapping(schema.get(key), path) for key in ("items", "anyOf", "oneOf", "allOf")]
    for key in ("properties", "$defs"):
        members = schema.get(key)
        if isinstance(members, Mapping):
            inner += [_free_mapping(member, (*path, name)) for name, member in members.items()]
    return next(filter(None, inner), None)
