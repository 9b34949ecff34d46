"""The registry holds the whole catalogue, and its declarations agree with each other."""

import importlib
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from otel_lift import semconv
from otel_lift.semconv import (
    ATTRIBUTES,
    COLUMNS,
    EVENTS,
    Attr,
    FieldSpec,
    LiftEvent,
    Privacy,
    consent_category,
    fields_of,
    priority,
)

# event: priority and consent category, as the conventions state them
CATALOGUE = {
    "auth_error": "medium essential",
    "api_error": "high essential",
    "api_timeout": "high essential",
    "ai_failure": "medium essential",
    "db_error": "high essential",
    "db_pool_error": "critical essential",
    "auth_system_failure": "critical essential",
    "payment_error": "critical essential",
    "stripe_checkout_error": "critical essential",
    "cascade_failure_detected": "critical essential",
    "security_incident_lockout": "critical essential",
    "session_stabilization_failure": "medium essential",
    "rate_limited": "medium essential",
    "notification_failure": "medium essential",
    "data_consistency_error": "medium essential",
    "client_error": "high essential",
    "user_error": "medium essential",
    "feature_used": "low analytics",
    "trial_conversion": "low analytics",
    "session_metric": "low analytics",
    "user_signup": "low analytics",
    "user_login": "low analytics",
    "user_profile_update": "low analytics",
    "navigation": "low analytics",
    "form_interaction": "low analytics",
    "background_job": "low essential",
    "user_consent_update": "high essential",
    "activation_started": "low analytics",
    "activation_round_completed": "low analytics",
    "activation_affirmation_selected": "low analytics",
    "activation_mood_logged": "low analytics",
    "activation_breathwork_completed": "low analytics",
    "activation_completed": "low analytics",
    "microact_created": "low analytics",
    "microact_updated": "low analytics",
    "microact_shared": "low analytics",
    "microact_category_selected": "low analytics",
    "post_created": "low analytics",
    "post_liked": "low analytics",
    "post_commented": "low analytics",
    "post_shared": "low analytics",
    "user_followed": "low analytics",
    "wave_registered": "low analytics",
    "wave_joined": "low analytics",
    "wave_left": "low analytics",
    "wave_interaction": "low analytics",
    "wave_microact_shared": "low analytics",
    "wave_feedback_submitted": "low analytics",
    "page_load": "low analytics",
    "api_response_time": "low essential",
    "slow_endpoint": "low essential",
    "cache_performance": "low essential",
    "interaction": "low analytics",
    "partner_match": "low analytics",
    "demo_booking": "low analytics",
    "flow_completion": "low analytics",
    "power_confidence_update": "low analytics",
    "ai_interaction": "low analytics",
    "message_consistency": "low analytics",
    "experiment_exposure": "low analytics",
}

TYPES = {
    str: {"string", "lowcardinality"},
    int: {"uint8", "uint16", "uint32", "uint64", "int64"},
    float: {"float64"},
    bool: {"bool"},
}


def _all_fields() -> dict[str, list[FieldSpec]]:
    by_attribute: defaultdict[str, list[FieldSpec]] = defaultdict(list)
    for event in EVENTS.values():
        for field in fields_of(event):
            by_attribute[field.attr.name].append(field)
    return by_attribute


def test_the_registry_holds_exactly_the_catalogue() -> None:
    """Every event of the catalogue is declared, and no other."""
    assert set(EVENTS) == set(CATALOGUE)


@pytest.mark.parametrize("name", CATALOGUE)
def test_priority_and_consent_are_those_of_the_catalogue(name: str) -> None:
    """An event's priority and consent category are the ones that the conventions state."""
    assert f"{priority(name)} {consent_category(name)}" == CATALOGUE[name]


@pytest.mark.parametrize("severity", ["low", "medium", "high", "critical"])
def test_priority_of_a_user_error_is_its_severity(severity: str) -> None:
    """Severity decides the priority of `user_error` and of no other event."""
    assert priority("user_error", severity) == severity
    assert priority("db_pool_error", severity) == "critical"


def test_unknown_events_have_no_priority_and_no_category() -> None:
    """An event that is not in the catalogue is answered with None."""
    assert priority("lunch") is None
    assert consent_category("lunch") is None
    assert priority("user_error", "terrible") == "medium"


def test_no_required_attribute_can_be_taken_away_for_privacy() -> None:
    """Required attributes are public, for pseudonyms may remove others before; a mood is no id and stays."""
    required = {
        (event.spec.name, field.attr.name)
        for event in EVENTS.values()
        for field in fields_of(event)
        if field.required and field.attr.privacy is not Privacy.PUBLIC
    }
    assert required == {("activation_mood_logged", "lift.mood")}


def test_an_attribute_means_the_same_in_every_event() -> None:
    """Events that share an attribute agree on its type, unit, privacy class and column."""
    for name, fields in _all_fields().items():
        meanings = {(field.kind, field.attr.unit, field.attr.privacy, field.attr.column) for field in fields}
        assert len(meanings) == 1, name


def test_an_event_names_an_attribute_once() -> None:
    """No two fields of an event are carried by the same attribute."""
    for event in EVENTS.values():
        names = [field.attr.name for field in fields_of(event)]
        assert len(names) == len(set(names)), event.spec.name


def test_attributes_outside_the_lift_namespace_are_opentelemetrys_own() -> None:
    """An attribute without the prefix `lift.` exists in OpenTelemetry's semantic conventions."""
    folder = Path(importlib.import_module("opentelemetry.semconv").__path__[0])
    own = {
        value
        for path in folder.glob("**/attributes/*_attributes.py")
        for value in vars(
            importlib.import_module(
                ".".join(["opentelemetry.semconv", *path.relative_to(folder).with_suffix("").parts])
            )
        ).values()
        if isinstance(value, str)
    }
    assert {name for name in ATTRIBUTES if not name.startswith("lift.")} <= own


def test_every_column_a_field_names_exists_and_holds_its_type() -> None:
    """A field's column is one of `COLUMNS`, lists the field's attribute, and holds the field's type."""
    for name, fields in _all_fields().items():
        attr = fields[0].attr
        if attr.column:
            column = COLUMNS[attr.column]
            assert name in [source.attribute for source in column.sources]
            assert column.type in TYPES[fields[0].kind], name


def test_a_column_is_at_least_as_private_as_what_fills_it() -> None:
    """The privacy class of a column is never weaker than that of an attribute of the registry that fills it."""
    strictness = list(Privacy)
    for column in COLUMNS.values():
        for source in column.sources:
            if source.attribute in ATTRIBUTES:
                assert strictness.index(column.privacy) >= strictness.index(ATTRIBUTES[source.attribute].privacy)


def test_durations_in_seconds_and_in_milliseconds_meet_in_one_unit() -> None:
    """`duration_ms` states for each of its attributes by what to multiply it."""
    scales = {source.attribute: source.scale for source in COLUMNS["duration_ms"].sources}
    assert scales["lift.duration"] == scales["lift.session_duration"] == 1000.0
    assert scales["lift.response_time"] == scales["lift.query_time"] == scales["lift.execution_time"] == 1.0


def test_every_event_class_is_public() -> None:
    """Each event can be imported from `otel_lift.semconv` by the name of its class."""
    for event in EVENTS.values():
        assert getattr(semconv, event.__name__) is event
        assert event.__name__ in semconv.__all__


def test_a_new_event_is_known_by_its_declaration_alone() -> None:
    """Fields, attributes and requiredness of an event follow from its class, with nothing to register by hand."""
    from typing import Annotated

    class Lunch(LiftEvent):
        """Somebody ate."""

        dish: Annotated[str, Attr("lift.dish", "What was eaten.")]
        price: Annotated[float, Attr("lift.price", "What it cost.", unit="USD")] | None = None

    own = {field.attr.name: (field.kind, field.required) for field in fields_of(Lunch)[:2]}
    assert own == {"lift.dish": (str, True), "lift.price": (float, False)}


def test_an_app_needs_nothing_of_the_gateway() -> None:
    """Importing the conventions loads neither Arrow nor numpy nor any other of the gateway's libraries."""
    heavy = "{'pyarrow', 'numpy', 'grpc', 'chdb', 'clickhouse_connect', 'yaml', 'granian', 'otel_lift.batch'}"
    code = f"import sys, otel_lift.semconv; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_program_says_what_to_install_where_only_the_apps_part_is() -> None:
    """Without the gateway's libraries the command is one message that names the extra to install."""
    code = "import sys; sys.modules['typer'] = None; from otel_lift.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "pip install 'otel-lift[gateway]'" in done.stderr
    assert "Traceback" not in done.stderr
