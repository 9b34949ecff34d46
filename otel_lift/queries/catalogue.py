"""The loader of the named queries."""

import difflib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from otel_lift.errors import ConfigError

__all__ = ["QUERIES", "NamedQuery", "Parameter", "ResultColumn", "find"]

# How the text of a parameter is checked before it is bound.
_CHECKS: Mapping[str, TypeAdapter[Any]] = {
    "UInt32": TypeAdapter(Annotated[int, Field(ge=0, lt=2**32)]),
    "UInt64": TypeAdapter(Annotated[int, Field(ge=0, lt=2**64)]),
    "Float64": TypeAdapter(float),
    "String": TypeAdapter(str),
}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Parameter(_Frozen):
    """A parameter of a query; `type` is ClickHouse's."""

    type: str
    default: int | float | str
    description: str
    unit: str = ""


class ResultColumn(_Frozen):
    """A column of a query's answer."""

    description: str
    unit: str = ""


class NamedQuery(_Frozen):
    """A question with its answer in SQL; `question` is its number in the catalogue of questions."""

    name: str
    question: int
    title: str
    description: str
    columns: Mapping[str, ResultColumn]
    sql: str = Field(repr=False)
    parameters: Mapping[str, Parameter] = MappingProxyType({})

    @classmethod
    def parse(cls, name: str, text: str) -> Self:
        """Read a file: a header of YAML between ``/*`` and ``*/``, and the SQL behind it."""
        header, _, sql = text.removeprefix("/*").partition("*/")
        return cls(name=name, sql=sql.strip(), **yaml.safe_load(header))

    def bind(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Answer the values of all parameters; raises `ConfigError` for an unknown one or one that is no such value."""
        unknown = sorted(set(given) - set(self.parameters))
        if unknown:
            known = ", ".join(self.parameters) or "none"
            raise ConfigError(f"query '{self.name}' has no parameter '{unknown[0]}'; it has: {known}")
        bound: dict[str, Any] = {}
        for name, parameter in self.parameters.items():
            try:
                bound[name] = _CHECKS[parameter.type].validate_python(given.get(name, parameter.default))
            except ValueError as error:
                raise ConfigError(f"parameter '{name}' of query '{self.name}' takes a {parameter.type}") from error
        return bound


def _load() -> Mapping[str, NamedQuery]:
    found = sorted(files("otel_lift.queries").joinpath("sql").iterdir(), key=lambda file: file.name)
    names = [(file.name.removesuffix(".sql"), file) for file in found if file.name.endswith(".sql")]
    return MappingProxyType({name: NamedQuery.parse(name, file.read_text("utf-8")) for name, file in names})


QUERIES = _load()
"""All named queries, by name."""


def find(name: str) -> NamedQuery:
    """Answer a query by name; raises `ConfigError` naming the nearest one."""
    if name in QUERIES:
        return QUERIES[name]
    near = difflib.get_close_matches(name, QUERIES, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(QUERIES)}"
    raise ConfigError(f"there is no query '{name}'; {hint}")
