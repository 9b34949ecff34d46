"""The reference page of all configuration keys, made from the models."""

import types
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from otel_lift.config.fields import alternatives, written_name
from otel_lift.config.models import ServiceConfig
from otel_lift.config.registry import Kind, Registry

__all__ = ["PAGE", "Row", "page", "rows"]

PAGE = "docs/reference/configuration.md"
"""Where the page lies in the repository."""

_TYPES: Mapping[Any, str] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "true or false",
    Path: "path",
    SecretStr: "secret text",
    Any: "any value",
    type(None): "null",
}
_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than", "multiple_of": "a multiple of"}
_LENGTHS = {"min_length": "length at least {}", "max_length": "length at most {}", "pattern": "matching `{}`"}
_INTRODUCTION = """\
# Configuration

<!-- Made from the models by `make docs`; a test fails where it drifts. -->

The shape is that of the OpenTelemetry Collector: components are configured under `receivers`, `processors` and
`exporters`, each by its type or `type/name`, and `service.pipelines` says which work together. Unknown keys are errors.
`${env:NAME}` stands for an environment variable, `${env:NAME:-default}` for one that may be unset, `$$` for `$`.
Read a file without running it: `otel-lift validate -c FILE`.
"""


class Row(NamedTuple):
    """One key as Markdown: how it is written, its type, its default and what it means."""

    key: str
    type: str
    default: str
    meaning: str


def page(registry: Registry) -> str:
    """Answer the page for the service section and for every component of a registry."""
    parts = [_INTRODUCTION, "## service\n", _table(ServiceConfig)]
    for kind in Kind:
        for name in registry.names(kind):
            model = registry.get(kind, name).config
            about = (model.__doc__ or "").strip().split("\n\n")[0].replace("\n    ", "\n")
            parts += [f"## {kind.value}: {name}\n", f"{about}\n", _table(model)]
    return "\n".join(parts)


def rows(model: type[BaseModel]) -> Iterator[Row]:
    """Answer a model's keys in order, those of nested models with dots; ``<name>`` stands for a user's own key."""
    yield from _rows(model, "", None, ())


def _rows(model: type[BaseModel], prefix: str, given: Any, above: tuple[type[BaseModel], ...]) -> Iterator[Row]:
    for name, field in model.model_fields.items():
        key = f"{prefix}{written_name(name, field)}"
        default = getattr(given, name) if isinstance(given, model) else field.get_default(call_default_factory=True)
        nested = [(way, one) for way, one in _nested(field.annotation) if one not in (*above, model)]
        plain = len(nested) == 1 and not nested[0][0] and isinstance(default, nested[0][1])
        yield Row(key, _type(field), "" if plain else _default(default), field.description or "")
        for way, one in nested:
            yield from _rows(one, f"{key}{way}.", default, (*above, model))


def _nested(annotation: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    for one in alternatives(annotation):
        origin, arguments = get_origin(one), get_args(one)
        if isinstance(one, type) and issubclass(one, BaseModel):
            yield "", one
        elif isinstance(origin, type) and issubclass(origin, Mapping):
            yield from ((f".<name>{way}", model) for way, model in _nested(arguments[1]))
        elif isinstance(origin, type) and issubclass(origin, Collection):
            yield from ((f"[]{way}", model) for way, model in _nested(arguments[0]))


def _type(field: FieldInfo) -> str:
    return ", ".join([_name(field.annotation), *_bounds(field.metadata)])


def _bounds(metadata: Iterable[Any]) -> Iterator[str]:
    for one in metadata:
        if isinstance(one, FieldInfo):
            yield from _bounds(one.metadata)
            continue
        for key, words in (_BOUNDS | _LENGTHS).items():
            if getattr(one, key, None) is not None:
                yield (words if "{}" in words else f"{words} {{}}").format(getattr(one, key))


def _name(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return ", ".join([_name(arguments[0]), *_bounds(arguments[1:])])
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_name(one) for one in arguments))
    if origin is Literal:
        return " or ".join(f"`{one}`" for one in arguments)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"{_name(arguments[1])} by name"
    if isinstance(origin, type) and issubclass(origin, Collection):
        return f"list of {_name(arguments[0])}".replace("list of mapping", "list of mappings")
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{one.value}`" for one in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping"
    return str(_TYPES.get(annotation) or getattr(annotation, "__name__", annotation))


def _default(value: Any) -> str:
    shown = _yaml(value)
    return "*required*" if value is PydanticUndefined else f"`{shown}`"


def _yaml(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case Enum():
            return _yaml(value.value)
        case BaseModel():
            return _yaml(
                {written_name(name, info): getattr(value, name) for name, info in type(value).model_fields.items()}
            )
        case Mapping():
            return "{" + ", ".join(f"{_yaml(key)}: {_yaml(one)}" for key, one in value.items()) + "}"
        case set() | frozenset():
            return _yaml(sorted(value, key=str))
        case list() | tuple():
            return "[" + ", ".join(map(_yaml, value)) + "]"
        case "":
            return '""'
        case _:
            return str(value)


def _table(model: type[BaseModel]) -> str:
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows(model)]
    lines = [f"| `{key}` | {type_} | {default} | {about} |" for key, type_, default, about in cells]
    return "\n".join(["| key | type | default | meaning |", "| --- | --- | --- | --- |", *lines]) + "\n"
