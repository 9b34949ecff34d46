"""Error events that come in by the API, on their way through the gateway's own receiver like any other."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from otel_lift.api.errors import ApiError
from otel_lift.config import Configuration
from otel_lift.endpoints import split_endpoint
from otel_lift.errors import StoreUnavailableError

__all__ = ["receive"]

_TIMEOUT = 30.0
_ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


def receive(config: Configuration, tenant: str, event: Mapping[str, Any]) -> None:
    """Post a plain JSON event to a receiver of the tenant, so that it passes all processors of its pipelines.

    Raises ApiError for an event that the receiver refuses or where the tenant has no receiver over HTTP for logs, and
    StoreUnavailableError where it does not answer.
    """
    url = _url(config, tenant)
    body = json.dumps(event).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - always http, and to this machine
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - as above
            answer.read()
    except urllib.error.HTTPError as error:
        with error:
            if error.code < 500 and error.code != 429:
                raise ApiError(400, "bad_event", "the receiver refuses this event; it says no more") from error
        raise StoreUnavailableError("the receiver takes nothing now; try again") from error
    except OSError as error:
        raise StoreUnavailableError("the receiver does not answer; try again") from error


def _url(config: Configuration, tenant: str) -> str:
    fed = {id_ for one in config.pipelines.values() if one.signal.value == "logs" for id_ in one.receivers}
    for id_, configured in config.receivers.items():
        if id_ not in fed or configured.component.name != "otlp":
            continue
        http: Any = configured.config.protocols.http
        if http is not None and configured.component.tenant(configured.config) == tenant:
            host, port = split_endpoint(http.endpoint)
            host = _ANY_HOST.get(host, host)
            return f"http://{f'[{host}]' if ':' in host else host}:{port}{http.events_url_path}"
    raise ApiError(409, "no_receiver", "your tenant has no OTLP receiver over HTTP with a pipeline of logs")
