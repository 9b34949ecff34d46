"""The API keeps to its own OpenAPI document, whatever it is sent."""

from collections.abc import Iterator
from typing import Any

import schemathesis
from gateways import Gateway
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

pytest_plugins = ["api_fixtures"]

# The named queries have one route between them.
_EXAMPLES, _OF_QUERIES = 6, 1
_ENDLESS = "/api/v1/realtime/stream"
# Each of these waits for the spool, or for a job.
_SLOW = ("/api/v1/subjects/", "/api/v1/admin/jobs/{name}/run")

# A schema cannot tell that a window begins before it ends.
_UNTOLD = [positive_data_acceptance]


def _operations(schema: Any) -> Iterator[Any]:
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path != _ENDLESS and not operation.path.startswith(_SLOW):
            yield operation


def test_answers_keep_to_the_schema(unguarded: tuple[Gateway, str]) -> None:
    """Any request that the schema allows, and many that it does not, has an answer of a form that the schema tells."""
    _, base = unguarded
    schema = schemathesis.openapi.from_url(f"{base}/api/v1/openapi.json")
    tried = 0
    for operation in _operations(schema):

        @settings(
            max_examples=_OF_QUERIES if operation.path.startswith("/api/v1/queries/") else _EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def conforms(case: Any) -> None:
            case.call_and_validate(timeout=60, excluded_checks=_UNTOLD)

        conforms()
        tried += 1
    assert tried > 110
