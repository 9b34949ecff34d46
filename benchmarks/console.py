"""How soon the console is painted, and how soon it shows what happens.

``python -m benchmarks.console`` fills a store with a made-up world, opens the console again and again in Chromium, each
time with nothing cached, and takes the first contentful paint from the browser's own Performance API (W3C Paint
Timing), and when the last card of the page Now had its answer.
"""

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.browser import chromium, served_world
from benchmarks.report import RESULTS, Section, number, table, write

__all__ = ["main"]

_SETTLED = "() => document.querySelector('#main h1') && !document.querySelector('#main .skeleton, #main [aria-busy]')"
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_SIZE = "performance.getEntriesByType('resource').reduce((sum, one) => sum + one.encodedBodySize, 0)"


def main() -> None:
    """Measure, print, and write if told."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console")
    parser.add_argument("--loads", type=int, default=10, help="how often the console is opened")
    parser.add_argument("--events", type=int, default=300_000, help="events of the world")
    parser.add_argument("--write", action="store_true", help="write the section console of RESULTS.md")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        served_world(Path(folder), events=asked.events, people=8000) as served,
        chromium() as browser,
    ):
        _load(browser, served.console)  # the gateway's first answer reads everything from the disk
        loads = [_load(browser, served.console) for _ in range(asked.loads)]
        version = browser.version
    section = _section(loads, asked.events, version)
    print(section.text)
    if asked.write:
        write(RESULTS, "console", section)


def _load(browser: Browser, base: str) -> tuple[float, float, float]:
    """Open the console as nobody who was there before: first contentful paint (ms), all cards (ms), bytes."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(f"{base}/#/now?from=-24h")
    page.wait_for_function(_SETTLED)
    settled = page.evaluate("performance.now()")
    paint, size = page.evaluate(_PAINT), page.evaluate(_SIZE)
    context.close()
    return float(paint), float(settled), float(size)


def _section(loads: Sequence[tuple[float, float, float]], events: int, version: str) -> Section:
    paints, settled, sizes = zip(*loads, strict=True)
    rows = [
        ("first contentful paint (ms)", number(statistics.median(paints)), number(min(paints)), number(max(paints))),
        ("every card answered (ms)", number(statistics.median(settled)), number(min(settled)), number(max(settled))),
    ]
    size = statistics.median(sizes) / 1024
    text = (
        f"The page Now over {events:,} events of 90 days, opened {len(loads)} times in Chromium {version} with nothing "
        f"cached (`python -m benchmarks.console --write`); {size:.0f} KiB of files and answers, not compressed."
        f"\n\n{table(('', 'median', 'least', 'most'), rows)}\n"
    )
    return Section("The console", text)


if __name__ == "__main__":
    main()
