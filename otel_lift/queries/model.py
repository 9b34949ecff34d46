"""A named query: its header as typed values, its SQL, and how values are bound to it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from otel_lift.errors import ConfigError
from otel_lift.queries.times import bound_time, parse_time
from otel_lift.queries.values import TIME, TYPES, Given, read_value

__all__ = ["FILTERS", "Kind", "NamedQuery", "Parameter", "ResultColumn", "Role"]

Kind = Literal["time", "day", "count", "number", "ratio", "text", "flag", "list"]
"""What a column holds, for whoever draws it; `day` is a date without a time, `ratio` a percentage or a share."""

_Filter = Literal["service", "environment", "user_type"]

FILTERS: Mapping[_Filter, str] = MappingProxyType(
    {
        "service": "Of this service only; '' for all.",
        "environment": "Of this environment only; '' for all.",
        "user_type": "Of this type of user only; '' for all.",
    }
)
"""The standard filters, each a parameter of the same name that is '' for all."""


class Role(StrEnum):
    """The least role that may ask; `PRIVACY_OFFICER` stands beside the others, which include one another."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    ON_CALL = "on-call"
    PRIVACY_OFFICER = "privacy-officer"
    ADMIN = "admin"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Parameter(_Frozen):
    """A parameter of a query; `type` is ClickHouse's, one of `otel_lift.queries.values.TYPES`.

    A number must be `least` at least and `most` at most, where these are told.
    """

    type: str
    default: Given
    description: str
    unit: str = ""
    least: float | None = None
    most: float | None = None

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if self.type not in TYPES:
            raise ValueError(f"unknown type {self.type}; there are: {', '.join(TYPES)}")
        self.read(self.default, datetime.now(UTC))
        return self

    def read(self, given: Given, now: datetime) -> Any:
        """Read a value as it is bound; raises ValueError saying what would be right."""
        value = read_value(self.type, given, now)
        if self.least is not None and value < self.least:
            raise ValueError(f"takes {self.least:g} at least, not '{given}'")
        if self.most is not None and value > self.most:
            raise ValueError(f"takes {self.most:g} at most, not '{given}'")
        return value


class ResultColumn(_Frozen):
    """A column of a query's answer."""

    description: str
    unit: str = ""
    kind: Kind = "text"


class NamedQuery(_Frozen):
    """A question with its answer in SQL.

    `question` is its number in the catalogue of questions. `window` is how many seconds before `to` the answer begins
    where no `from` is given; None where the query has no window. `people` names the column that counts the distinct
    people of a row. `parameters` has all that the SQL binds: `from` and `to` of the window, the filters, and its own.
    `raw_sql` answers the same from the events themselves where `sql` answers from rollups; None where `sql` does so.
    """

    name: str
    question: int = Field(ge=1, le=23)
    title: str
    description: str
    columns: Mapping[str, ResultColumn]
    sql: str = Field(repr=False)
    raw_sql: str | None = Field(default=None, repr=False)
    window: int | None = Field(default=None, gt=0)
    role: Role = Role.VIEWER
    people: str = ""
    filters: tuple[_Filter, ...] = ()
    parameters: Mapping[str, Parameter] = MappingProxyType({})

    @classmethod
    def parse(cls, name: str, text: str, raw: str | None = None) -> Self:
        """Read a file: a header of YAML between ``/*`` and ``*/``, and the SQL behind it; `raw` is the twin's SQL.

        Raises `ConfigError` for a header that is not as it should be.
        """
        header, _, sql = text.removeprefix("/*").partition("*/")
        try:
            declared = yaml.load(header, yaml.CSafeLoader)  # a safe loader, compiled
            own = declared.pop("parameters", {})
            parameters = {**_standard(declared.get("window"), declared.get("filters", ())), **own}
            return cls(name=name, sql=sql.strip(), raw_sql=raw and raw.strip(), parameters=parameters, **declared)
        except (yaml.YAMLError, ValidationError, TypeError, AttributeError) as error:
            raise ConfigError(f"the header of the query {name}.sql cannot be read: {error}") from error

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.people and self.people not in self.columns:
            raise ValueError(f"people: there is no column {self.people}")
        return self

    def statement(self, *, raw: bool = False) -> str:
        """Answer the SQL, or that of the raw twin; raises `ConfigError` where there is none."""
        if not raw:
            return self.sql
        if self.raw_sql is None:
            raise ConfigError(f"query '{self.name}' has no raw form: it answers from the events themselves already")
        return self.raw_sql

    def with_defaults(self, defaults: Mapping[str, Given]) -> Self:
        """Answer this query with other defaults of its parameters; raises `ConfigError` as `bind` does."""
        self.bind(defaults)
        changed = {
            name: parameter.model_copy(update={"default": defaults.get(name, parameter.default)})
            for name, parameter in self.parameters.items()
        }
        return self.model_copy(update={"parameters": MappingProxyType(changed)})

    def bind(self, given: Mapping[str, Given], *, now: datetime | None = None) -> dict[str, Any]:
        """Answer the values of all parameters, as the store takes them; times are texts in UTC.

        `from` and `to` are ISO 8601, relative to `now`, or epoch seconds; without a `from` the window ends at `to`.
        Raises `ConfigError` for a parameter that there is not, a value that it cannot have, and a window that is none.
        """
        unknown = sorted(set(given) - set(self.parameters))
        if unknown:
            known = ", ".join(self.parameters) or "none"
            raise ConfigError(f"query '{self.name}' has no parameter '{unknown[0]}'; it has: {known}")
        moment = now or datetime.now(UTC)
        bound = {name: self._value(name, given, moment) for name in self.parameters}
        if self.window is not None:
            self._order(bound, given, moment)
        return bound

    def _value(self, name: str, given: Mapping[str, Given], now: datetime) -> Any:
        parameter = self.parameters[name]
        try:
            return parameter.read(given.get(name, parameter.default), now)
        except ValueError as error:
            raise ConfigError(f"parameter '{name}' of query '{self.name}' {error}") from error

    def _order(self, bound: dict[str, Any], given: Mapping[str, Given], now: datetime) -> None:
        # Only a `from` that nobody chose, here or in the configuration, hangs on `to`.
        if "from" not in given and self.window is not None and self.parameters["from"].default == _ago(self.window):
            end = parse_time(str(given.get("to", self.parameters["to"].default)), now)
            bound["from"] = bound_time(max(0, end - self.window * 10**9))
        if bound["from"] >= bound["to"]:
            raise ConfigError(
                f"parameter 'from' of query '{self.name}' must be before 'to', but {bound['from']} is not before "
                f"{bound['to']} (UTC)"
            )


def _standard(window: int | None, filters: tuple[_Filter, ...]) -> dict[str, Parameter]:
    declared: dict[str, Parameter] = {}
    if window is not None:
        declared["from"] = Parameter(type=TIME, default=_ago(window), description="Start of the window; it is in it.")
        declared["to"] = Parameter(type=TIME, default="now", description="End of the window; it is not in it.")
    for name in filters:
        declared[name] = Parameter(type="String", default="", description=FILTERS.get(name, ""))
    return declared


def _ago(seconds: int) -> str:
    """Write a time before now in the largest unit that tells it in whole numbers."""
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"-{seconds // size}{unit}"
    return f"-{seconds}s"
