"""Walking a configuration model by the keys a user writes."""

import types
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from otel_lift.config.problem import KeyPath

__all__ = ["alternatives", "field_at", "is_secret", "known_keys", "models_at", "written_name"]


def written_name(name: str, field: FieldInfo) -> str:
    """Answer the key that a user writes for a field."""
    return field.alias or name


def alternatives(annotation: Any) -> Iterator[Any]:
    """Answer what an annotation allows, unions and `Annotated` taken apart."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from alternatives(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for argument in get_args(annotation):
            yield from alternatives(argument)
    else:
        yield annotation


def _step(annotation: Any, element: str | int) -> Iterator[tuple[Any, FieldInfo | None]]:
    for one in alternatives(annotation):
        origin, arguments = get_origin(one), get_args(one)
        if isinstance(one, type) and issubclass(one, BaseModel):
            for name, field in one.model_fields.items():
                if written_name(name, field) == element:
                    yield field.annotation, field
        elif isinstance(origin, type) and issubclass(origin, Mapping) and len(arguments) == 2:
            yield arguments[1], None
        elif isinstance(origin, type) and issubclass(origin, Collection) and arguments and isinstance(element, int):
            yield arguments[0], None


def _walk(model: type[BaseModel], path: KeyPath) -> tuple[list[Any], FieldInfo | None]:
    current: list[Any] = [model]
    field: FieldInfo | None = None
    for element in path:
        steps = [step for annotation in current for step in _step(annotation, element)]
        current = [annotation for annotation, _ in steps]
        field = next((found for _, found in steps if found is not None), field)
    return current, field


def models_at(model: type[BaseModel], path: KeyPath) -> list[type[BaseModel]]:
    """Answer the models that the value at a path may be."""
    found, _ = _walk(model, path)
    possible = (one for annotation in found for one in alternatives(annotation))
    return [one for one in possible if isinstance(one, type) and issubclass(one, BaseModel)]


def known_keys(model: type[BaseModel], path: KeyPath) -> list[str]:
    """Answer the keys that the mapping at a path may have."""
    return sorted(
        {written_name(name, field) for one in models_at(model, path) for name, field in one.model_fields.items()}
    )


def field_at(model: type[BaseModel], path: KeyPath) -> FieldInfo | None:
    """Answer the nearest field on the way to a path."""
    return _walk(model, path)[1]


def is_secret(model: type[BaseModel], path: KeyPath) -> bool:
    """Whether the value at a path is typed as a secret."""
    found, _ = _walk(model, path)
    return any(one is SecretStr for annotation in found for one in alternatives(annotation))
