"""What the audit log says of a question's parameters: nothing that can be a personal text."""

import re
from collections.abc import Mapping
from typing import Any

from otel_lift.queries import NamedQuery
from otel_lift.semconv import EVENTS

__all__ = ["recorded"]

_GIVEN = "(given)"
_HASH = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}", re.ASCII)


def recorded(named: NamedQuery, bound: Mapping[str, Any]) -> dict[str, str]:
    """Answer the parameters of a question as texts: numbers, times, events, pseudonyms and fingerprints as they are.

    Of any other text only that it was given: a filter can hold whatever a caller put there. What is empty is left out.
    """
    kinds = {name: parameter.type for name, parameter in named.parameters.items()}
    return {name: _recorded(kinds[name], value) for name, value in bound.items() if value not in ("", [])}


def _recorded(kind: str, value: Any) -> str:
    if kind not in {"String", "Array(String)"}:
        return str(value)
    texts = [value] if isinstance(value, str) else list(value)
    return ",".join(text if text in EVENTS or _HASH.fullmatch(text) else _GIVEN for text in texts)
