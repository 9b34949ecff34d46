"""What is wrong in a configuration, and where: `Problem`."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["KeyPath", "Mark", "Problem", "did_you_mean", "listed", "show_path"]

KeyPath = tuple[str | int, ...]
"""The way from a document's top to one value: keys of mappings and indices of lists."""

_PLAIN_KEY = re.compile(r"[\w/<>-]+")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the file, the place, the YAML path, and what would be right."""

    file: str
    mark: Mark
    path: KeyPath
    message: str

    def __str__(self) -> str:
        """Answer one line, ``file:line:column path: message``."""
        where = f"{self.file}:{self.mark.line}:{self.mark.column}"
        path = f" {show_path(self.path)}" if self.path else ""
        return f"{where}{path}: {self.message}"


def show_path(path: KeyPath) -> str:
    """Write a path as a person would: ``service.pipelines.traces.processors[2]``."""
    text = ""
    for element in path:
        if isinstance(element, int):
            text += f"[{element}]"
        elif _PLAIN_KEY.fullmatch(element):
            text += f".{element}" if text else element
        else:
            text += f"[{element!r}]"
    return text


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Answer ``; did you mean 'x'?`` for the nearest known word, or nothing where none is near."""
    by_form = {name.lower().replace("-", "_"): name for name in known}
    near = difflib.get_close_matches(word.lower().replace("-", "_"), by_form, n=1)
    return f"; did you mean {by_form[near[0]]!r}?" if near else ""


def listed(names: Iterable[str]) -> str:
    """Answer the names in order, or ``none``."""
    return ", ".join(sorted(names)) or "none"
