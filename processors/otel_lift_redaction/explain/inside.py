"""What was found in one value, by laying it beside what it became: texts, and those inside arrays, maps and bytes."""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from otel_lift.batch import ValueType
from otel_lift_redaction.lattice import Finding, applied
from otel_lift_redaction.nested import NESTED
from otel_lift_redaction.rules import Rules

__all__ = ["Detail", "Inside"]


@dataclass(frozen=True, slots=True)
class Detail:
    """One change inside a value: what stood from character `begin` to `end` of its text, or of the text at `inside`.

    `inside` is the way to a text in an array or a map (`to[0].name`), empty for the value itself; with `in_key` it is
    the last name of that way that changes. `path` names the layers of encoding, the outermost first. `after` is None
    where the value goes. `by_key` says that a name's rule did it, else detectors; `action` is what such a rule does.
    """

    rule: str
    path: tuple[str, ...]
    begin: int
    end: int
    before: str
    after: str | None
    inside: str = ""
    in_key: bool = False
    action: str | None = None


class _UnlikeError(Exception):
    """The value became something of another shape, so its parts cannot be laid side by side."""


class Inside:
    """Tells what was found in values, from the rules and from what the processor made of them."""

    def __init__(self, rules: Rules) -> None:
        """Keep the rules."""
        self._rules = rules

    def details(self, value_type: int, before: str, after: str, names: Sequence[str]) -> list[Detail]:
        """Answer the changes that make `after` of `before`; `names` are the rules that the processor marked for it."""
        whole = [Detail(",".join(names), (), 0, len(before), before, after)]
        if value_type not in NESTED:
            return list(self._of_text(before, after, "", ())) or whole
        try:
            if value_type == ValueType.BYTES:
                return list(self._of_bytes(before, after, "")) or whole
            return list(self._of_tree(json.loads(before), json.loads(after), "", "")) or whole
        except (_UnlikeError, ValueError, RecursionError):
            return list(self._of_text(before, after, "", ())) or whole

    def _of_text(
        self, before: str, after: str, inside: str, path: tuple[str, ...], *, in_key: bool = False
    ) -> Iterator[Detail]:
        if before == after:
            return
        found: Sequence[Finding] = self._rules.lattice.inspect(before)
        if applied(before, found) != after:
            raise _UnlikeError
        for one in found:
            yield Detail(
                one.rule, (*path, *one.path), one.begin, one.end, one.before, one.after, inside=inside, in_key=in_key
            )

    def _of_bytes(self, before: str, after: str, inside: str) -> Iterator[Detail]:
        try:
            raw, made = base64.b64decode(before, validate=True), base64.b64decode(after, validate=True)
        except binascii.Error as error:
            raise _UnlikeError from error
        read = _reader(raw)
        yield from self._of_text(read(raw), read(made), inside, ("base64",))

    def _of_tree(self, before: Any, after: Any, inside: str, keys: str) -> Iterator[Detail]:
        """Walk as the processor does; `keys` is the way by names alone, which rules by key are asked with."""
        match before, after:
            case ({"$bytes": str(one), **rest}, {"$bytes": str(other), **others}) if not rest and not others:
                yield from self._of_bytes(one, other, inside)
            case (dict(), dict()):
                yield from self._of_entries(_entries(before), _entries(after), inside, keys)
            case (list(), list()) if len(before) == len(after):
                for place, (one, other) in enumerate(zip(before, after, strict=True)):
                    yield from self._of_tree(one, other, f"{inside}[{place}]", keys)
            case (str(), str()):
                yield from self._of_text(before, after, inside, ())
            case (int() | float(), str()):
                yield from self._of_text(repr(before), after, inside, ())
            case _ if repr(before) != repr(after):  # not a number is unlike itself
                raise _UnlikeError

    def _of_entries(
        self, before: list[tuple[str, Any]], after: list[tuple[str, Any]], inside: str, keys: str
    ) -> Iterator[Detail]:
        following = iter(after)
        for key, value in before:
            way, names = (f"{inside}.{key}" if inside else key), (f"{keys}.{key}" if keys else key)
            rule = self._rules.keys.find(names) or self._rules.keys.find(key)
            action = None if rule is None else rule.config.action
            text = value if isinstance(value, str) else _written(value)
            if rule is not None and action == "drop":
                yield Detail(rule.config.name, (), 0, len(text), text, None, inside=way, action=action)
                continue
            made_key, made = next(following, (None, None))
            if made_key is None:
                raise _UnlikeError
            yield from self._of_text(key, made_key, way, (), in_key=True)
            if rule is None:
                yield from self._of_tree(value, made, way, names)
            elif action != "keep" and made != value:
                yield Detail(rule.config.name, (), 0, len(text), text, str(made), inside=way, action=action)
        if next(following, None) is not None:
            raise _UnlikeError


def _entries(tree: dict[str, Any]) -> list[tuple[str, Any]]:
    match tree:
        case {"$kvlist": [*pairs], **rest} if not rest:
            return [(key, value) for key, value in pairs]
        case _:
            return list(tree.items())


def _reader(raw: bytes) -> Callable[[bytes], str]:
    """Answer how bytes are read: as UTF-8 where they are, else by character of Latin-1."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return lambda some: some.decode("latin-1")
    return lambda some: some.decode()


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
