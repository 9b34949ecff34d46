"""The console in a browser over a filled gateway: pages, links, settings, keyboard, failures."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from console_browser import ROUTES, Visit, running_browser, started
from gateways import Gateway, until
from npm_packages import install
from playwright.sync_api import Browser, expect

AXE = Path(__file__).parent / "axe"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run a browser."""
    with running_browser() as running:
        yield running


@pytest.fixture(scope="module")
def base(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a gateway over a month of a small world."""
    folder = tmp_path_factory.mktemp("console")
    with Gateway(folder) as gateway:
        store = ("--dsn", f"chdb://{gateway.data}/store", "--events", "8000", "--people", "300", "--days", "30")
        subprocess.run((sys.executable, "-m", "otel_lift.synthetic.world", *store), check=True, capture_output=True)
        yield started(gateway)


@pytest.fixture
def visit(browser: Browser, base: str) -> Iterator[Visit]:
    """Look at the console; nothing may go wrong in its scripts, and nothing may be asked of elsewhere."""
    made = Visit(browser, base)
    yield made
    made.close()
    assert made.problems == []


@pytest.mark.parametrize("route", ROUTES)
def test_a_page_shows_its_data_at_any_width(visit: Visit, route: str) -> None:
    """Every card of every page is answered, and a phone needs no sideways scroll for any."""
    page = visit.go(route, **{} if route.startswith(("behaviour", "ai")) else {"from": "-24h"})
    assert page.get_by_text("Could not be loaded").all() == []
    assert page.locator(".card .body").all() != []
    assert page.locator("#main table, #main .plot canvas, #main .bars, #main .funnel").count() > 0
    assert not visit.sideways()
    page.set_viewport_size({"width": 360, "height": 740})
    # charts follow the window in the frame after
    until(lambda: not visit.sideways(), "no sideways scroll")


def test_nothing_keeps_people_out(visit: Visit, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Axe finds nothing serious on any page, light or dark."""
    installed = install(AXE, tmp_path_factory.mktemp("npm") / "axe")
    script = (installed / "node_modules/axe-core/axe.min.js").read_text("utf-8")
    found: list[str] = []
    for number, route in enumerate(ROUTES):
        page = visit.go(route)
        page.emulate_media(color_scheme="dark" if number % 2 else "light", reduced_motion="reduce")
        page.evaluate(script)
        result: Any = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        serious = [one for one in result["violations"] if one["impact"] in ("serious", "critical")]
        found += [f"{route}: {one['id']} {node['html'][:200]}" for one in serious for node in one["nodes"][:3]]
    assert found == []


def test_a_chart_has_its_numbers_as_a_table(visit: Visit) -> None:
    """The table below a chart says what the chart shows, and arrow keys say it point by point."""
    page = visit.go("behaviour")
    card = visit.card("Active people")
    expect(card.get_by_role("img")).to_have_attribute(
        "aria-label", re.compile(r"^Chart: Active people.*In a day: last [\d,]+")
    )
    card.get_by_text("Numbers as a table").click()
    rows = card.locator(".numbers tbody tr")
    last = rows.first.locator("td").last.inner_text()
    label = card.get_by_role("img").get_attribute("aria-label") or ""
    assert f"In a day: last {last}," in label
    card.get_by_role("img").focus()
    page.keyboard.press("ArrowRight")
    first_day = rows.last.locator("th") if rows.count() == 20 else rows.nth(rows.count() - 1).locator("th")
    expect(card.locator(".tip strong")).not_to_be_empty()
    assert first_day.inner_text() != ""


def test_a_pattern_is_found_by_keyboard_and_resolved(visit: Visit) -> None:
    """Arrow keys go from row to row, Enter opens one, and what was done about it is kept."""
    page = visit.go("patterns", **{"from": "-7d"})
    links = page.locator("tbody th a")
    links.first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.href") == links.nth(1).evaluate("link => link.href")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#/patterns/*")
    visit.settle()
    expect(page.locator(".plot canvas")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.get_by_label("What was done?").fill("Raised the <b>timeout</b>")
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("Raised the <b>timeout</b>")).to_be_visible()
    page.get_by_role("link", name="← All patterns").click()
    expect(visit.card("Resolved lately").get_by_text("Raised the <b>timeout</b>")).to_be_visible()


def test_a_table_sorts_by_its_heads(visit: Visit) -> None:
    """A click on a head sorts by it, says so, and a second click turns the order."""
    visit.go("endpoints")
    card = visit.card("All endpoints")
    head = card.get_by_role("button", name="Requests")

    def requests() -> list[int]:
        return [int(text.replace(",", "")) for text in card.locator("tbody td:nth-child(3)").all_inner_texts()]

    head.click()
    assert requests() == sorted(requests(), reverse=True)
    expect(card.locator("th[aria-sort]")).to_have_attribute("aria-sort", "descending")
    head.click()
    assert requests() == sorted(requests())


def test_from_a_person_to_a_session_and_its_errors(visit: Visit) -> None:
    """A person in trouble leads to their sessions, and a session tells what happened in it in order."""
    page = visit.go("people", **{"from": "-30d"})
    struggling = visit.card("Struggling now")
    struggling.get_by_role("button", name="Sessions").click()
    struggling.locator("tbody tr th a").first.click()
    page.wait_for_url("**/#/people/*")
    visit.settle()
    expect(page.locator(".stat .value").first).not_to_have_text("0")
    visit.card("Recent sessions").locator("tbody th a").first.click()
    page.wait_for_url("**/#/sessions/*")
    expect(page.locator(".timeline li").first).to_be_visible()
    times = page.locator(".timeline time").evaluate_all("all => all.map((one) => one.dateTime)")
    assert times == sorted(times)
    assert len(times) > 0
    page.go_back()
    expect(page.get_by_role("heading", name="Recent sessions")).to_be_visible()


def test_range_and_filters_are_shared_and_in_the_address(visit: Visit) -> None:
    """What is chosen on one page holds on the next, is asked of the API, and comes with a link."""
    page = visit.go("now")
    page.get_by_label("Time range").select_option(label="Last 7 days")
    page.get_by_label("Service").select_option("api")
    visit.settle()
    page.get_by_role("link", name="Endpoints").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Endpoints")
    visit.settle()
    assert "from=-7d" in page.url
    assert "service=api" in page.url
    assert visit.queries("failing-endpoints")[-1]["from"] == ["-7d"]
    assert visit.queries("failing-endpoints")[-1]["service"] == ["api"]
    expect(page.get_by_label("Time range")).to_have_value("-7d")
    page = visit.go("now", **{"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"})
    expect(page.get_by_text("No failures")).to_be_visible()
    expect(page.get_by_label("From")).to_be_visible()


def test_a_funnel_of_any_steps(visit: Visit) -> None:
    """The steps of the funnel are chosen, asked for in order, and kept in the address."""
    page = visit.go("behaviour/funnel")
    page.get_by_label("Step 1", exact=True).select_option("user_login")
    page.get_by_role("button", name="Remove step 4").click()
    page.get_by_role("button", name="Remove step 3").click()
    visit.settle()
    expect(page.locator(".funnel li")).to_have_count(2)
    assert visit.queries("funnel")[-1]["steps"] == ["user_login,activation_round_completed"]
    page.reload()
    visit.settle()
    expect(page.locator(".funnel li").first).to_contain_text("User login")


def test_the_keyboard_reaches_everything(visit: Visit) -> None:
    """The first tab offers to skip to the page, and each place that the focus goes to is seen."""
    page = visit.go("now", **{"from": "-24h"})
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.reload()
    visit.settle()
    seen = []
    look = (
        "(() => { const one = document.activeElement, style = getComputedStyle(one);"
        "return [one.textContent || one.ariaLabel || one.id, style.outlineStyle, style.outlineWidth]; })()"
    )
    for _ in range(18):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(look))
    assert [one for one in seen if one[1] == "none" or one[2] == "0px"] == []
    assert {"Now", "Patterns", "Pipeline"} <= {str(one[0]).strip() for one in seen}


def test_the_menu_of_a_phone(visit: Visit) -> None:
    """On a phone the pages are behind a button that says whether they are shown; Escape closes it."""
    page = visit.go("now")
    page.set_viewport_size({"width": 360, "height": 740})
    button = page.get_by_role("button", name="Menu")
    expect(page.get_by_role("link", name="Privacy")).to_be_hidden()
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    button.click()
    page.get_by_role("link", name="Privacy").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Privacy")
    expect(button).to_have_attribute("aria-expanded", "false")


def test_light_and_dark(visit: Visit) -> None:
    """Colours follow the system until somebody chooses, and the choice is kept."""
    page = visit.go("now")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(ground)
    assert dark != light
    page.get_by_role("button", name="Colours: System colours").click()
    assert page.evaluate(ground) == light
    page.reload()
    visit.settle()
    assert page.evaluate(ground) == light
    expect(page.get_by_role("button", name="Colours: Light")).to_be_visible()


def test_a_failure_is_shown_and_mended(browser: Browser, base: str) -> None:
    """A card whose question fails says why and tries again when told; the others do not mind."""
    visit = Visit(browser, base)
    visit.fail("failing-endpoints", 503, "the store is away")
    visit.fail("page-load", 429, "too many requests", **{"Retry-After": "90"})
    page = visit.go("endpoints")
    card = visit.card("Failing most")
    expect(card).to_contain_text("the store is away")
    expect(visit.card("Pages")).to_contain_text("too many requests Try again in 1.5 min.")
    assert page.locator(".bars, table").count() > 3
    visit.mend("failing-endpoints")
    card.get_by_role("button", name="Try again").click()
    expect(card.locator(".bars li").first).to_be_visible()
    visit.close()


@pytest.mark.parametrize("route", [route for route in ROUTES if "/" not in route])
def test_a_page_without_answers_says_so(browser: Browser, base: str, route: str) -> None:
    """Where every question of a page fails, the page stands and each card says so."""
    visit = Visit(browser, base)
    visit.fail("[a-z-]+", 500, "it broke")
    page = visit.go(route)
    assert page.get_by_text("it broke").count() > 0
    assert [problem for problem in visit.problems if not problem.startswith("Failed to load resource")] == []
    visit.close()


def test_a_gateway_that_does_not_answer(browser: Browser, base: str) -> None:
    """Where nothing answers, the console says so and how to go on."""
    visit = Visit(browser, base)
    visit.page.route("**/api/v1/me", lambda route: route.abort())
    visit.page.goto(base)
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("The console cannot start")
    visit.page.unroute("**/api/v1/me")
    visit.page.get_by_role("button", name="Try again").click()
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Now")
    visit.close()


def test_an_address_without_a_page(visit: Visit) -> None:
    """An unknown address says so and leads back."""
    page = visit.go("nowhere")
    page.get_by_role("link", name="Go to Now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Now")
