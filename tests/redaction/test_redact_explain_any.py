"""What `otel-lift redact --explain` says of any request is what the processor does to it."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from otel_lift_redaction.changes import KEYS
from otel_lift_redaction.explain import Explained
from otel_lift_redaction.lattice import Finding, applied
from redact_samples import MAIL, explained
from redaction_rows import processor

from otel_lift.batch import Batch, Level, RequestContext, Signal
from otel_lift.kernel import decode
from otel_lift.testing import otlp

TEXTS = (
    *("plain", MAIL, f"to {MAIL}, {MAIL}", "ada.finder%40example.com", "ada.finder%2540example.com"),
    *(
        "q=YWRhLmZpbmRlckBleGFtcGxlLmNvbQ== end",
        "card 4111 1111 1111 1111 of 203.0.113.77",
        "\\u0061da.finder@example.com",
    ),
    *(
        '{"mail":"ada.finder@example.com","password":"x y"}',
        "ada\u200b.finder@example.com",
        "ada.finder&#64;example.com",
    ),
)
KEYS_TO_PLANT = ("note", "password", "http.request.body", "lift.amount", MAIL, "http.route", "kept", "$bytes")
RULES: tuple[dict[str, Any], ...] = (
    {},
    {"detectors": {"email": {"action": "hash"}, "ipv4": {"action": "drop"}}, "hash_key": "k" * 32},
    {"allow": ["note", "http.*", "kept"], "keys": [{"match": ["kept"], "action": "keep"}]},
    {
        "keys": [
            {"match": ["note"], "action": "truncate", "length": 30},
            {"match": ["*.route"], "action": "bucket", "bounds": [0, 9]},
        ]
    },
)


def _strings(message: Message, *, key: bool = False) -> Iterator[tuple[Message, str, bool]]:
    """Yield every text field of a message and of those inside it, and whether it is an attribute's key."""
    for field in message.DESCRIPTOR.fields:
        if field.message_type is not None:
            inner = getattr(message, field.name)
            for one in inner if field.is_repeated else [inner] if message.HasField(field.name) else []:
                yield from _strings(one)
        elif (
            field.type == field.TYPE_STRING
            and not field.is_repeated
            and (field.containing_oneof is None or message.WhichOneof(field.containing_oneof.name) == field.name)
        ):
            yield message, field.name, field.name == "key"


def _planted(request: Message, chance: Random) -> Batch:
    for message, name, key in _strings(request):
        if chance.random() < 0.6:
            setattr(message, name, chance.choice(KEYS_TO_PLANT if key else TEXTS))
    signal = {"T": Signal.TRACES, "L": Signal.LOGS, "M": Signal.METRICS}[
        request.DESCRIPTOR.name.removeprefix("Export")[0]
    ]
    return decode(signal, [request.SerializeToString()], RequestContext(), 0).batch


def _replaced(tree: Any, before: str, after: str) -> Any:
    match tree:
        case str():
            return after if tree == before else tree
        case list():
            return [_replaced(item, before, after) for item in tree]
        case dict():
            return {key: _replaced(item, before, after) for key, item in tree.items()}
        case _:
            return tree


def _apply(tables: dict[Level, list[dict[str, Any]]], found: list[Explained]) -> None:
    """Do to tables what the findings say."""
    for one in [one for one in found if one.where.column not in (KEYS, "attributes")]:
        row = tables[one.where.level][one.where.row]
        row[one.where.column] = _replaced(row[one.where.column], one.before, str(one.after))
    for one in [one for one in found if one.where.column == "attributes"]:
        entries = tables[one.where.level][one.where.row]["attributes"]
        entry = next(e for e in entries if e["key"] == one.where.key and e["value"] == one.before and "after" not in e)
        entry["after"] = one.after
    for one in [one for one in found if one.where.column == KEYS]:
        entries = tables[one.where.level][one.where.row]["attributes"]
        entry = next(e for e in entries if e["key"] == one.where.key and "new" not in e)
        entry["new"] = one.after
    for rows in tables.values():
        for row in rows:
            row["attributes"] = [
                (entry.get("new", entry["key"]), entry.get("after", entry["value"]))
                for entry in row["attributes"]
                if entry.get("after", "") is not None
            ]


def _tables(batch: Batch) -> dict[Level, list[dict[str, Any]]]:
    return {
        level: [
            {name: value for name, value in row.items() if not name.startswith("lift.")} for row in table.to_pylist()
        ]
        for level, table in batch.tables.items()
    }


@pytest.mark.parametrize("signal", list(Signal))
@pytest.mark.parametrize("config", range(len(RULES)))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_what_is_explained_is_what_is_done(tmp_path: Path, signal: Signal, config: int, data: st.DataObject) -> None:
    """The findings of any request, applied to it, give exactly what the processor answers, and each tells its span."""
    request = data.draw(otlp.requests(signal))
    batch = _planted(request, Random(data.draw(st.integers(0, 2**32))))
    found = explained(batch, **RULES[config]) if len(batch) else []
    tables = _tables(batch)
    _apply(tables, found)
    expected = _tables(processor(tmp_path, **RULES[config]).process(batch))
    for rows in expected.values():
        for row in rows:
            row["attributes"] = [(entry["key"], entry["value"]) for entry in row["attributes"]]
            row.pop("body_type", None)
    for rows in tables.values():
        for row in rows:
            row.pop("body_type", None)
    assert str(tables) == str(expected)  # not a number is unlike itself
    for one in found:
        assert one.details
        _check_spans(one)


def _check_spans(one: Explained) -> None:
    """Hold the findings of a value that has no inside against what it became."""
    rules = [detail for detail in one.details if detail.action is not None and not detail.inside]
    text = rules[0].after if rules else one.before
    spans = [detail for detail in one.details if detail.action is None]
    if text is None or any(detail.inside or detail.path[:1] == ("base64",) for detail in one.details):
        return
    findings = [Finding(d.rule, d.path, d.begin, d.end, d.before, str(d.after)) for d in spans]
    assert all(text[each.begin : each.end] == each.before for each in findings)
    assert applied(text, findings) == one.after
