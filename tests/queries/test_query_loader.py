"""The loader of the named queries: headers, parameters, and how what is given becomes what is bound."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_lift.errors import ConfigError
from otel_lift.queries import QUERIES, NamedQuery, bound_time, catalogue, find, parse_time

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
_TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2261, 12, 31))  # noqa: DTZ001  # a zone is put to it
_ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))

HEADER = """/*
question: 4
title: Test
description: A query of this test.
{more}
columns:
  n: {{kind: count, description: "How many."}}
*/
SELECT 1 AS n
"""


def query(more: str = "window: 3600") -> NamedQuery:
    """Parse a query with these lines in its header."""
    return NamedQuery.parse("test", HEADER.format(more=more))


def own(kind: str, default: str) -> NamedQuery:
    """Parse a query without a window, with one parameter `value`."""
    return query(f'parameters:\n  value: {{type: "{kind}", default: {default}, description: "Given."}}')


@given(moment=_TIMES, zone=_ZONES, separator=st.sampled_from("T "))
def test_a_time_with_a_zone_is_the_same_moment_in_utc(moment: datetime, zone: timezone, separator: str) -> None:
    """Whatever zone an ISO 8601 time is written in, the moment is bound in UTC, to the microsecond."""
    moment = moment.replace(tzinfo=UTC)
    expected = moment.strftime("%Y-%m-%d %H:%M:%S.%f") + "000"
    assert bound_time(parse_time(moment.astimezone(zone).isoformat(separator), NOW)) == expected
    assert bound_time(parse_time(moment.replace(tzinfo=None).isoformat(separator), NOW)) == expected


@given(nanoseconds=st.integers(0, 9_000_000_000_000_000_000))
def test_every_nanosecond_comes_back(nanoseconds: int) -> None:
    """What is bound for a moment is read as the same moment again, as is the number of its seconds since 1970."""
    assert parse_time(bound_time(nanoseconds), NOW) == nanoseconds
    seconds, rest = divmod(nanoseconds, 10**9)
    assert parse_time(f"{seconds}.{rest:09}", NOW) == nanoseconds


@given(text=st.text(max_size=30))
def test_what_is_no_time_is_refused(text: str) -> None:
    """Any text is read as a moment that can be bound or refused as none, and never fails otherwise."""
    with suppress(ValueError):
        assert bound_time(parse_time(text, NOW))


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("now", "2026-11-21 09:30:00"),
        ("now-1h", "2026-11-21 08:30:00"),
        ("-90m", "2026-11-21 08:00:00"),
        ("-24h", "2026-11-20 09:30:00"),
        ("-7d", "2026-11-14 09:30:00"),
        ("now-2w", "2026-11-07 09:30:00"),
        ("-30s", "2026-11-21 09:29:30"),
        ("2026-11-20", "2026-11-20 00:00:00"),
        ("2026-11-20T10:30", "2026-11-20 10:30:00"),
        ("2026-11-20T10:30:00+01:00", "2026-11-20 09:30:00"),
        ("1795254600", "2026-11-21 09:50:00"),
    ],
)
def test_forms_of_a_time(text: str, bound: str) -> None:
    """A time is ISO 8601, relative to now, or the seconds since 1970; without a zone it is in UTC."""
    assert query().bind({"from": text, "to": "2026-12-01"}, now=NOW)["from"] == f"{bound}.000000000"


@pytest.mark.parametrize(
    "text", ["", "soon", "-1y", "+1h", "now+1h", "2026-13-01", "10:30", "1795254600000", "-99999d"]
)
def test_a_time_that_is_none_is_told(text: str) -> None:
    """An error names the parameter, the query, what was given and what would be right."""
    with pytest.raises(ConfigError, match=r"parameter 'to' of query 'test' takes a time such as 2026-11-21, .* not '"):
        query().bind({"to": text}, now=NOW)


def test_a_window_begins_before_its_end() -> None:
    """Without a start the window ends where it should; a start that is not before the end is refused."""
    assert query().bind({}, now=NOW) == {"from": "2026-11-21 08:30:00.000000000", "to": "2026-11-21 09:30:00.000000000"}
    assert query().bind({"to": "2026-10-01"}, now=NOW)["from"] == "2026-09-30 23:00:00.000000000"
    for start in ("-1h", "now"):
        with pytest.raises(ConfigError, match="'from' of query 'test' must be before 'to'"):
            query().bind({"from": start, "to": "-1h"}, now=NOW)


@pytest.mark.parametrize(
    ("kind", "given_value", "bound"),
    [
        ("UInt32", "4294967295", 4294967295),
        ("UInt64", 7, 7),
        ("Float64", "0.25", 0.25),
        ("String", "a, b", "a, b"),
        ("Array(String)", "login, signup", ["login", "signup"]),
        ("Array(String)", ["a,b"], ["a,b"]),
        ("Date", "2026-11-21", "2026-11-21"),
        ("DateTime64(9, 'UTC')", "now", "2026-11-21 09:30:00.000000000"),
    ],
)
def test_values_of_each_type(kind: str, given_value: str | int | list[str], bound: object) -> None:
    """A parameter takes the text or the number that its type can have."""
    defaults = {"Array(String)": "[a]", "Date": "'2020-01-01'", "DateTime64(9, 'UTC')": "now", "String": "''"}
    assert own(kind, defaults.get(kind, "0")).bind({"value": given_value}, now=NOW) == {"value": bound}


@pytest.mark.parametrize(
    ("kind", "value", "right"),
    [
        ("UInt32", "-1", "a whole number from 0 to 4294967295, not '-1'"),
        ("UInt32", "4294967296", "a whole number from 0 to 4294967295"),
        ("UInt32", "1.5", "a whole number"),
        ("UInt32", "", "a whole number"),
        ("UInt64", "1e3", "a whole number"),
        ("Float64", "nan", "a number, not 'nan'"),
        ("Float64", "inf", "a number"),
        ("Float64", "half", "a number"),
        ("Array(String)", "a,,b", "texts with commas between them"),
        ("Array(String)", "", "texts with commas between them"),
        ("Date", "21.11.2026", "a day such as 2026-11-21"),
    ],
)
def test_values_that_a_type_cannot_have(kind: str, value: str, right: str) -> None:
    """What no value of the type is is refused before anything is asked, saying what would be right."""
    defaults = {"Array(String)": "[a]", "Date": "'2020-01-01'"}
    with pytest.raises(ConfigError, match="parameter 'value' of query 'test' takes ") as told:
        own(kind, defaults.get(kind, "0")).bind({"value": value})
    assert right in str(told.value)


def test_bounds_of_a_parameter() -> None:
    """A number below or above what a header allows is refused, and so is such a default."""
    bounded = "parameters:\n  n: {type: Float64, default: %s, least: 0.5, most: 2, description: Given.}"
    for value in ("0.5", "2"):
        assert query(bounded % 1).bind({"n": value}) == {"n": float(value)}
    for value, told in (("0.4", "takes 0.5 at least, not '0.4'"), ("2.1", "takes 2 at most, not '2.1'")):
        with pytest.raises(ConfigError, match=told):
            query(bounded % 1).bind({"n": value})
        with pytest.raises(ConfigError, match=told):
            query(bounded % value)


def test_unknown_parameters_and_queries_are_told() -> None:
    """What is not there is refused, with what there is or what is nearest."""
    with pytest.raises(ConfigError, match="has no parameter 'hours'; it has: from, to, service"):
        query("window: 60\nfilters: [service]").bind({"hours": "1"})
    with pytest.raises(ConfigError, match="did you mean 'failures-by-event'"):
        find("failure-by-event")
    with pytest.raises(ConfigError, match=r"there are: .*failing-endpoints"):
        find("zzz")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("colour: red", "colour"),
        ("window: 0", "window"),
        ("role: king", "role"),
        ("people: users", "there is no column users"),
        ("filters: [region]", "filters"),
        ("parameters:\n  x: {type: Int8, default: 0, description: d}", "unknown type Int8"),
        ("parameters:\n  x: {type: UInt32, default: -1, description: d}", "takes a whole number"),
        ("- window", "cannot be read"),
    ],
)
def test_a_header_that_is_wrong_is_told(more: str, why: str) -> None:
    """A key, a role, a filter, a type or a default that cannot be is refused, naming the file."""
    with pytest.raises(ConfigError, match=r"the header of the query test\.sql cannot be read") as told:
        query(more)
    assert why in str(told.value)


def test_defaults_of_a_configuration() -> None:
    """A configuration's defaults hold where nothing is given, are checked, and leave other queries as they are."""
    changed = catalogue({"failing-endpoints": {"limit": 3, "service": "shop", "from": "-2h"}})
    bound = changed["failing-endpoints"].bind({}, now=NOW)
    assert (bound["limit"], bound["service"], bound["from"]) == (3, "shop", "2026-11-21 07:30:00.000000000")
    assert changed["failing-endpoints"].bind({"limit": "4"}, now=NOW)["limit"] == 4
    assert list(changed) == list(QUERIES)
    assert QUERIES["failing-endpoints"].bind({}, now=NOW)["limit"] == 10
    with pytest.raises(ConfigError, match="parameter 'limit' of query 'failing-endpoints' takes a whole number"):
        catalogue({"failing-endpoints": {"limit": "many"}})
    with pytest.raises(ConfigError, match="there is no query 'failing'"):
        catalogue({"failing": {}})
