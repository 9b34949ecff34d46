"""All named queries, each read from its file when it is first asked for."""

import difflib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated

from pydantic import AfterValidator

from otel_lift.errors import ConfigError
from otel_lift.queries.model import NamedQuery
from otel_lift.queries.values import Given

__all__ = ["QUERIES", "QueryDefaults", "catalogue", "find"]


class _Files(Mapping[str, NamedQuery]):
    """The queries of the folder `sql`, with their twins of `sql/raw`."""

    def __init__(self, folder: Traversable) -> None:
        self._folder = folder
        self._names = sorted(file.name.removesuffix(".sql") for file in folder.iterdir() if file.name.endswith(".sql"))
        self._read: dict[str, NamedQuery] = {}

    def __getitem__(self, name: str) -> NamedQuery:
        if name not in self._read:
            if name not in self._names:
                raise KeyError(name)
            raw = self._folder / "raw" / f"{name}.sql"
            twin = raw.read_text("utf-8") if raw.is_file() else None
            self._read[name] = NamedQuery.parse(name, (self._folder / f"{name}.sql").read_text("utf-8"), twin)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


QUERIES: Mapping[str, NamedQuery] = _Files(files("otel_lift.queries") / "sql")
"""All named queries, by name."""


def find(name: str, queries: Mapping[str, NamedQuery] = QUERIES) -> NamedQuery:
    """Answer a query by name; raises `ConfigError` naming the nearest one."""
    if name in queries:
        return queries[name]
    near = difflib.get_close_matches(name, queries, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(queries)}"
    raise ConfigError(f"there is no query '{name}'; {hint}")


def catalogue(defaults: Mapping[str, Mapping[str, Given]]) -> Mapping[str, NamedQuery]:
    """Answer all queries with the defaults of a configuration; raises `ConfigError` for one that cannot be."""
    changed = {name: find(name).with_defaults(values) for name, values in defaults.items()}
    return {**QUERIES, **changed} if changed else QUERIES


def _possible(defaults: Mapping[str, Mapping[str, Given]]) -> Mapping[str, Mapping[str, Given]]:
    try:
        catalogue(defaults)
    except ConfigError as error:
        raise ValueError(str(error)) from error
    return defaults


QueryDefaults = Annotated[Mapping[str, Mapping[str, Given]], AfterValidator(_possible)]
"""Other defaults of queries' parameters, by query and parameter, checked when a configuration is read."""
