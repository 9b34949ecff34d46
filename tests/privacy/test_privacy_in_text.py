"""Personal data with what stands around it: punctuation, lines, names of events, maps and baggage."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from otel_lift_pseudonyms import PseudonymsConfig, PseudonymsProcessor
from planted import NEEDLES
from redaction_rows import processor, redacted

from otel_lift.batch import RequestContext, Signal
from otel_lift.kernel import decode, encode
from otel_lift.kernel.requests import REQUESTS
from otel_lift.pipeline import Services
from otel_lift.synthetic import Needle

CONTEXTS = (
    "{}",
    "seen {} there",
    "was {}.",
    "a,{},b",
    '"{}"',
    "'{}'",
    "`{}`",
    "({})",
    "[{}]",
    "<{}>",
    "{{{}}}",
    "x={}",
    "who: {}",
    '{{"a":"{}"}}',
    "/users/{}/x",
    "|{}|",
    "*{}*",
    "~{}",
    "#{}",
    "${}",
    "&{}&",
    "{}!",
    "{}?",
    "{};",
    "a\n{}\nb",
    "a\r\n{}\r\nb",
    "\t{}\t",
    "\u00a0{}\u00a0",
    "\N{BLACK TELEPHONE}{}",
)
GLUED = (
    *("lift.{}", "Done.{} now", "...{}", ".{}"),
    *("user_{}", "_{}", "key_{}_x"),
    *("who-{}", "a--{}", "-{}"),
    *("who:{}", "id:{}", "ipv6:{}"),
    *("a+{}", "+{}"),
    *(r"a\n{}\nb", r"a\t{}\tb", r"\r\n{}", r'{{"m":"seen\n{}"}}'),
)


@pytest.mark.parametrize("needle", NEEDLES, ids=[needle.kind for needle in NEEDLES])
def test_what_stands_around_it_hides_nothing(tmp_path: Path, needle: Needle) -> None:
    """A needle goes whatever ordinary punctuation touches it."""
    made = processor(tmp_path)
    texts = redacted(made, [context.format(needle.text) for context in CONTEXTS])
    assert [context for context, text in zip(CONTEXTS, texts, strict=True) if needle.secret in text] == []


@pytest.mark.parametrize("needle", NEEDLES, ids=[needle.kind for needle in NEEDLES])
def test_what_it_is_glued_to_hides_nothing(tmp_path: Path, needle: Needle) -> None:
    """A needle goes after a dot, an underscore, a dash, a name with a colon, and the escape of a line's end too."""
    texts = redacted(processor(tmp_path), [context.format(needle.text) for context in GLUED])
    assert [context for context, text in zip(GLUED, texts, strict=True) if needle.secret in text] == []


def _in_attribute(record: Any, key: str, value: str) -> None:
    record.attributes.add(key=key).value.string_value = value


def _in_array(record: Any, key: str, value: str) -> None:
    record.attributes.add(key=key).value.array_value.values.add().string_value = value


def _in_body(record: Any, key: str, value: str) -> None:
    record.body.kvlist_value.values.add(key=key).value.string_value = value


def _in_map(record: Any, key: str, value: str) -> None:
    record.attributes.add(key="form").value.kvlist_value.values.add(key=key).value.string_value = value


def _in_maps_in_a_map(record: Any, key: str, value: str) -> None:
    inside = record.body.kvlist_value.values.add(key="request")
    for part in key.split("."):
        inside = inside.value.kvlist_value.values.add(key=part)
    inside.value.string_value = value


def _in_a_map_in_an_array(record: Any, key: str, value: str) -> None:
    forms = record.attributes.add(key="forms").value.array_value.values
    forms.add().string_value = "first"
    forms.add().kvlist_value.values.add(key=key).value.string_value = value


def _in_baggage(record: Any, key: str, value: str) -> None:
    record.attributes.add(key=f"baggage.{key}").value.string_value = value


@pytest.mark.parametrize("key", ["user.id", "session.id", "client.address"])
@pytest.mark.parametrize(
    "put", [_in_attribute, _in_array, _in_body, _in_map, _in_maps_in_a_map, _in_a_map_in_an_array, _in_baggage]
)
def test_a_raw_id_goes_wherever_its_key_stands(tmp_path: Path, put: Callable[[Any, str, str], None], key: str) -> None:
    """What a person, session or address key names is a pseudonym, in attributes, maps and baggage alike."""
    request: Any = REQUESTS[Signal.LOGS]()
    put(request.resource_logs.add().scope_logs.add().log_records.add(), key, "maria-keller-1977")
    pseudonyms = PseudonymsProcessor(PseudonymsConfig(), Services("pseudonyms", tmp_path))
    pseudonyms.start()
    batch = decode(Signal.LOGS, [request.SerializeToString()], RequestContext(), 1).batch
    done = processor(tmp_path).process(pseudonyms.process(batch))
    assert b"maria-keller-1977" not in encode(done)
