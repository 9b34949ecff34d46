"""What `otel-lift redact --explain` says: each finding, where it stands, and what it becomes."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import gateway_file, message_of, otel_lift
from otel_lift_redaction.changes import KEYS
from otel_lift_redaction.commands import app
from otel_lift_redaction.explain import read
from otel_lift_redaction.nested import NESTED
from redact_samples import MAIL, explained
from redaction_rows import typed
from typer.testing import CliRunner

from otel_lift.batch import ValueType
from otel_lift.errors import ConfigError, DecodeError

HEX = {"traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708"}


def _attribute(key: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"key": key, "value": value}


def _mail(key: str = "note") -> dict[str, Any]:
    return {"attributes": [_attribute(key, {"stringValue": f"by {MAIL}"})]}


TRACES = {
    "resourceSpans": [
        {
            "resource": _mail(),
            "scopeSpans": [
                {
                    "scope": {"name": MAIL, **_mail()},
                    "spans": [
                        {**HEX, "name": "clean"},
                        {
                            **HEX,
                            "name": f"to {MAIL}",
                            "status": {"message": MAIL},
                            "attributes": [
                                _attribute("password", {"stringValue": "open"}),
                                _attribute("http.request.body", {"stringValue": "all"}),
                                _attribute("lift.amount", {"intValue": "1234"}),
                                _attribute(MAIL, {"boolValue": True}),
                                _attribute("query", {"stringValue": "a=ada.finder%2540example.com"}),
                                _attribute("raw", {"bytesValue": "YWRhLmZpbmRlckBleGFtcGxlLmNvbQ=="}),
                                _attribute(
                                    "map",
                                    {
                                        "kvlistValue": {
                                            "values": [
                                                _attribute("to", {"arrayValue": {"values": [{"stringValue": MAIL}]}}),
                                                _attribute("password", {"stringValue": "x"}),
                                            ]
                                        }
                                    },
                                ),
                            ],
                            "events": [{"name": "one"}, {"name": MAIL, **_mail()}],
                            "links": [{**HEX, "traceState": f"a={MAIL}", **_mail()}],
                        },
                    ],
                }
            ],
        }
    ]
}
LOGS = {
    "resourceLogs": [
        {"scopeLogs": [{"logRecords": [{"body": {"stringValue": f"see {MAIL}"}, "severityText": MAIL, **_mail()}]}]}
    ]
}
METRICS = {
    "resourceMetrics": [
        {
            "scopeMetrics": [
                {
                    "metrics": [
                        {
                            "name": "made",
                            "description": f"by {MAIL}",
                            "metadata": _mail()["attributes"],
                            "sum": {
                                "dataPoints": [
                                    {
                                        "asInt": "1",
                                        **_mail(),
                                        "exemplars": [{"asInt": "1", "filteredAttributes": _mail()["attributes"]}],
                                    }
                                ]
                            },
                        }
                    ]
                }
            ]
        }
    ]
}


def _redact(*arguments: str | Path, given: str = "") -> Any:
    return CliRunner().invoke(app, [*map(str, arguments)], input=given)


def _findings(tmp_path: Path, content: str, *options: str | Path) -> list[dict[str, Any]]:
    file = tmp_path / "sample.json"
    file.write_text(content)
    result = _redact("--explain", file, "--format", "json", *options)
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def _places(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(one["level"], one["record"], one["row"], one["field"], one["key"], one["rule"]) for one in found]


def test_every_level_of_traces_is_told_apart(tmp_path: Path) -> None:
    """Each finding in a trace names its level, record, row, field or key, and its rule."""
    found = _findings(tmp_path, json.dumps(TRACES))
    assert {one["signal"] for one in found} == {"traces"}
    assert sorted(_places(found), key=str) == sorted(
        [
            ("resource", None, 1, "attributes", "note", "email"),
            ("scope", None, 1, "name", None, "email"),
            ("scope", None, 1, "attributes", "note", "email"),
            ("record", 2, 2, "name", None, "email"),
            ("record", 2, 2, "status_message", None, "email"),
            ("record", 2, 2, "attributes", "password", "credential"),
            ("record", 2, 2, "attributes", "http.request.body", "body"),
            ("record", 2, 2, "attributes", "lift.amount", "amount"),
            ("record", 2, 2, KEYS, MAIL, "email"),
            ("record", 2, 2, "attributes", "query", "email"),
            ("record", 2, 2, "attributes", "raw", "email"),
            ("record", 2, 2, "attributes", "map", "email"),
            ("record", 2, 2, "attributes", "map", "credential"),
            ("event", 2, 2, "name", None, "email"),
            ("event", 2, 2, "attributes", "note", "email"),
            ("link", 2, 1, "trace_state", None, "email"),
            ("link", 2, 1, "attributes", "note", "email"),
        ],
        key=str,
    )
    by_key = {(one["key"], one["rule"]): one for one in found if one["level"] == "record"}
    assert by_key["query", "email"]["path"] == ["percent", "percent"]
    assert by_key["query", "email"]["before"] == "ada.finder%2540example.com"
    assert by_key["raw", "email"]["path"] == ["base64"]
    assert by_key["map", "email"]["inside"] == "to[0]"
    assert by_key["map", "credential"]["inside"] == "password"
    actions = {key: (one["action"], one["before"], one["after"]) for (key, _), one in by_key.items() if key != "map"}
    assert actions["password"] == ("mask", "open", "[credential]")
    assert actions["http.request.body"] == ("drop", "all", None)
    assert actions["lift.amount"] == ("bucket", "1234", "1000")
    assert actions[MAIL] == ("mask", MAIL, "[email]")


def test_logs_and_metrics_are_told_in_one_file(tmp_path: Path) -> None:
    """Requests that follow one another, of any signal, are explained with the line that each begins in."""
    found = _findings(tmp_path, f"{json.dumps(LOGS)}\n{json.dumps(METRICS)}\n")
    assert {(one["line"], one["signal"]) for one in found} == {(1, "logs"), (2, "metrics")}
    assert {place[:1] + place[3:5] for place in _places(found)} == {
        ("record", "body", None),
        ("record", "severity_text", None),
        ("record", "attributes", "note"),
        ("metric", "description", None),
        ("metric", "attributes", "note"),
        ("exemplar", "attributes", "note"),
    }


def test_a_text_is_one_value_with_lines_and_columns() -> None:
    """What is no OTLP is looked at as a whole, told by line and column, and fails the command where that is asked."""
    text = f"first\nsecond to {MAIL}\n-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n"

    found = _redact("--explain", "-", "--fail-on-finding", given=text)
    assert found.exit_code == 3
    assert "2:11" in found.stdout
    assert "Only redaction is shown" in found.stderr
    shown = _redact("--explain", "-", "--output", "--fail-on-finding", given=text)
    assert shown.exit_code == 3
    assert shown.stdout == "first\nsecond to [email]\n[private_key]\n"
    clean = _redact("--explain", "-", "--fail-on-finding", "--output", given="nothing here\n")
    assert (clean.exit_code, clean.stdout) == (0, "nothing here\n")


def test_the_redacted_document_is_otlp_again(tmp_path: Path) -> None:
    """`--output` prints what the processor makes of the sample, as OTLP JSON in which nothing more is found."""
    file = tmp_path / "sample.json"
    file.write_text(json.dumps(TRACES))
    result = _redact("--explain", file, "--output")
    assert MAIL not in result.stdout
    (again,) = read(result.stdout.encode(), "again")
    assert len(again.batch) == 2
    assert explained(again.batch) == []
    assert json.loads(result.stdout)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["traceId"] == HEX["traceId"]


def test_a_configuration_decides_what_is_found(tmp_path: Path) -> None:
    """The rules are those of the gateway's configuration, of the processor that is chosen where there are several."""
    pipeline = {"receivers": ["otlp"], "processors": ["redaction/lax", "redaction/strict"], "exporters": ["clickhouse"]}
    lax, strict = (
        {"detectors": {"email": {"action": "keep"}}},
        {"allow": ["other"], "detectors": {"email": {"action": "hash"}}},
    )
    config = gateway_file(
        tmp_path,
        {
            "processors": {"redaction/lax": lax, "redaction/strict": strict},
            "service": {"pipelines": {"logs": pipeline}},
        },
    )
    text = json.dumps(LOGS)
    assert _findings(tmp_path, text, "--config", config, "--processor", "redaction/lax") == []
    found = _findings(tmp_path, text, "--config", config, "--processor", "redaction/strict")
    assert sorted((one["rule"], one["action"]) for one in found) == [
        ("allow", "drop"),
        ("email", "hash"),
        ("email", "hash"),
    ]
    assert not (tmp_path / "data").exists()
    failed = _redact("--explain", tmp_path / "sample.json", "--config", config).exception
    assert isinstance(failed, ConfigError)
    assert "redaction/lax, redaction/strict; choose one by --processor" in str(failed)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b'{"resourceSpans": [\n {"a" 1}]}', "f:2:7: not valid JSON"),
        (b'{"resourceLogs":[]}\n{"resourceLogs":[}\n', "f:2:18: not valid JSON"),
        (b'{"resourceLogs":[]}\n{"resourceLog":[]}\n', "f:2:1: no OTLP request"),
        (
            b'{"resourceLogs":[]}\n{"resourceLogs":[{"scopeLogs":1}]}\n',
            "f:2:1: resourceLogs[0].scopeLogs: not an array",
        ),
        (b"ab\ncd\xff", "f:2:3: not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(content: bytes, place: str) -> None:
    """A mistake in a sample is told with line and column, and without the sample's texts."""
    with pytest.raises(DecodeError) as caught:
        read(content, "f")
    assert str(caught.value).startswith(place)


def test_a_command_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    """Neither of the two questions, both, or a file that is not there: a message and no traceback."""
    assert _redact().exit_code == 2
    file = tmp_path / "x.yaml"
    file.write_text("{}")
    assert _redact("--explain", file, "--shadow", file).exit_code == 2
    missing = message_of(otel_lift("redact", "--explain", tmp_path / "none.json"))
    assert "cannot be read" in missing


def test_nested_values_are_explained_by_their_parts() -> None:
    """Arrays, maps and bytes of every shape are told by their texts, never as a whole that was written again."""
    inside = {
        "to": [MAIL, {"deep": f"{MAIL} and 4111111111111111"}],
        MAIL: 1,
        "number": 4111111111111111,
        "password": ["a", "b"],
        "http": {"request": {"body": "all of it"}},
        "raw": {"$bytes": "YWRhLmZpbmRlckBleGFtcGxlLmNvbQ=="},
        "twice": {"$kvlist": [["a", MAIL], ["a", 2]]},
    }
    (one,) = explained(typed([("map", ValueType.KVLIST, json.dumps(inside, separators=(",", ":")))]))
    assert ValueType.KVLIST in NESTED
    assert [(d.inside, d.in_key, d.rule, d.after) for d in one.details] == [
        ("to[0]", False, "email", "[email]"),
        ("to[1].deep", False, "email", "[email]"),
        ("to[1].deep", False, "payment_card", "[payment_card]"),
        (MAIL, True, "email", "[email]"),
        ("number", False, "payment_card", "[payment_card]"),
        ("password", False, "credential", "[credential]"),
        ("http.request.body", False, "body", None),
        ("raw", False, "email", "[email]"),
        ("twice.a", False, "email", "[email]"),
    ]


def test_the_settings_of_yaml_apply_to_a_sample(tmp_path: Path) -> None:
    """A detector of the user's own, from the configuration, is explained under its name."""
    settings_ = {"custom": [{"name": "staff_id", "regex": r"\bE-[0-9]{6}\b"}]}
    pipeline = {"receivers": ["otlp"], "processors": ["redaction"], "exporters": ["clickhouse"]}
    config = gateway_file(
        tmp_path, {"processors": {"redaction": settings_}, "service": {"pipelines": {"logs": pipeline}}}
    )
    assert yaml.safe_load(config.read_text())["processors"]["redaction"] == settings_
    (one,) = _findings(tmp_path, "asked by E-004217", "--config", config)
    assert (one["rule"], one["before"], one["after"], one["line"]) == ("staff_id", "E-004217", "[staff_id]", 1)
