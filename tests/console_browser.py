"""The console in a real browser: pages that write down what goes wrong in them, and what they ask for."""

import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from gateways import HOST, Gateway, until
from playwright.sync_api import Browser, Page, Response, Route

from benchmarks.browser import chromium, find_chromium

__all__ = ["ROUTES", "Visit", "running_browser", "started"]

ROUTES = (
    "now",
    "patterns",
    "people",
    "endpoints",
    "behaviour",
    "behaviour/funnel",
    "behaviour/retention",
    "behaviour/trials",
    "behaviour/indices",
    "behaviour/outcomes",
    "ai",
    "privacy",
    "pipeline",
    "pipeline/quality",
)
_SETTLED = "() => document.querySelector('#main h1') && !document.querySelector('#main .skeleton, #main [aria-busy]')"


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Run Chromium; skips, saying so, where there is none."""
    if find_chromium() is None:
        pytest.skip(
            "THE CONSOLE WAS NOT TRIED: there is no Chromium on this machine (Debian: apt-get install chromium)"
        )
    with chromium() as browser:
        yield browser


def started(gateway: Gateway, **api: Any) -> str:
    """Start a gateway with the API, of these settings; answer where the console is when it is served."""
    base = f"http://{HOST}:{gateway.ports['api']}"
    gateway.config["service"]["api"] = {"endpoint": f"{HOST}:{gateway.ports['api']}", **api}
    gateway.write()
    gateway.start()
    until(lambda: _served(base), "console")
    return base


def _served(base: str) -> bool:
    try:
        with urllib.request.urlopen(base, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


class Visit:
    """Somebody who looks at the console; `problems` are errors of scripts, and whatever was asked of elsewhere."""

    def __init__(self, browser: Browser, base: str, *, token: str = "", **options: Any) -> None:
        self.base = base
        self.problems: list[str] = []
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self._context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        if token:
            keep = f"sessionStorage.setItem('otel-lift-token', '{token}')"
            self._context.add_init_script(f"if (location.origin === '{base}') {keep}")
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda line: self.problems.append(line.text) if line.type == "error" else None)
        self.page.on("response", self._answered)

    def close(self) -> None:
        """End the visit."""
        self._context.close()

    def go(self, route: str, **query: str) -> Page:
        """Open a page and wait until its cards have what they show."""
        search = "&".join(f"{name}={value}" for name, value in query.items())
        self.page.goto("about:blank")
        self.page.goto(f"{self.base}/#/{route}{'?' if search else ''}{search}")
        return self.settle()

    def settle(self) -> Page:
        """Wait until no card is loading."""
        self.page.wait_for_function(_SETTLED)
        return self.page

    def queries(self, name: str) -> list[dict[str, list[str]]]:
        """Answer with which parameters a named query was asked."""
        parts = [urlsplit(url) for url in self.asked]
        return [parse_qs(part.query) for part in parts if part.path == f"/api/v1/queries/{name}"]

    def fail(self, query: str, status: int, message: str, **headers: str) -> None:
        """Let a named query fail until `mend`; ``[a-z-]+`` for all of them."""
        body = {"status": "error", "error": {"code": "tried", "message": message}}

        def answer(route: Route) -> None:
            route.fulfill(status=status, json=body, headers=headers)

        self.page.route(_path(query), answer)

    def mend(self, query: str) -> None:
        """Let it be answered again."""
        self.page.unroute(_path(query))

    def card(self, title: str) -> Any:
        """Answer the card of this title."""
        return self.page.locator(".card").filter(has=self.page.get_by_role("heading", name=title, exact=True))

    def sideways(self) -> bool:
        """Whether the page is wider than the window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    def _answered(self, response: Response) -> None:
        url = response.url
        if url.startswith(self.base):
            self.asked.append(url)
            self.headers.append(response.request.headers)
        elif not url.startswith(("about:", "data:")):
            self.problems.append(f"asked elsewhere: {url}")


def _path(query: str) -> re.Pattern[str]:
    return re.compile(rf"/queries/{query}(\?|$)")
