"""What is remembered of messages and traces: forms that many of them share, and that lose nothing of what counts."""

import string

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from otel_lift_patterns.frames import essence, frames
from otel_lift_patterns.template import parameterise, shape
from pattern_records import Patterns, Record

WORDS = st.one_of(
    st.sampled_from(
        [
            *(
                "failed",
                "user",
                "for",
                "[email]",
                "<num>",
                "'quoted 1'",
                "0x1f",
                "12:30:01",
                "2026-11-21T10:00:00Z",
                "5kB",
            ),
            *(
                f"{13:032x}",
                "10.0.0.1",
                "::1",
                "a.b@c.io",
                "/var/log/a1.log",
                "https://x.io/1",
                "250 ms",
                "-3.5e10",
                "id_7",
                "aa:01:02",
            ),
            *("3 Nov 2026", "name=x", "User Ada", "1,2,3", "\t"),
        ]
    ),
    st.uuids().map(str),
    st.integers(0, 2**128).map(lambda number: f"{number:032x}"),
    st.integers(0, 2**64).map(str),
    st.text(string.printable, max_size=12),
)


@given(words=st.lists(WORDS, max_size=6))
def test_a_message_and_its_shape_have_one_template(words: list[str]) -> None:
    """The rules make the same template of a message's shape as of the message itself."""
    message = " ".join(words)
    template, of_shape = parameterise(pa.array([message, shape(message)])).to_pylist()
    assert template == of_shape


@pytest.mark.parametrize(
    "message",
    [
        "timed out after {:d} ms",
        "no row 9f86d081884c7d65{:016x} in cache",
        "order 1b4e28ba-2fa1-11d2-883f-{:012x} is gone, was 00000000-0000-0000-0000-000000000000",
    ],
)
def test_messages_that_differ_in_an_id_share_a_shape(message: str) -> None:
    """Numbers of one length, UUIDs and long ids in hexadecimal do not make a message a new one to the rules."""
    patterns = Patterns()
    patterns.logs(*(Record(message.format(number)) for number in range(100, 400)))
    assert patterns.meter.of("patterns_messages_parameterised") <= 2


LINES = st.lists(
    st.sampled_from(
        [
            *(
                "Traceback (most recent call last):",
                '  File "/app/a.py", line 3, in pay',
                "    total(x)",
                "ValueError: no 7",
            ),
            *(
                "    at pay (/app/pay.js:10:5)",
                "    at com.example.Pay.run(Pay.java:9)",
                "Caused by: x.Y: no 8",
                "Error: 9",
            ),
            *("pay@https://x.io/a.js:1:2", "at home", "mail a@b.io", "", "  File "),
        ]
    ),
    max_size=9,
)


@given(lines=LINES)
def test_the_essence_of_a_trace_has_its_frames(lines: list[str]) -> None:
    """What is remembered of a trace has the frames of the whole of it."""
    trace = "\n".join(lines)
    assert frames(essence(trace)) == frames(trace)


@pytest.mark.parametrize(
    "trace",
    [
        'Traceback (most recent call last):\n  File "/app/a.py", line 3, in pay\n    total(x)\nValueError: no row {}',
        "Error: no row {}\n    at pay (/app/pay.js:10:5)\n    at run (/app/run.js:1:1)",
        "x.Y: no row {0}\n    at com.example.Pay.run(Pay.java:9)\nCaused by: x.Z: no {0}\n    at a.B.c(D.java:1)",
    ],
)
def test_traces_that_differ_in_their_message_share_their_essence(trace: str) -> None:
    """The message in a trace, which may hold an id, does not make it a new one."""
    assert essence(trace.format(1)) == essence(trace.format(2))
