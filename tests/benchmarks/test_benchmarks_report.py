"""What a run of the benchmark writes down, and how several runs become one."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks.measure import Figures, together
from benchmarks.plots import bars, line
from benchmarks.report import Section, number, table, write

_PLACE = "<!-- tiny: written by `make bench` -->\n<!-- end of tiny -->"
_RUN = Figures({"ingest": 3.0, "store": 1.0}, {"decode": 0.5}, {"total": 100.0}, 10.0, 20.0, 5_000.0, 99.0, (1.0, 2.0))


def test_a_section_is_written_in_its_place(tmp_path: Path) -> None:
    """A section replaces the last one of its part and leaves the rest of the file as it was."""
    results = tmp_path / "RESULTS.md"
    results.write_text(f"# Before\n\n{_PLACE}\n\nAfter.\n")
    write(results, "tiny", Section("Old", "old figures \\1", {"tiny.svg": "<svg>old</svg>"}))
    write(results, "tiny", Section("Small requests", "new figures", {"tiny.svg": "<svg>new</svg>"}))
    text = results.read_text()
    assert text.startswith("# Before\n\n<!-- tiny")
    assert text.endswith("<!-- end of tiny -->\n\nAfter.\n")
    assert "## Small requests\n\nnew figures\n\n![Small requests](plots/tiny.svg)\n" in text
    assert "old" not in text
    assert (tmp_path / "plots" / "tiny.svg").read_text() == "<svg>new</svg>"


def test_a_part_without_a_place_is_an_error(tmp_path: Path) -> None:
    """Figures that have no place in the file are not lost in silence: the error says which lines to add."""
    results = tmp_path / "RESULTS.md"
    results.write_text(_PLACE)
    with pytest.raises(ValueError, match="add the lines <!-- huge"):
        write(results, "huge", Section("Huge", ""))


def test_several_runs_become_one() -> None:
    """CPU is the quietest run's, memory the highest, and latencies and rates are medians."""
    busy = replace(_RUN, cpu={"ingest": 9.0, "store": 1.0}, memory={"total": 120.0}, p99=90.0, calm=(5.0, 9.0))
    between = replace(_RUN, cpu={"ingest": 4.0, "store": 1.0}, p99=30.0, calm=(3.0, 4.0))
    found = together([busy, _RUN, between])
    assert found.cpu == _RUN.cpu
    assert found.per_second == 250_000
    assert found.noisiest == 10.0
    assert found.memory == {"total": 120.0}
    assert (found.p99, found.calm) == (30.0, (3.0, 4.0))


def test_tables_are_markdown() -> None:
    """The first column is text, numbers are aligned to the right and have about three digits."""
    rows = [["spans", number(1234.5), number(12.345), number(1.2345)]]
    expected = "| what | a | b | c |\n| --- | ---: | ---: | ---: |\n| spans | 1,234 | 12.3 | 1.23 |"
    assert table(["what", "a", "b", "c"], rows) == expected


def test_plots_are_valid_and_to_scale() -> None:
    """Plots are well-formed whatever the names, a bar half as long for half the value, a line through all its steps."""
    tree = ET.fromstring(bars("a < b", {"ours & theirs": 10.0, "peer": 5.0}, "ours"))
    _, whole, half = (float(found.get("width", "0").rstrip("%")) for found in tree.iter() if found.tag.endswith("rect"))
    assert half == pytest.approx(whole / 2, abs=0.1)
    tree = ET.fromstring(line("cost", "steps", [1.0, 2.0, 3.0], [5.0, 5.0, 5.0]))
    (points,) = (found.get("points", "").split() for found in tree.iter() if found.tag.endswith("polyline"))
    assert len(points) == 3
    assert len({point.split(",")[1] for point in points}) == 1
