"""Stack traces: which frames count, in each language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from otel_lift_patterns.frames import frames
from pattern_records import Patterns, Record

PYTHON = """Traceback (most recent call last):
  File "/srv/app/first.py", line 1, in cause
    raise KeyError("x")
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/venv/lib/python3.11/site-packages/starlette/routing.py", line 72, in app
    response = await func(request)
  File "/srv/app/views.py", line 40, in pay
    charge(order)
  File "C:\\app\\billing.py", line 12, in Charge.<locals>.run
    raise ValueError(amount)
ValueError: 5
"""
NODE = """TypeError: Cannot read properties of undefined (reading 'map')
    at new Basket (/srv/app/dist/basket.3fa9c1d2.js:10:15)
    at async Object.total [as sum] (file:///srv/app/src/total.ts:3:5)
    at /srv/app/src/index.js:8:1
    at Module._compile (node:internal/modules/cjs/loader:1105:14)
    at next (/srv/app/node_modules/express/lib/router.js:4:4)
"""
FIREFOX = """total@https://shop.example/assets/total.js?v=3:10:15
@https://shop.example/assets/index.js:8:1
"""
JAVA = """java.lang.IllegalStateException: order 5 is closed
\tat java.base/java.util.Optional.orElseThrow(Optional.java:403)
\tat com.shop.Order$$EnhancerBySpringCGLIB$$1f2e3d.close(<generated>)
\tat com.shop.Order.lambda$close$0(Order.java:55)
\tat org.springframework.web.Servlet.service(Servlet.java:1)
\tat app//com.shop.Main.main(Main.java:9)
Caused by: java.io.IOException: gone
\tat com.shop.Disk.read(Disk.java:7)
"""


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        (PYTHON, ("billing.py:Charge.<locals>.run", "views.py:pay")),
        (NODE, ("basket.js:Basket", "total.ts:Object.total", "index.js:")),
        (FIREFOX, ("total.js:total", "index.js:")),
        (JAVA, ("<generated>:Order.close", "Order.java:Order.lambda$close", "Main.java:Main.main")),
        ("no trace at all", ()),
        ("", ()),
    ],
)
def test_the_apps_innermost_frames_are_read(trace: str, expected: tuple[str, ...]) -> None:
    """Python, V8, Firefox and Java traces give file and function of the app's frames, innermost first."""
    assert frames(trace) == expected


def test_at_most_five_frames_count() -> None:
    """A deep stack, such as an endless recursion, counts by its innermost frames only."""
    deep = "\n".join(f"    at f{letter} (/srv/app/a.js:1:1)" for letter in "abcdefgh")
    assert frames(deep) == tuple(f"a.js:f{letter}" for letter in "abcde")


def test_frames_of_libraries_count_where_the_app_has_none() -> None:
    """An error that happened wholly in libraries is still told apart by its frames."""
    assert frames("Error\n    at next (/srv/node_modules/express/router.js:4:4)") == ("router.js:next",)


@given(line=st.integers(1, 10**6), folder=st.sampled_from(["/srv/app", "/home/x/checkout", "C:\\build"]))
def test_lines_and_folders_do_not_change_a_fingerprint(line: int, folder: str) -> None:
    """The same failure from another release or machine keeps its fingerprint; another function changes it."""

    def fingerprint(folder: str, line: int, function: str) -> str | None:
        trace = f'Traceback (most recent call last):\n  File "{folder}/views.py", line {line}, in {function}\n'
        return Patterns().logs(Record("failed", {"exception.stacktrace": trace}))[0][1]

    assert fingerprint(folder, line, "pay") == fingerprint("/srv/app", 1, "pay")
    assert fingerprint(folder, line, "refund") != fingerprint("/srv/app", 1, "pay")


@given(st.text())
def test_any_text_is_read(trace: str) -> None:
    """Whatever a client sends as a stack trace, reading it ends with at most five frames."""
    assert len(frames(trace)) <= 5
    assert len(frames(f"Traceback (most recent call last):\n{trace}")) <= 5
