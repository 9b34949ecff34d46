"""`Configuration`: what `load` answers. Frozen, and shown without its secrets."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pydantic import BaseModel, SecretBytes, SecretStr

from otel_lift.batch import Signal
from otel_lift.config.explain import MASK, hide
from otel_lift.config.fields import written_name
from otel_lift.config.models import ServiceConfig
from otel_lift.config.problem import KeyPath, Problem
from otel_lift.config.registry import Kind

__all__ = ["Configuration", "Configured", "Pipeline"]


@dataclass(frozen=True, slots=True)
class Configured:
    """A component that the file configures: its id (``type`` or ``type/name``), its declaration and its settings."""

    id: str
    component: Any = field(repr=False)
    config: Any = field(repr=False)  # an instance of component.config; may hold secrets


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline: the ids of its components, all of which are configured."""

    name: str
    signal: Signal
    receivers: tuple[str, ...]
    processors: tuple[str, ...]
    exporters: tuple[str, ...]


@dataclass(frozen=True)
class Configuration:
    """A configuration that can be run. Components stand by kind and id, pipelines by name, in the file's order."""

    file: str
    receivers: Mapping[str, Configured]
    processors: Mapping[str, Configured]
    exporters: Mapping[str, Configured]
    extensions: Mapping[str, Configured]
    pipelines: Mapping[str, Pipeline]
    service: ServiceConfig = field(repr=False)
    warnings: tuple[Problem, ...] = ()
    _environment: Mapping[KeyPath, str] = field(default_factory=dict, repr=False)

    def section(self, kind: Kind) -> Mapping[str, Configured]:
        """Answer the components of a kind by id."""
        section: Mapping[str, Configured] = getattr(self, kind.value)
        return section

    def masked(self) -> dict[str, Any]:
        """Answer all settings as plain values, defaults included, in the file's shape.

        Fields typed as secrets and values that the environment gave are masked.
        """
        shown: dict[str, Any] = {
            kind.value: {id_: self._plain(one.config, (kind.value, id_)) for id_, one in self.section(kind).items()}
            for kind in Kind
            if self.section(kind)
        }
        return {**shown, "service": self._plain(self.service, ("service",))}

    def _plain(self, value: Any, path: KeyPath) -> Any:
        if path in self._environment:
            return MASK
        match value:
            case BaseModel():
                fields = type(value).model_fields.items()
                keys = ((written_name(name, info), getattr(value, name)) for name, info in fields)
                return {key: self._plain(one, (*path, key)) for key, one in keys}
            case Mapping():
                return {str(key): self._plain(one, (*path, str(key))) for key, one in value.items()}
            case SecretStr() | SecretBytes():
                return MASK
            case Enum():
                return self._plain(value.value, path)
            case bool() | int() | float() | None:
                return value
            case str() | bytes():
                return hide(str(value), self._environment.values())
            case Collection():
                return [self._plain(one, (*path, index)) for index, one in enumerate(_ordered(value))]
            case _:
                return hide(str(value), self._environment.values())


def _ordered(values: Collection[Any]) -> Iterator[Any]:
    return iter(sorted(values, key=str) if isinstance(values, set | frozenset) else values)
