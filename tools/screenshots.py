"""Take the pictures of the console in docs/images: `python -m tools.screenshots [--only NAME]`.

They show a made-up world of 90 days, and the last hours of another that went through the gateway itself.
"""

import argparse
import tempfile
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.browser import Served, chromium, served_world
from otel_lift.synthetic.world import World, WorldOptions
from otel_lift.synthetic.world.payloads import arrivals, requests

__all__ = ["main"]

_IMAGES = Path(__file__).parent.parent / "docs" / "images"
_DESKTOP, _PHONE = (1280, 800), (390, 844)
# name: route, window, colours
_PICTURES = {
    "now": ("now?from=-24h", _DESKTOP, "light"),
    "patterns": ("patterns?from=-24h", _DESKTOP, "light"),
    "pattern": ("patterns", _DESKTOP, "light"),
    "people": ("people?from=-24h", _DESKTOP, "light"),
    "session": ("people?from=-24h", _DESKTOP, "light"),
    "endpoints": ("endpoints?from=-24h", _DESKTOP, "light"),
    "behaviour": ("behaviour", _DESKTOP, "light"),
    "funnel": ("behaviour/funnel", _DESKTOP, "light"),
    "retention": ("behaviour/retention", _DESKTOP, "light"),
    "ai": ("ai", _DESKTOP, "light"),
    "privacy": ("privacy", _DESKTOP, "light"),
    "pipeline": ("pipeline?from=-15m", _DESKTOP, "light"),
    "dark": ("behaviour/retention", _DESKTOP, "dark"),
    "phone": ("now?from=-24h", _PHONE, "light"),
}
_SETTLED = "() => document.querySelector('#main h1') && !document.querySelector('#main .skeleton, #main [aria-busy]')"
_STEPS = {
    "pattern": ("tbody tr:has-text('item') th a",),
    "session": (
        "thead button:has-text('Blocked')",
        "tbody tr th a",
        "section:has(h2:text('Recent sessions')) tbody th a",
    ),
}
_OWN_METRICS = 40_000  # ms, until the gateway has told of what it took


def main() -> None:
    """Fill, send, look, and write the files."""
    parser = argparse.ArgumentParser(prog="python -m tools.screenshots")
    parser.add_argument("--only", choices=sorted(_PICTURES), help="take this one only")
    only: str | None = parser.parse_args().only
    _IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served_world(Path(folder), events=250_000, people=8000) as served,
        chromium() as browser,
    ):
        _send(served)
        waiting = browser.new_page()
        waiting.wait_for_timeout(_OWN_METRICS)
        waiting.close()
        _send(served)
        for name in [only] if only else _PICTURES:
            size = _take(browser, served, name)
            print(f"{name}: {size / 1024:.0f} KiB")


def _send(served: Served) -> None:
    """Send the newest hours of a world as its clients would."""
    now = datetime.now(UTC)
    world = World(WorldOptions(seed=now.second, people=400, days=2, events=5000, end=now))
    for sent in requests(world, arrivals(world)):
        if world.options.end_ns - sent.received > 6 * 3600 * 10**9:
            continue
        for path, body in (("logs", sent.logs), ("traces", sent.traces)):
            if body:
                headers = {"Content-Type": "application/x-protobuf"}
                with urllib.request.urlopen(urllib.request.Request(f"{served.otlp}/v1/{path}", body, headers)):
                    pass


def _take(browser: Browser, served: Served, name: str) -> int:
    route, (width, height), colours = _PICTURES[name]
    viewport = {"width": width, "height": height}
    context = browser.new_context(viewport=viewport, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
    page.goto(f"{served.console}/#/{route}")
    page.wait_for_function(_SETTLED)
    for step in _STEPS.get(name, ()):
        page.locator(step).first.click()
        page.wait_for_timeout(300)
        page.wait_for_function(_SETTLED)
    page.wait_for_timeout(2500)  # charts are drawn, and the stream has told its first figures
    file = _IMAGES / f"console-{name}.png"
    page.screenshot(path=file)
    context.close()
    return file.stat().st_size


if __name__ == "__main__":
    main()
