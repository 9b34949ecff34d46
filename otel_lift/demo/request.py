"""A request to the app, taken apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Request"]


@dataclass(frozen=True, slots=True)
class Request:
    """What a browser sent; `consent` holds the attributes ``lift.consent.<category>`` that go with its telemetry."""

    route: str
    method: str
    query: Mapping[str, str]
    body: Mapping[str, Any]
    user_id: str
    session_id: str
    address: str
    authorization: str
    user_agent: str
    consent: Mapping[str, bool]

    @property
    def who(self) -> dict[str, str]:
        """The attributes that name the person and the session."""
        return {"user.id": self.user_id, "session.id": self.session_id}

    @property
    def attributes(self) -> dict[str, str | bool]:
        """What goes with every event and log line: who it was, and what they agreed to."""
        return {**self.who, **self.consent}
