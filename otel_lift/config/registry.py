"""Which components there are: `Registry`, by default all that installed packages offer as entry points."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol, Self

from pydantic import BaseModel

from otel_lift.errors import ConfigError

__all__ = ["Component", "Kind", "Registry"]


class Kind(StrEnum):
    """The sections of a configuration that hold components."""

    RECEIVERS = "receivers"
    PROCESSORS = "processors"
    EXPORTERS = "exporters"
    EXTENSIONS = "extensions"

    @property
    def singular(self) -> str:
        """One of them, as a word."""
        return self.value.removesuffix("s")


class Component(Protocol):
    """What every component's declaration has: `name`, the type a configuration names, and its section's model."""

    @property
    def name(self) -> str: ...  # noqa: D102 - described above

    @property
    def config(self) -> type[BaseModel]: ...  # noqa: D102 - described above


@dataclass(frozen=True, slots=True)
class Registry:
    """How to get each component, by kind and type; nothing is imported before it is asked for."""

    components: Mapping[Kind, Mapping[str, Callable[[], Any]]]

    @classmethod
    def installed(cls) -> Self:
        """All entry points of the groups ``otel_lift.receivers``, ``.processors``, ``.exporters``, ``.extensions``."""
        return cls({kind: _offered(kind) for kind in Kind})

    @classmethod
    def of(cls, **components: list[Component]) -> Self:
        """Exactly these components, by kind: ``Registry.of(receivers=[...], processors=[...])``."""
        return cls({kind: {one.name: partial(_itself, one) for one in components.get(kind, [])} for kind in Kind})

    def names(self, kind: Kind) -> list[str]:
        """Answer the known types of a kind, sorted."""
        return sorted(self.components[kind])

    def get(self, kind: Kind, name: str) -> Component:
        """Import a component that `names` lists; raises ConfigError if its package cannot be imported or is unfit."""
        component: Component = self.components[kind][name]()
        return component


def _offered(kind: Kind) -> dict[str, Callable[[], Any]]:
    group = f"otel_lift.{kind.value}"
    by_name: dict[str, set[EntryPoint]] = {}
    for entry in entry_points(group=group):
        by_name.setdefault(entry.name, set()).add(entry)
    return {name: partial(_load, kind, entries) for name, entries in by_name.items()}


def _itself(component: Component) -> Component:
    return component


def _load(kind: Kind, entries: set[EntryPoint]) -> Any:
    offers = sorted({entry.value for entry in entries})
    if len(offers) > 1:
        raise ConfigError(f"several packages offer it: {', '.join(offers)}; uninstall all but one")
    entry = next(iter(entries))
    try:
        component = entry.load()
    except Exception as error:
        raise ConfigError(f"its package cannot be imported ({entry.value}): {error}; reinstall it") from error
    model = getattr(component, "config", None)
    if (
        getattr(component, "name", None) != entry.name
        or not isinstance(model, type)
        or not issubclass(model, BaseModel)
    ):
        raise ConfigError(f"{entry.value} is no {kind.singular}: it needs `name` {entry.name!r} and a `config` model")
    return component
