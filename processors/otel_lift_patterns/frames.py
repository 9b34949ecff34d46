"""The frames of a stack trace that say where an app failed, without what differs from run to run.

Reads the traces of Python, JavaScript (V8, and the ``function@place`` form of Firefox and Safari) and Java. A frame is
``file:function``: the file's base name and the function's, no line, column, address or folder. Plain string methods
only, so that hostile text costs linear time.
"""

import re
from collections.abc import Iterable, Iterator

from otel_lift_patterns.shapes.rules import (
    FOREIGN_PACKAGES,
    FOREIGN_PLACES,
    MAX_FRAMES,
    MAX_LINE,
    MAX_TRACE,
    PYTHON_START,
)

__all__ = ["frames"]

# A bundler's content hash, a compiler's number of a lambda or an inner class: new with each build.
_BUILD = re.compile(r"[.-](?=[a-f]*[0-9])[0-9a-f]{6,64}(?=\.)")
_GENERATED = re.compile(r"\$\$.*|\$\d+|0x[0-9a-fA-F]+")


def frames(trace: str) -> tuple[str, ...]:
    """Answer at most `MAX_FRAMES` frames, the innermost first: those of the app, or any where none is the app's."""
    if PYTHON_START in trace:
        # The last of chained exceptions is the one that was raised, and its innermost call stands last.
        lines = trace[-MAX_TRACE:].rpartition(PYTHON_START)[2].splitlines()[::-1]
    else:
        lines = trace[:MAX_TRACE].partition("\nCaused by:")[0].splitlines()
    foreign: list[str] = []
    in_app: list[str] = []
    for frame, is_in_app in _read(lines):
        (in_app if is_in_app else foreign).append(frame)
        if len(in_app) == MAX_FRAMES:
            break
    return tuple((in_app or foreign)[:MAX_FRAMES])


def _read(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    for line in lines:
        one = line[:MAX_LINE].strip()
        if one.startswith('File "'):
            place, _, rest = one[6:].partition('", line ')
            yield _frame(place, rest.partition(", in ")[2]), _in_app(place)
        elif one.startswith("at "):
            yield _at(one[3:])
        elif "@" in one and one[-1:].isdigit():
            function, _, place = one.partition("@")
            yield _frame(place, function), _in_app(place)


def _at(one: str) -> tuple[str, bool]:
    if not one.endswith(")"):
        place = one.removeprefix("async ")
        return _frame(place, ""), _in_app(place)
    function, _, place = one[:-1].rpartition("(")
    if function.endswith(" "):
        name = function.strip().removeprefix("async ").removeprefix("new ").partition(" [as ")[0]
        return _frame(place, name), _in_app(place)
    qualified = function.rpartition("/")[2]  # Java writes the module, as in java.base/java.lang.Thread.run
    name = ".".join(_GENERATED.sub("", part) for part in qualified.split(".")[-2:])
    return _frame(place, name), not qualified.startswith(FOREIGN_PACKAGES)


def _in_app(place: str) -> bool:
    return not any(part in place for part in FOREIGN_PLACES)


def _frame(place: str, function: str) -> str:
    while place.rpartition(":")[2].isdigit():
        place = place.rpartition(":")[0]
    base = place.replace("\\", "/").partition("?")[0].rpartition("/")[2]
    return f"{_BUILD.sub('', base)}:{_GENERATED.sub('', function)}"
