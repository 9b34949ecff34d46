"""The query API: the named questions, live figures, errors and people's rights over HTTP, for those who may ask.

Its server is imported when it is first asked for: a configuration names its settings in every process.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from otel_lift.api.config import ApiConfig

if TYPE_CHECKING:
    from otel_lift.api.backend import Backend
    from otel_lift.api.server import ApiServer

__all__ = ["ApiConfig", "ApiServer", "Backend"]

_PLACES = {"ApiServer": "otel_lift.api.server", "Backend": "otel_lift.api.backend"}


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
