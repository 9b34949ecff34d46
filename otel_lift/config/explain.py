"""From pydantic's errors to problems with a place, a path and a remedy."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from otel_lift.config.fields import field_at, is_secret, known_keys
from otel_lift.config.problem import KeyPath, Problem, did_you_mean, listed
from otel_lift.config.source import Document

__all__ = ["MASK", "explain", "hide"]

MASK = "***"
"""What stands in place of a secret."""

_SUBJECT = re.compile(r"^(?:Input|Value|String) should")
_WRITTEN_AS_TEXT = {"string_type", "path_type"}


def explain(
    error: ValidationError, model: type[BaseModel], value: Any, document: Document, base: KeyPath
) -> list[Problem]:
    """Answer one problem for each path that the model refused; `value` stood at `base` in the document."""
    messages: dict[tuple[KeyPath, bool], list[str]] = {}
    for one in error.errors(include_url=False):
        kind, local = one["type"], _real(one["loc"], value)
        if kind == "extra_forbidden":
            known = known_keys(model, local[:-1])
            key = str(local[-1])
            message = f"unknown key {key!r}{did_you_mean(key, known) or f'; known: {listed(known)}'}"
        elif kind == "missing":
            local = (*local, one["loc"][-1])
            field = field_at(model, local)
            message = f"is required{f': {field.description}' if field and field.description else ''}"
        else:
            hidden = is_secret(model, local) or _from_environment(document, (*base, *local))
            message = _message(one["type"], one["msg"], one.get("ctx", {}), None if hidden else one["input"])
        at = (local, kind in ("extra_forbidden", "missing"))
        said = messages.setdefault(at, [])
        if message not in said:
            said.append(message)
    return [
        document.problem((*base, *local), hide(" or ".join(said), document.environment.values()), key=by_key)
        for (local, by_key), said in messages.items()
    ]


def hide(text: str, secrets: Iterable[str]) -> str:
    """Mask what the environment gave wherever it stands in a text; longest first, and nothing of three or fewer."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) > 3:
            text = text.replace(secret, MASK)
    return text


def _real(location: Iterable[str | int], value: Any) -> KeyPath:
    """Leave out the elements by which pydantic names the member of a union: they are nowhere in the file."""
    return tuple(_follow(location, value))


def _follow(location: Iterable[str | int], value: Any) -> Iterator[str | int]:
    for element in location:
        try:
            value = value[element]
        except (KeyError, IndexError, TypeError):
            continue
        yield element


def _from_environment(document: Document, path: KeyPath) -> bool:
    return any(known[: len(path)] == path for known in document.environment)


def _message(kind: str, text: str, context: Mapping[str, Any], given: Any) -> str:
    if kind == "too_short":
        return f"needs at least {context['min_length']}"
    text = text.partition(", unable to parse")[0]
    text = text.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    text = _SUBJECT.sub("should", text)
    if isinstance(given, dict | list):
        return f"{text}, not a {'mapping' if isinstance(given, dict) else 'list'}" if kind.endswith("_type") else text
    if given is None or kind == "value_error":
        return text
    shown = repr(given) if len(repr(given)) <= 60 else f"{repr(given)[:57]}..."
    quote = "; put it in quotes" if kind in _WRITTEN_AS_TEXT else ""
    return f"{text}, not {shown}{quote}"
