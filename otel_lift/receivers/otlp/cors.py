"""Cross-origin requests of browsers (the Fetch standard's CORS protocol), with the Collector's wildcards."""

import re
from collections.abc import Mapping

from otel_lift.receivers.otlp.config import CorsConfig

__all__ = ["Cors"]

_NEEDED_HEADERS = ("accept", "content-encoding", "content-type", "x-requested-with")


class Cors:
    """Which origins may read answers and send requests that need a preflight."""

    def __init__(self, config: CorsConfig) -> None:
        # a wildcard stands for any text, as in the Collector, but never for the end of the host
        patterns = (re.escape(origin.lower()).replace(r"\*", r"[^/@?#\s]*") for origin in config.allowed_origins)
        self._allowed = (
            re.compile("|".join(patterns)) if config.allowed_origins and "*" not in config.allowed_origins else None
        )
        self._all = "*" in config.allowed_origins
        self._any_header = "*" in config.allowed_headers
        self._headers = ", ".join(
            sorted({*_NEEDED_HEADERS, *(name.lower() for name in config.allowed_headers)} - {"*"})
        )
        self._max_age = None if config.max_age is None else str(int(config.max_age))
        self.enabled = bool(config.allowed_origins)

    def allows(self, origin: str) -> bool:
        """Tell whether pages of this origin are served."""
        return self._all or (self._allowed is not None and self._allowed.fullmatch(origin.lower()) is not None)

    def reply_headers(self, headers: Mapping[str, str]) -> list[tuple[str, str]]:
        """Answer what every reply to a request with these headers carries."""
        if not self.enabled:
            return []
        reply = [("vary", "Origin")]
        origin = headers.get("origin")
        if origin is not None and self.allows(origin):
            reply += [
                ("access-control-allow-origin", origin),
                # `sendBeacon` always asks for credentials; the gateway itself has none that a page could abuse
                ("access-control-allow-credentials", "true"),
                ("access-control-expose-headers", "Retry-After"),
            ]
        return reply

    def preflight_headers(self, headers: Mapping[str, str]) -> list[tuple[str, str]]:
        """Answer what a reply to a preflight carries besides; nothing for an origin that is not allowed."""
        if not self.allows(headers.get("origin", "")):
            return []
        allowed = headers.get("access-control-request-headers", "") if self._any_header else self._headers
        reply = [("access-control-allow-methods", "POST")]
        if allowed:
            reply.append(("access-control-allow-headers", allowed))
        if self._max_age is not None:
            reply.append(("access-control-max-age", self._max_age))
        return reply
