"""Tables, and the sections of RESULTS.md that a run writes anew."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Section", "number", "table", "write"]

_FOLDER = Path(__file__).parent
_RESULTS = _FOLDER / "RESULTS.md"
_PLOTS = _FOLDER / "plots"


@dataclass(frozen=True, slots=True)
class Section:
    """What one part of the benchmark found: Markdown, and plots (SVG) by file name."""

    title: str
    text: str
    plots: dict[str, str] = field(default_factory=dict)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table whose first column is text and whose others are numbers."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def number(value: float) -> str:
    """Write a number with about three digits that tell."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def write(part: str, section: Section) -> None:
    """Put a section in the place that RESULTS.md has for `part`; raises ValueError where it has none."""
    text = _RESULTS.read_text()
    start, end = f"<!-- {part}: written by `make bench` -->", f"<!-- end of {part} -->"
    place = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
    images = "".join(f"\n![{section.title}](plots/{name})\n" for name in section.plots)
    body = f"{start}\n## {section.title}\n\n{section.text}\n{images}{end}"
    written, places = place.subn(lambda _: body, text)
    if not places:
        raise ValueError(f"RESULTS.md has no place for {part}: add the lines {start} and {end}")
    _RESULTS.write_text(written)
    _PLOTS.mkdir(exist_ok=True)
    for name, plot in section.plots.items():
        (_PLOTS / name).write_text(plot)
