"""How the columns of an answer look: units, names, mapped values."""

from collections.abc import Mapping
from types import MappingProxyType

from grafana_foundation_sdk.models import dashboard

from otel_lift.queries import NamedQuery, ResultColumn
from tools.dashboards.links import LINKS

__all__ = ["display_name", "overrides", "unit_of"]

_UNITS = MappingProxyType(
    {
        "%": "percent",
        "ms": "ms",
        "us": "µs",
        "s": "s",
        "d": "d",
        "By": "bytes",
        "USD": "currencyUSD",
        "1/s": "cps",
        "{token}": "short",
    }
)
_BY_KIND = MappingProxyType(
    {"time": "dateTimeAsIso", "day": "time:YYYY-MM-DD", "count": "short", "number": "none", "ratio": "none"}
)

_COLOURS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "state": {"new": "red", "regressed": "orange", "ongoing": "text"},
        "verdict": {"attack": "red", "spike": "orange"},
        "outcome": {"failed": "red", "done": "green"},
        "severity": {"critical": "red", "high": "orange", "medium": "yellow", "low": "text"},
        "priority": {"critical": "red", "high": "orange", "medium": "yellow", "low": "text"},
    }
)
"""By column: in which colour a value of it is shown."""

_FLAGS = MappingProxyType({"true": ("yes", "text"), "false": ("no", "text")})


def unit_of(column: ResultColumn) -> str:
    """Answer Grafana's unit of a column; raises KeyError for one that has no counterpart here."""
    return _UNITS[column.unit] if column.unit else _BY_KIND.get(column.kind, "string")


def display_name(column: str) -> str:
    """Answer the heading of a column."""
    words = column.replace("_", " ")
    return words[:1].upper() + words[1:]


def overrides(query: NamedQuery, links: Mapping[str, str]) -> dict[str, list[dashboard.DynamicConfigValue]]:
    """Answer for each column its unit, heading, mapped values and link."""
    return {
        name: [
            dashboard.DynamicConfigValue("displayName", display_name(name)),
            dashboard.DynamicConfigValue("unit", unit_of(column)),
            *_mapped(name, column),
            *_linked(links.get(name)),
        ]
        for name, column in query.columns.items()
    }


def _mapped(name: str, column: ResultColumn) -> list[dashboard.DynamicConfigValue]:
    shown = (
        _FLAGS
        if column.kind == "flag"
        else {value: (value, colour) for value, colour in _COLOURS.get(name, {}).items()}
    )
    if not shown:
        return []
    results = {
        value: dashboard.ValueMappingResult(text=text, color=colour, index=index)
        for index, (value, (text, colour)) in enumerate(shown.items())
    }
    return [
        dashboard.DynamicConfigValue("mappings", [dashboard.ValueMap(results)]),
        dashboard.DynamicConfigValue("custom.cellOptions", {"type": "color-text"}),
    ]


def _linked(link: str | None) -> list[dashboard.DynamicConfigValue]:
    if link is None:
        return []
    title, url = LINKS[link]
    return [dashboard.DynamicConfigValue("links", [{"title": title, "url": url, "targetBlank": link == "trace"}])]
