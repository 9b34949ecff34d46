"""The reference page of all named queries, made from their headers."""

import re
from collections.abc import Iterator

from otel_lift.queries.catalogue import QUERIES
from otel_lift.queries.model import NamedQuery, Parameter

__all__ = ["page"]

_INTRODUCTION = """\
# Named queries

<!-- Made from the headers of the queries by `make docs`; a test fails where it drifts. -->

Each answers one of the 23 questions of the catalogue, from the command line (`otel-lift query NAME`), the API
(`GET /api/v1/queries/NAME`), the console and Grafana alike. The SQL is in `otel_lift/queries/sql/NAME.sql`.

A query with a window answers for the time from `from` to `to`, which is not in it. Both are ISO 8601 (in UTC where no
zone is given), relative to now (`now`, `-24h`, `now-7d`; units are s, m, h, d and w) or seconds since 1970. Without a
`from` the window is as long as its default and ends at `to`. Days, hours and weeks are those of UTC.

Where a query has a raw form, its answer comes from rollups, and `--raw` asks the events themselves. Percentiles are
right to 0.4 %, and distinct people are exact up to 65,536. The role is the least that may ask the API; rows about
fewer people than the API's `k` are hidden from viewers and analysts.
"""
_SPACES = re.compile(r"\s+")


def page() -> str:
    """Answer the page with a list of the queries by question, and a section for each."""
    queries = sorted(QUERIES.values(), key=lambda named: (named.question, named.name))
    lines = ["| question | query | what it answers |", "| ---: | --- | --- |"]
    lines += [f"| {named.question} | [{named.name}](#{named.name}) | {_line(named.description)} |" for named in queries]
    return "\n".join([_INTRODUCTION, *lines, "", *("\n".join(_section(named)) for named in queries)])


def _section(named: NamedQuery) -> Iterator[str]:
    yield f"## {named.name}\n\n{named.title} (question {named.question}). {_line(named.description)}\n"
    facts = [f"Role: {named.role}."]
    if named.people:
        facts.append(f"People: `{named.people}`.")
    if named.raw_sql is not None:
        facts.append("It has a raw form.")
    yield " ".join(facts) + "\n"
    if named.parameters:
        yield "| parameter | type | default | meaning |\n| --- | --- | --- | --- |"
        for name, parameter in named.parameters.items():
            default = ", ".join(parameter.default) if isinstance(parameter.default, list | tuple) else parameter.default
            shown = f"`{default}`" if default != "" else ""
            bounds = [f"{bound:g} at {word}" for bound, word in _bounds(parameter)]
            meaning = " ".join([_with_unit(parameter.description, parameter.unit), *(f"{told}." for told in bounds)])
            yield f"| `{name}` | `{parameter.type}` | {shown} | {meaning} |"
        yield ""
    yield "| column | kind | meaning |\n| --- | --- | --- |"
    for name, column in named.columns.items():
        yield f"| `{name}` | {column.kind} | {_with_unit(column.description, column.unit)} |"
    yield ""


def _bounds(parameter: Parameter) -> list[tuple[float, str]]:
    bounds = ((parameter.least, "least"), (parameter.most, "most"))
    return [(bound, word) for bound, word in bounds if bound is not None]


def _with_unit(description: str, unit: str) -> str:
    return f"{_line(description)} Unit: {unit}." if unit else _line(description)


def _line(text: str) -> str:
    return _SPACES.sub(" ", text).strip().replace("|", "\\|")
