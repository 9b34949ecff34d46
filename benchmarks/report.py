"""Tables, and the sections of RESULTS.md that a run writes anew."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["RESULTS", "Section", "number", "table", "write"]

RESULTS = Path(__file__).parent / "RESULTS.md"
"""The file that a run with `--write` changes."""


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


def write(results: Path, part: str, section: Section) -> None:
    """Put a section in the place that `results` has for `part`, and plots beside; raises ValueError without a place."""
    text = results.read_text()
    start, end = f"<!-- {part}: written by `make bench` -->", f"<!-- end of {part} -->"
    place = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
    images = "".join(f"\n![{section.title}](plots/{name})\n" for name in section.plots)
    body = f"{start}\n## {section.title}\n\n{section.text}\n{images}{end}"
    written, places = place.subn(lambda _: body, text)
    if not places:
        raise ValueError(f"{results.name} has no place for {part}: add the lines {start} and {end}")
    results.write_text(written)
    for name, plot in section.plots.items():
        file = results.parent / "plots" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(plot)
