"""Privacy classes by attribute: what an anonymised record may keep."""

import pytest

from otel_lift.semconv import ATTRIBUTES, BUCKETS, PUBLIC_ATTRIBUTES, Privacy, privacy_class


@pytest.mark.parametrize(
    "key",
    [
        "http.route", "http.request.method", "http.response.status_code", "error.type", "exception.type",
        "service.name", "service.version", "deployment.environment.name", "telemetry.sdk.language",
        "lift.event", "lift.consent", "lift.consent.analytics", "lift.severity", "lift.feature", "lift.template",
    ],
)  # fmt: skip
def test_what_describes_the_app_is_public(key: str) -> None:
    """Attributes about the app alone are kept on an anonymised record."""
    assert key in PUBLIC_ATTRIBUTES
    assert privacy_class(key) is Privacy.PUBLIC


@pytest.mark.parametrize(
    "key",
    [
        "url.full", "url.path", "url.query", "http.url", "http.target", "db.query.text", "db.statement",
        "exception.message", "exception.stacktrace", "error.message", "user.id", "enduser.id", "user.email",
        "user.name", "session.id", "client.address", "network.peer.address", "net.peer.ip", "user_agent.original",
        "device.id", "host.name", "geo.location.lat", "lift.input_data", "lift.user_message", "lift.subject",
        "lift.amount", "gen_ai.input.messages", "http.request.header.authorization", "service.instance.id",
    ],
)  # fmt: skip
def test_ids_addresses_and_free_text_are_not_public(key: str) -> None:
    """Attributes that can lead to a person are known, and go from an anonymised record."""
    assert key not in PUBLIC_ATTRIBUTES
    assert privacy_class(key) not in (None, Privacy.PUBLIC)


def test_an_unknown_attribute_has_no_class() -> None:
    """An attribute that nobody declared is in no class, and so never public."""
    assert privacy_class("lift.shoe_size") is None
    assert "lift.shoe_size" not in PUBLIC_ATTRIBUTES


def test_text_with_a_limit_is_personal() -> None:
    """Free text, which is what needs a limit, is never public."""
    assert all(attr.privacy is Privacy.PERSONAL for attr in ATTRIBUTES.values() if attr.limit)


def test_exact_numbers_that_must_not_be_stored_are_known_with_their_buckets() -> None:
    """Amounts and document lengths have buckets that ascend from 0."""
    assert set(BUCKETS) == {"lift.amount", "lift.document_length"}
    for bounds in BUCKETS.values():
        assert list(bounds) == sorted(set(bounds))
        assert bounds[0] == 0
