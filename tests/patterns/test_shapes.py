"""What is remembered of messages and traces: forms that many of them share, and that lose nothing of what counts."""

import string
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from otel_lift_patterns.frames import frames
from otel_lift_patterns.shapes.rules import FOREIGN_PACKAGES, FOREIGN_PLACES, PYTHON_START
from otel_lift_patterns.template import parameterise
from pattern_records import Patterns, Record

from otel_lift.implementations import implementations

TWINS = implementations("otel_lift_patterns.shapes")
each_twin = pytest.mark.parametrize("twin", list(TWINS.values()), ids=list(TWINS))

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


ID_PIECES = (
    "0",
    "12",
    "aF",
    "beef",
    "dead12",
    "e5",
    "x",
    "-",
    " ",
    "_",
    ".",
    "0x",
    "ab" * 8,
    "1" * 16,
    "0123456789abcde",
    "f" * 64,
)


def shape_of(twin: ModuleType, message: str) -> str:
    """Answer a message's shape."""
    (shape,) = twin.of_messages(pa.array([message])).to_pylist()
    return str(shape)


def stack_of(twin: ModuleType, trace: str) -> str:
    """Answer the shape of a stack trace."""
    (shape,) = twin.of_stacks(pa.array([trace])).to_pylist()
    return str(shape)


@given(words=st.lists(WORDS, max_size=6))
def test_a_message_and_its_shape_have_one_template(words: list[str]) -> None:
    """The rules make the same template of a message's shape as of the message itself, by all implementations."""
    message = " ".join(words)
    shape, *others = (shape_of(twin, message) for twin in TWINS.values())
    assert all(other == shape for other in others)
    template, of_shape = parameterise(pa.array([message, shape])).to_pylist()
    assert template == of_shape


@settings(max_examples=300)
@given(pieces=st.lists(st.sampled_from(ID_PIECES), max_size=30))
def test_ids_stand_alone_by_all_implementations(pieces: list[str]) -> None:
    """What is nearly an id, or stands beside a letter, is told the same way by all implementations."""
    message = "".join(pieces)
    assert len({shape_of(twin, message) for twin in TWINS.values()}) == 1


@pytest.mark.parametrize("character", ["x", "é", "日", "0"])
def test_the_same_part_of_a_long_text_is_read(character: str) -> None:
    """However many bytes a character has, implementations cut a message or a trace at the same one."""
    for end in ("", "1"):
        for size in (4095, 4096, 4097):
            assert len({shape_of(twin, character * size + end) for twin in TWINS.values()}) == 1
        for size in (16_360, 16_384, 16_400):
            for trace in (f"{character * size}\n at f (a.js:1)", f"{PYTHON_START}{character * size}\n at f (a.js:1)"):
                shapes = {stack_of(twin, trace + end) for twin in TWINS.values()}
                assert len(shapes) == 1
                assert frames(shapes.pop()) == frames(trace + end)


@each_twin
def test_slices_and_nulls_have_shapes(twin: ModuleType) -> None:
    """A slice has the shapes of its own texts, and a null stays one."""
    column = pa.array(["a 1", None, "b 2", "", None, "c 3"] * 3)
    for start in range(12):
        shapes = twin.of_messages(column.slice(start, 5)).to_pylist()
        assert shapes == [one and one[:2] + "9" for one in column.slice(start, 5).to_pylist()]
    traces = pa.array([None, "at f (a.js:7)", ""]).slice(1)
    assert twin.of_stacks(traces).to_pylist() == ["at f (a.js:0)", ""]
    assert twin.of_stacks(pa.array([], pa.string())).to_pylist() == []
    assert twin.of_stacks(pa.array([None], pa.string())).to_pylist() == [None]


def test_broken_arrays_have_no_shapes() -> None:
    """Compiled code reads nothing outside of an array: offsets that do not ascend are an error."""
    broken = pa.StringArray.from_buffers(2, pa.py_buffer(np.array([0, 9, 4], np.int32)), pa.py_buffer(b"abcd"))
    for twin in (module for name, module in TWINS.items() if name == "native"):
        for make in (twin.of_messages, twin.of_stacks):
            with pytest.raises(ValueError, match="offsets"):
                make(broken)


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
                PYTHON_START + ":",
                '  File "/app/a.py", line 3, in pay',
                '\tFile "b.py", line 12',
                'File "c.py", line 1, in ',
                '  File "/app/日.py", line 4, in f\u2028',
                "    total(x)",
                "ValueError: no 7",
            ),
            *(
                "    at pay (/app/pay.js:10:5)",
                "at /app/x.js:10:",
                "at 12)",
                "at :5:6",
                "at new Pay [as x] (a.1f2e3d4c.js:٣:4)",
                "    at com.example.Pay.run(Pay.java:9)",
                "\tat java.base/java.util.Optional.get(Optional.java:4)",
                "Caused by: x.Y: no 8",
                "Caused by: a@b:8",
                "Error: 9",
            ),
            *("pay@https://x.io/a.js:1:2", "at home", "mail a@b.io", "", "  File ", "a@b٣", "\xa0at x:1", "x" * 520),
            *(f" at f (/{place}/a.js:1:2)" for place in FOREIGN_PLACES),
            *(f" at {package}A.b(A.java:2)" for package in FOREIGN_PACKAGES),
        ]
    ),
    max_size=16,
)
BREAKS = st.sampled_from(["\n", "\n", "\r\n", "\n\n", "\v", "\x1c", "\x85", "\u2029", "\x1f", " "])


@settings(max_examples=400)
@given(lines=LINES, breaks=st.lists(BREAKS, min_size=16, max_size=16))
def test_the_shape_of_a_trace_has_its_frames(lines: list[str], breaks: list[str]) -> None:
    """What is left of a trace has the frames of the whole of it, and is the same by all implementations."""
    trace = "".join(part for pair in zip(lines, breaks, strict=False) for part in pair)
    shape, *others = (stack_of(twin, trace) for twin in TWINS.values())
    assert frames(shape) == frames(trace)
    assert all(other == shape for other in others)


@settings(max_examples=200)
@given(trace=st.text(st.sampled_from('at @(:)1x \n\x85\u2003\xa0\u3000٣File ",line in')))
def test_any_trace_keeps_its_frames(trace: str) -> None:
    """Whatever is sent as a stack trace, its shape has its frames."""
    for whole in (trace, f"{PYTHON_START}{trace}"):
        assert {stack_of(twin, whole) for twin in TWINS.values()} == {stack_of(TWINS["pure"], whole)}
        assert frames(stack_of(TWINS["pure"], whole)) == frames(whole)


@pytest.mark.parametrize(
    "trace",
    [
        'Traceback (most recent call last):\n  File "/app/a.py", line 3, in pay\n    total(x)\nValueError: no row {}',
        "Error: no row {}\n    at pay (/app/pay.js:10:5)\n    at run (/app/run.js:1:1)",
        "x.Y: no row {0}\n    at com.example.Pay.run(Pay.java:9)\nCaused by: x.Z: no {0}\n    at a.B.c(D.java:1)",
    ],
)
def test_traces_that_differ_in_their_message_share_their_shape(trace: str) -> None:
    """The message in a trace, which may hold an id, does not make it a new one."""
    for twin in TWINS.values():
        assert stack_of(twin, trace.format(1)) == stack_of(twin, trace.format(2))


@each_twin
def test_frames_that_do_not_count_are_left_out(twin: ModuleType) -> None:
    """Traces that differ in outer frames, or in numbers of lines, share their shape."""
    inner = "".join(f'\n  File "/app/{at}.py", line {{0}}, in f' for at in range(5))
    traces = [f'{PYTHON_START}:\n  File "/app/x.py", line 1, in {at}{inner.format(at)}\nE: {at}' for at in range(9)]
    assert len({stack_of(twin, trace) for trace in traces}) == 1
