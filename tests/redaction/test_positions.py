"""Every place where a client's text can stand is redacted."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from otel_lift_redaction import GATEWAY_COLUMNS
from privacy_rows import batch, column
from redaction_rows import processor, typed, values

from otel_lift.batch import SCHEMAS, Batch, Level, Signal, ValueType

NEEDLE = "needle.person@example.com"
OURS = {"subject", "person", "consent", "template", "fingerprint"}


def _shapes(data_type: Any) -> Iterator[Any]:
    """Answer values of an Arrow type that hold the needle in one of its strings each."""
    if pa.types.is_string(data_type) or pa.types.is_dictionary(data_type):
        yield f"of {NEEDLE}!"
    elif pa.types.is_list(data_type):
        yield from ([inner] for inner in _shapes(data_type.value_type))
    elif pa.types.is_struct(data_type):
        for at in range(data_type.num_fields):
            yield from ({data_type.field(at).name: inner} for inner in _shapes(data_type.field(at).type))


def _planted() -> Iterator[Any]:
    for signal, levels in SCHEMAS.items():
        for level, schema in levels.items():
            for field in schema:
                if field.name == "attributes":
                    yield pytest.param(signal, level, field.name, {NEEDLE: "x"}, id=f"{signal}-{level}-key")
                    yield pytest.param(signal, level, field.name, {"x": NEEDLE}, id=f"{signal}-{level}-value")
                elif field.name not in GATEWAY_COLUMNS:
                    for at, value in enumerate(_shapes(field.type)):
                        yield pytest.param(signal, level, field.name, value, id=f"{signal}-{level}-{field.name}-{at}")


def _text(found: Batch) -> str:
    return str({level: table.to_pylist() for level, table in found.tables.items()})


@pytest.mark.parametrize(("signal", "level", "name", "value"), list(_planted()))
def test_a_needle_in_any_string_of_the_schema_goes(
    tmp_path: Path, signal: Signal, level: Level, name: str, value: Any
) -> None:
    """A text planted in any string column of any level is redacted; a new column is covered by its schema alone."""
    row = {name: value, **({"record": 1} if level in (Level.EVENT, Level.LINK, Level.EXEMPLAR) else {})}
    if f"{name}_type" in SCHEMAS[signal][level].names:
        row[f"{name}_type"] = ValueType.STRING
    rows: dict[Level, list[dict[str, Any]]] = {each: [] for each in Level}
    rows |= {Level.RESOURCE: [{}], Level.SCOPE: [{}], Level.METRIC: [{}], Level.RECORD: [{}, {}]}
    rows[level] = [*rows[level][:-1], row] if rows[level] else [row]
    planted = batch(
        signal,
        rows[Level.RECORD],
        resources=rows[Level.RESOURCE],
        scopes=rows[Level.SCOPE],
        events=rows[Level.EVENT],
        links=rows[Level.LINK],
        metrics=rows[Level.METRIC],
        exemplars=rows[Level.EXEMPLAR],
    )
    assert NEEDLE in _text(planted)
    found = processor(tmp_path).process(planted)
    assert NEEDLE not in _text(found)
    assert "[email]" in _text(found)
    for each, table in found.tables.items():
        table.validate(full=True)
        assert table.schema == SCHEMAS[signal][each]
    counted = [None, 1] if level in (Level.RECORD, Level.EVENT, Level.LINK) else [None, None]
    assert column(found, "lift.redaction.count") == counted


def test_only_what_the_gateway_wrote_is_exempt() -> None:
    """No column is left out but the gateway's own pseudonyms, decisions, hashes and this summary."""
    assert {f"lift.{name}" for name in OURS} | {"lift.redaction.rules"} == GATEWAY_COLUMNS


def test_nested_values_stay_json(tmp_path: Path) -> None:
    """Strings, keys and long numbers inside arrays and maps are redacted, and the JSON is still JSON."""
    inside = {
        "to": [NEEDLE, {"deep": 'quote " and \t4111111111111111'}],
        NEEDLE: 1,
        "number": 4111111111111111,
        "double": 4111111111111111.0,
        "raw": {"$bytes": base64.b64encode(NEEDLE.encode()).decode()},
        "password": ["a", "b"],
        "http": {"request": {"body": "all of it"}},
        "count": 12,
        "flag": True,
        "nothing": None,
    }
    twice = {"$kvlist": [["a", NEEDLE], ["a", 2]]}
    found = processor(tmp_path).process(
        typed([("m", ValueType.KVLIST, json.dumps(inside)), ("l", ValueType.ARRAY, json.dumps([twice, NEEDLE]))])
    )
    first, second = values(found)
    assert json.loads(first) == {
        "to": ["[email]", {"deep": 'quote " and \t[payment_card]'}],
        "[email]": 1,
        "number": "[payment_card]",
        "double": "[payment_card].0",
        "raw": {"$bytes": base64.b64encode(b"[email]").decode()},
        "password": "[credential]",
        "http": {"request": {}},
        "count": 12,
        "flag": True,
        "nothing": None,
    }
    assert json.loads(second) == [{"$kvlist": [["a", "[email]"], ["a", 2]]}, "[email]"]
    assert column(found, "lift.redaction.rules") == ["body,credential,email,payment_card"]
    assert column(found, "lift.redaction.count") == [2]


def test_keys_that_become_equal_keep_their_values(tmp_path: Path) -> None:
    """Two keys inside a map that become the same placeholder both keep their values."""
    inside = json.dumps({"a@example.com": 1, "b@example.com": 2})
    (value,) = values(processor(tmp_path).process(typed([("m", ValueType.KVLIST, inside)])))
    assert json.loads(value) == {"$kvlist": [["[email]", 1], ["[email]", 2]]}


def test_attribute_keys_that_become_equal_are_one_dictionary_entry(tmp_path: Path) -> None:
    """The dictionaries of keys and names have no duplicates after redaction."""
    found = processor(tmp_path).process(
        batch(
            Signal.TRACES,
            [{"name": f"get {at}@example.com", "attributes": {f"{at}@example.com": str(at)}} for at in range(3)],
        )
    )
    assert found.attributes(Level.RECORD).keys.to_pylist() == ["[email]"]
    assert found.column(Level.RECORD, "name").dictionary.to_pylist() == ["get [email]"]
    assert values(found) == ["0", "1", "2"]


@pytest.mark.parametrize("raw", [NEEDLE.encode(), b"\xff\x00" + NEEDLE.encode() + b"\x00\x80"])
def test_bytes_are_looked_into(tmp_path: Path, raw: bytes) -> None:
    """Text in a value of bytes is redacted, whether the bytes around it are text or not, and stays bytes."""
    found = processor(tmp_path).process(typed([("b", ValueType.BYTES, base64.b64encode(raw).decode())]))
    attributes = found.attributes(Level.RECORD)
    assert base64.b64decode(attributes.values[0].as_py()) == raw.replace(NEEDLE.encode(), b"[email]")
    assert attributes.types.tolist() == [ValueType.BYTES]


def test_numbers_that_are_cards_become_text(tmp_path: Path) -> None:
    """An integer or a double with a card's number becomes a string; other numbers and booleans stay."""
    found = processor(tmp_path).process(
        typed(
            [
                ("a", ValueType.INT, "4111111111111111"),
                ("b", ValueType.DOUBLE, "4111111111111111.0"),
                ("c", ValueType.INT, "1790000000000000000"),
                ("d", ValueType.INT, "200"),
                ("e", ValueType.BOOL, "true"),
                ("f", ValueType.DOUBLE, "0.4111111111111111"),
            ]
        )
    )
    attributes = found.attributes(Level.RECORD)
    assert values(found) == [
        "[payment_card]",
        "[payment_card].0",
        "1790000000000000000",
        "200",
        "true",
        "0.4111111111111111",
    ]
    assert attributes.types.tolist() == [
        *(ValueType.STRING, ValueType.STRING, ValueType.INT, ValueType.INT, ValueType.BOOL, ValueType.DOUBLE)
    ]


def test_a_nested_body_is_redacted(tmp_path: Path) -> None:
    """A log body that is a map is redacted inside, and a body of any other type too."""
    bodies = [
        {"body_type": ValueType.KVLIST, "body": json.dumps({"to": NEEDLE})},
        {"body_type": ValueType.STRING, "body": NEEDLE},
        {"body_type": ValueType.INT, "body": "4111111111111111"},
        {},
    ]
    found = processor(tmp_path).process(batch(Signal.LOGS, bodies))
    assert column(found, "body") == ['{"to":"[email]"}', "[email]", "[payment_card]", None]
    assert column(found, "body_type") == [ValueType.KVLIST, ValueType.STRING, ValueType.STRING, None]
    assert column(found, "lift.redaction.count") == [1, 1, 1, None]
