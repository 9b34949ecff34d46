"""The console in a browser over an empty gateway with sign-in: empty pages, what comes live, who may see what."""

import json
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from api_support import AUDIENCE, ISSUER, Issuer
from console_browser import ROUTES, Visit, running_browser, started
from gateways import HOST, Gateway
from playwright.sync_api import Browser, expect

TAG = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>'
AGREED = ["essential", "analytics", "personalization", "marketing"]


@dataclass(frozen=True)
class Closed:
    """A gateway that asks for tokens."""

    gateway: Gateway
    issuer: Issuer
    base: str

    def token(self, *roles: str) -> str:
        """Sign a token of the only tenant."""
        return self.issuer.token(*roles, tenant=None)

    def send(self, *events: dict[str, Any]) -> None:
        """Post events, and return when they are stored."""
        url = f"http://{HOST}:{self.gateway.ports['http']}/v1/events"
        request = urllib.request.Request(url, json.dumps(events).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run a browser."""
    with running_browser() as running:
        yield running


@pytest.fixture(scope="module")
def closed(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Closed]:
    """Run an empty gateway that asks for tokens, and that takes events for good once they are stored."""
    issuer = Issuer()
    service = {"spool": {"segment_max_age": 0.05, "acknowledge": "stored"}}
    with Gateway(tmp_path_factory.mktemp("console-live"), service=service) as gateway:
        auth = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": issuer.url}
        yield Closed(gateway, issuer, started(gateway, auth=auth))
    issuer.close()


@pytest.fixture
def admin(browser: Browser, closed: Closed) -> Iterator[Visit]:
    """Look at the console as an administrator; nothing may go wrong in its scripts."""
    made = Visit(browser, closed.base, token=closed.token("admin"))
    yield made
    made.close()
    assert made.problems == []


def error(*, ago: float = 0, **data: Any) -> dict[str, Any]:
    """Make an error of somebody who agreed to all, so many minutes ago."""
    person = {"user_id": "ada", "session_id": "s-1"}
    time_ms = (time.time() - 60 * ago) * 1000
    return {"event": "api_error", "service": "shop", "timestamp": time_ms, "consent": AGREED, "data": person | data}


@pytest.mark.parametrize("route", ROUTES)
def test_an_empty_page_says_what_to_do(admin: Visit, route: str) -> None:
    """Without any data every page stands, no card fails, and what is empty says so."""
    page = admin.go(route)
    assert page.get_by_text("Could not be loaded").all() == []
    assert page.locator(".empty p, .stat .value, .funnel").count() > 0


def test_signing_in(browser: Browser, closed: Closed) -> None:
    """Without a token nothing is shown; a wrong one is refused in words; a right one stays in this tab only."""
    visit = Visit(browser, closed.base)
    page = visit.page
    page.goto(closed.base)
    dialog = page.get_by_role("dialog", name="Sign in")
    expect(dialog).to_be_visible()
    assert page.locator(".card").count() == 0
    dialog.get_by_label("Token").fill("not.a.token")
    dialog.get_by_role("button", name="Sign in").click()
    refused = page.get_by_role("dialog", name="Your sign-in has ended")
    expect(refused.get_by_role("alert")).not_to_be_empty()
    token = closed.token("viewer")
    refused.get_by_label("Token").fill(token)
    refused.get_by_role("button", name="Sign in").click()
    visit.settle()
    expect(page.locator("#account")).to_contain_text("viewer")
    assert token not in page.evaluate("JSON.stringify(localStorage) + document.cookie + location.href")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("dialog", name="Sign in")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0
    visit.close()


def test_a_token_that_a_sign_in_page_sends_along(browser: Browser, closed: Closed) -> None:
    """A token in the fragment signs in, leaves the address, and does not change who is signed in."""
    visit = Visit(browser, closed.base)
    visit.page.goto(f"{closed.base}/#token={closed.token('analyst')}")
    visit.settle()
    expect(visit.page.locator("#account")).to_contain_text("analyst")
    assert visit.page.url == f"{closed.base}/#/now"
    visit.page.goto("about:blank")
    visit.page.goto(f"{closed.base}/#token={closed.token('admin')}")
    visit.settle()
    expect(visit.page.locator("#account")).to_contain_text("analyst")
    visit.close()


def test_an_error_appears_by_itself_and_as_text(admin: Visit, closed: Closed) -> None:
    """An error that reaches the gateway appears in the feed without a reload, and markup in it is shown as text."""
    page = admin.go("now")
    expect(page.locator("#live")).to_have_text("Live")
    closed.send(error(message=f"away {TAG}", page=f"home {TAG}", action=TAG, endpoint=f"/cart/{TAG}"))
    first = page.locator(".feed li").first
    expect(first).to_contain_text("API error")
    expect(first).to_contain_text("<img src=x onerror=")
    for route in ("patterns", "people", "endpoints", "now"):
        admin.go(route)
    page = admin.go("patterns")
    page.locator("tbody th a").first.click()
    page.wait_for_url("**/#/patterns/*")
    admin.settle()
    expect(page.locator(".sample").first).to_contain_text("<img src=x")
    assert page.locator("main img, main script").count() == 0
    assert page.evaluate("window.broken") is None


def test_a_role_sees_what_it_may_and_is_told_the_rest(browser: Browser, closed: Closed) -> None:
    """A viewer is told who may see people, that rows of few people are hidden, and nothing is asked that is refused."""
    closed.send(*(error(ago=10, user_id=f"person-{number}") for number in range(2)))
    visit = Visit(browser, closed.base, token=closed.token("viewer"))
    page = visit.go("people")
    expect(visit.card("Struggling now")).to_contain_text(
        "Only people on call and above may see this. You are signed in as viewer."
    )
    assert visit.queries("struggling-users") == []
    page = visit.go("now")
    expect(visit.card("Failures by event")).to_contain_text("hidden")
    page = visit.go("privacy")
    expect(visit.card("Who read what")).to_contain_text("privacy officers")
    assert page.get_by_text("Could not be loaded").all() == []
    assert visit.problems == []
    api = [headers for url, headers in zip(visit.asked, visit.headers, strict=True) if "/api/v1/" in url]
    assert all(headers.get("authorization", "").startswith("Bearer ") for headers in api)
    visit.close()


def test_an_analyst_breaks_the_glass_with_a_reason(browser: Browser, closed: Closed) -> None:
    """Rows of few people are shown to an analyst who says why."""
    closed.send(error(ago=10))
    visit = Visit(browser, closed.base, token=closed.token("analyst"))
    visit.go("now")
    card = visit.card("Failures by event")
    card.get_by_role("button", name="Show, with a reason…").click()
    card.get_by_label("Why must you see them?").fill("support case 12")
    card.get_by_role("button", name="Show").click()
    expect(card.locator("tbody tr").first).to_contain_text("API error")
    visit.close()


def test_the_stream_comes_back(browser: Browser, closed: Closed) -> None:
    """When the gateway's process dies the page says so, and is live again once it is back."""
    visit = Visit(browser, closed.base, token=closed.token("admin"))
    page = visit.go("now")
    expect(page.locator("#live")).to_have_text("Live")
    page.evaluate(
        "() => { const place = document.getElementById('live'); window.states = [];"
        "new MutationObserver(() => states.push(place.textContent)).observe(place, {childList: true}); }"
    )
    assert closed.gateway.kill("store")
    page.wait_for_function("() => states.includes('Reconnecting') && states.at(-1) === 'Live'", timeout=40_000)
    expect(page.locator("#announcer")).to_have_text("Live again.")
    visit.close()
