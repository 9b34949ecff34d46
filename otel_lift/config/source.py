"""From YAML text to plain values that remember where they stood and which of them the environment gave."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from otel_lift.config.problem import KeyPath, Mark, Problem
from otel_lift.errors import ConfigError

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_VALUES", "Document", "expand", "parse"]

MAX_BYTES = 1 << 20
"""Bytes of the largest configuration that is read."""

MAX_VALUES = 50_000
"""Most values that a configuration may hold after its aliases are followed."""

MAX_DEPTH = 64
"""Deepest nesting after aliases are followed; an alias inside its own anchor ends here."""

_PLAIN = "!plain"
_STRING = "tag:yaml.org,2002:str"
_MERGE = "<<"
_REFERENCE = re.compile(r"\$\$|\$\{(?P<inside>[^}]*)\}|(?P<open>\$\{)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INT = re.compile(r"[-+]?(0|[1-9][0-9_]*)|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CONSTANTS: Mapping[str, Any] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", "+.inf"), float("inf")),
    "-.inf": float("-inf"),
    ".nan": float("nan"),
}


class _Loader(yaml.SafeLoader):
    """A safe loader that leaves the type of plain scalars to `_scalar`: they may name a variable first."""

    # YAML 1.2 as the Collector reads it: YAML 1.1 would make dates of `2026-01-01` and a number of `12:30`.
    yaml_implicit_resolvers = {None: [(_PLAIN, re.compile(""))]}  # noqa: RUF012 the base class declares it so


@dataclass
class Document:
    """A parsed file: its value, the place of each value and of each key, and what came from the environment.

    `environment` gives the text of each value that a variable set, so that it can be hidden.
    """

    name: str
    value: Any = None
    marks: dict[KeyPath, Mark] = field(default_factory=dict)
    keys: dict[KeyPath, Mark] = field(default_factory=dict)
    environment: dict[KeyPath, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def mark(self, path: KeyPath, *, key: bool = False) -> Mark:
        """Answer where a value stands (its key, if wanted), or the nearest thing around it."""
        first, second = (self.keys, self.marks) if key else (self.marks, self.keys)
        for length in range(len(path), -1, -1):
            place = first.get(path[:length]) or second.get(path[:length])
            if place is not None:
                return place
        return Mark(1, 1)

    def problem(self, path: KeyPath, message: str, *, key: bool = False) -> Problem:
        """Make a problem at a path."""
        return Problem(self.name, self.mark(path, key=key), path, message)


def parse(text: str, name: str, environ: Mapping[str, str]) -> Document:
    """Read one YAML document and put variables in; problems that leave the rest readable are in `problems`.

    Raises ConfigError for text that is too large, is no YAML, or is nested or repeated without bound.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ConfigError(
            f"{name}:1:1: larger than {MAX_BYTES} bytes; a configuration is far smaller: is this the file?"
        )
    document = Document(name)
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        mark = _mark(at) if at else Mark(1, 1)
        reason = " ".join(part for part in (error.context, error.problem) if part)
        raise ConfigError(str(Problem(name, mark, (), f"not YAML: {reason}"))) from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}:1:1: not YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise ConfigError(f"{name}:1:1: nested deeper than {MAX_DEPTH} levels") from error
    if node is not None:
        document.value = _Builder(document, environ).build(node, ())
    return document


class _Builder:
    """Makes plain values of nodes, and writes down where they stood."""

    def __init__(self, document: Document, environ: Mapping[str, str]) -> None:
        self._document = document
        self._environ = environ
        self._left = MAX_VALUES

    def build(self, node: yaml.Node, path: KeyPath) -> Any:
        """Answer the node's value; an alias is built again at each place, so that every path has a mark."""
        self._left -= 1
        mark = _mark(node.start_mark)
        if self._left < 0 or len(path) > MAX_DEPTH:
            bound = f"more than {MAX_VALUES} values" if self._left < 0 else f"nested deeper than {MAX_DEPTH} levels"
            raise ConfigError(f"{Problem(self._document.name, mark, (), f'{bound}, aliases followed')}")
        self._document.marks[path] = mark
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if _is_merge(key_node):
                merged = {**self._merge(value_node, path), **merged}
        value: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._refuse(path, _mark(key_node.start_mark), "a key must be text; write it without brackets")
            elif key_node.value in value:
                first = self._document.keys[(*path, key_node.value)].line
                here = _mark(key_node.start_mark)
                self._refuse((*path, key_node.value), here, f"set twice; it is already set in line {first}")
            elif not _is_merge(key_node):
                at = (*path, key_node.value)
                self._document.keys[at] = _mark(key_node.start_mark)
                self._document.environment.pop(at, None)
                value[key_node.value] = self.build(value_node, at)
        self._document.marks[path] = _mark(node.start_mark)
        return {**merged, **value}

    def _merge(self, node: yaml.Node, path: KeyPath) -> dict[str, Any]:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for source in reversed(sources):
            if not isinstance(source, yaml.MappingNode):
                self._refuse(path, _mark(source.start_mark), "`<<` takes mappings only, such as `<<: *anchor`")
                continue
            merged |= self.build(source, path)
        return merged

    def _scalar(self, node: yaml.Node, path: KeyPath) -> Any:
        if node.tag not in (_PLAIN, _STRING):
            self._refuse(
                path, _mark(node.start_mark), f"tag {node.tag!r} is not allowed; write the value without a tag"
            )
            return None
        text, used, problems = expand(node.value, self._environ)
        for message in problems:
            self._refuse(path, _mark(node.start_mark), message)
        if used:
            self._document.environment[path] = text
        return text if used or node.tag == _STRING else _typed(text)

    def _refuse(self, path: KeyPath, mark: Mark, message: str) -> None:
        self._document.problems.append(Problem(self._document.name, mark, path, message))


def expand(text: str, environ: Mapping[str, str]) -> tuple[str, bool, list[str]]:
    """Put variables in: ``${env:NAME}``, ``${env:NAME:-default}``, ``$$`` for a dollar sign.

    Answers the text, whether a variable was set and used, and what is wrong. A value that a variable gave stays text
    (the field's type converts it), so that a password of digits is not read as a number.
    """
    problems: list[str] = []
    used = False

    def put(match: re.Match[str]) -> str:
        nonlocal used
        if match["open"]:
            problems.append("`${` without `}`; write `${env:NAME}`, or `$${` for the characters themselves")
        inside = match["inside"]
        if inside is None:
            return "$" if match[0] == "$$" else match[0]
        name, has_default, default = inside.removeprefix("env:").partition(":-")
        if not inside.startswith("env:") or not _NAME.fullmatch(name):
            hint = f"`${{env:{inside}}}`" if _NAME.fullmatch(inside) else "`${env:NAME}` or `${env:NAME:-default}`"
            problems.append(f"`{match[0]}` names no variable; write {hint}, or `$${{` for the characters themselves")
            return ""
        if "${" in default:
            problems.append(f"the default of {name} holds another `${{`; variables do not nest")
            return ""
        if name in environ:
            used = True
            return environ[name]
        if not has_default:
            problems.append(f"environment variable {name} is not set; set it, or write `${{env:{name}:-default}}`")
        return default

    return _REFERENCE.sub(put, text), used, problems


def _is_merge(key: yaml.Node) -> bool:
    return isinstance(key, yaml.ScalarNode) and key.tag == _PLAIN and key.value == _MERGE


def _typed(text: str) -> Any:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text):
        return int(text.replace("_", ""), 0)
    return float(text) if _FLOAT.fullmatch(text) else text


def _mark(mark: yaml.Mark) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)
