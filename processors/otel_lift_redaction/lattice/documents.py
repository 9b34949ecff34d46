"""JSON documents in a text: where their values stand, and under which names."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Document", "Value", "documents"]

_TOKEN = re.compile(
    r"[ \t\r\n]*+(?:"
    r'(?P<string>"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+")'
    r"|(?P<sign>[{}\[\]:,])"
    r"|(?P<number>-?[0-9]++(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]++)?+)"
    r"|(?P<word>true|false|null|NaN|-?Infinity)"
    r")"
)
_START = re.compile(r"[{\[]")
_DEEPEST = 64
_WORK = 4  # times the length of a text that is read for its documents


@dataclass(frozen=True, slots=True)
class Value:
    """A value, or a name: of `kind` string, name, number, word or container, from `begin` to `end`, quotes included.

    `name` is what a value stands under, with the names above it: ("a.b", "b"); None in a list at the top.
    """

    kind: str
    begin: int
    end: int
    name: tuple[str, str] | None = None


@dataclass(slots=True)
class Document:
    """A document from `begin` to `end`, its leaves and names ascending, and its objects and lists."""

    begin: int
    end: int = 0
    leaves: list[Value] = field(default_factory=list)
    containers: list[Value] = field(default_factory=list)


@dataclass(slots=True)
class _Open:
    sign: str
    begin: int
    name: tuple[str, str] | None
    state: str  # what may come: "first", "name", "colon", "value", "comma"
    inner: tuple[str, str] | None = None


def documents(text: str) -> Iterator[Document]:
    """Yield the documents that are objects, or lists with a name or a string in them; a list alone may hold anything.

    A text is read at most `_WORK` times, however it is nested or broken.
    """
    at, left = 0, _WORK * len(text)
    while (start := _START.search(text, at)) is not None:
        made, stopped = _read(text, start.start())
        left -= stopped - start.start()
        if made is None:
            at = start.start() + 1 if left > 0 else max(stopped, start.start() + 1)
            continue
        at = made.end
        if any(leaf.kind in {"string", "name"} for leaf in made.leaves) or text.strip() == text[made.begin : made.end]:
            yield made


def _read(text: str, start: int) -> tuple[Document | None, int]:
    """Answer the document that begins at `start`, None where there is none, and how far it was read."""
    made, stack, at = Document(start), list[_Open](), start
    while True:
        found = _TOKEN.match(text, at)
        if found is None:
            return None, at + 1
        kind = found.lastgroup or ""
        begin, at = found.start(kind), found.end()
        top = stack[-1] if stack else None
        sign = text[begin] if kind == "sign" else ""
        if sign in {"{", "["} and sign:
            if (top is not None and top.state not in {"value", "first"}) or len(stack) == _DEEPEST:
                return None, at
            if top is not None and top.state == "first" and top.sign == "{":
                return None, at
            stack.append(_Open(sign, begin, top.inner if top else None, "first"))
            if sign == "[":
                stack[-1].inner = stack[-1].name
            continue
        assert top is not None
        if sign in {"}", "]"} and sign:
            if "{["["}]".index(sign)] != top.sign or top.state not in {"comma", "first"}:
                return None, at
            stack.pop()
            made.containers.append(Value("container", top.begin, at, top.name))
            if not stack:
                made.end = at
                return made, at
            stack[-1].state = "comma"
        elif sign == ",":
            if top.state != "comma":
                return None, at
            top.state = "name" if top.sign == "{" else "value"
        elif sign == ":":
            if top.state != "colon":
                return None, at
            top.state = "value"
        elif top.sign == "{" and top.state in {"first", "name"}:
            if kind != "string":
                return None, at
            name = _plain(text[begin:at])
            top.inner = (f"{top.name[0]}.{name}" if top.name else name, name)
            top.state = "colon"
            made.leaves.append(Value("name", begin, at))
        elif top.state in {"value", "first"}:
            made.leaves.append(Value(kind, begin, at, top.inner))
            top.state = "comma"
        else:
            return None, at


def _plain(quoted: str) -> str:
    if "\\" not in quoted:
        return quoted[1:-1]
    try:
        return str(json.loads(quoted))
    except ValueError:
        return quoted[1:-1]
