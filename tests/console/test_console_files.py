"""What the console's files may hold, without a browser."""

import hashlib
import re
from pathlib import Path

import pytest

from otel_lift.console import FOLDER, HEADERS
from otel_lift.queries import QUERIES

SCRIPTS = sorted(path for path in (FOLDER / "js").rglob("*.js"))
VENDOR = FOLDER / "vendor"
_IMPORT = re.compile(r'^import [^"]*from "(\.[^"]+)";', re.MULTILINE)


def _name(path: Path) -> str:
    return str(path.relative_to(FOLDER))


@pytest.mark.parametrize("path", SCRIPTS, ids=_name)
def test_a_script_is_short_and_sets_text_as_text(path: Path) -> None:
    """A module has at most 250 lines, and none can make markup or code out of a text."""
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 250
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=_name)
def test_a_script_imports_what_is_there(path: Path) -> None:
    """Every module that is imported is a file of ours, and every name that is imported is exported there."""
    text = path.read_text("utf-8")
    for names, place in re.findall(r'^import \{([^}]*)\} from "([^"]+)";', text, re.MULTILINE):
        target = (path.parent / place).resolve()
        assert target.is_relative_to(FOLDER)
        exported = set(
            re.findall(r"^export (?:async )?(?:function|class|const) (\w+)", target.read_text("utf-8"), re.MULTILINE)
        )
        assert {name.strip() for name in names.split(",") if name.strip()} - exported == set()


def _needed(*names: str) -> set[Path]:
    needed, open_ = set(), [FOLDER / name for name in names]
    while open_:
        module = open_.pop()
        for place in _IMPORT.findall(module.read_text("utf-8")):
            target = (module.parent / place).resolve()
            if target not in needed:
                needed.add(target)
                open_.append(target)
    return needed


def test_what_the_first_page_needs_is_loaded_at_once() -> None:
    """The page names every module that `main.js` needs, so that none waits for another, and none that Now does not."""
    page = (FOLDER / "index.html").read_text("utf-8")
    named = {FOLDER / place for place in re.findall(r'rel="modulepreload" href="([^"]+)"', page)}
    assert _needed("js/main.js") <= named <= _needed("js/main.js", "js/pages/now.js")


def test_what_a_query_needs_is_what_the_catalogue_says() -> None:
    """The roles that the console names for what is not shown are those of the catalogue."""
    text = (FOLDER / "js/session.js").read_text("utf-8")
    needs = re.search(r"const NEEDS = \{(.*?)\};", text, re.DOTALL)
    assert needs is not None
    named: dict[str, str] = {}
    for role, queries in re.findall(r'"?([\w-]+)"?:\s*((?:"[^"]*"[ +\n]*)+),', needs[1]):
        named |= dict.fromkeys("".join(re.findall(r'"([^"]*)"', queries)).split(), role)
    assert all(QUERIES[query].role == role for query, role in named.items())
    texts = "".join(path.read_text("utf-8") for path in SCRIPTS if path.name != "session.js")
    shown = {name for name in re.findall(r'"([a-z][a-z-]+)"', texts) if name in QUERIES}
    assert {query for query in shown if QUERIES[query].role != "viewer"} <= set(named)


def test_nothing_is_inline_and_nothing_comes_from_elsewhere() -> None:
    """The page has no script or style of its own, and no file of ours names an address that a browser would load."""
    page = (FOLDER / "index.html").read_text("utf-8")
    assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", page) == []
    for path in [*SCRIPTS, FOLDER / "index.html", FOLDER / "console.css"]:
        loads = re.findall(r"https?://[^\s\"')]+", path.read_text("utf-8"))
        assert [url for url in loads if url != "http://www.w3.org/2000/svg"] == [], path
    assert HEADERS["Content-Security-Policy"].startswith("default-src 'self';")
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_every_icon_that_is_shown_is_in_the_sprite() -> None:
    """No icon is named that is not drawn."""
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (FOLDER / "icons.svg").read_text("utf-8")))
    texts = "".join(path.read_text("utf-8") for path in [*SCRIPTS, FOLDER / "index.html"])
    named = set(re.findall(r'icon\("([\w-]+)"\)', texts)) | set(re.findall(r"icons\.svg#([\w-]+)", texts))
    assert named - drawn == set()
    assert drawn - named == {"theme-auto", "theme-light", "theme-dark"}  # named by the choice


def test_what_others_wrote_is_as_they_published_it() -> None:
    """Each vendored file has the hash of its record, and a licence beside it."""
    record = (VENDOR / "README.md").read_text("utf-8")
    recorded = dict(
        re.findall(r"\| `([^`]+)` \| uplot \(npm\) \| [\d.]+ \| MIT \(`uPlot\.LICENSE\.txt`\) \| `(\w+)`", record)
    )
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.suffix in (".js", ".css")
    }
    assert recorded == found
    assert "MIT" in (VENDOR / "uPlot.LICENSE.txt").read_text("utf-8")


def test_the_first_paint_needs_little() -> None:
    """What is loaded before the first paint stays under 64 KiB."""
    files = [FOLDER / "index.html", FOLDER / "console.css", FOLDER / "js/theme.js", FOLDER / "icons.svg"]
    assert sum(path.stat().st_size for path in files) < 64 << 10
