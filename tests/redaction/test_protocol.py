"""Coverage by construction: every field of the protocol is known to the kernel, and every text in it to redaction.

The fields come from the descriptors of OTLP, so one that a later version of the protocol adds fails here.
"""

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message
from redaction_needles import SECRETS
from redaction_rows import processor

from benchmarks.privacy.coverage import EMAIL, PATHS, visits
from benchmarks.privacy.gateway import Gateway, texts_of
from otel_lift.batch import RequestContext, Signal
from otel_lift.kernel import decode, encode
from otel_lift.kernel.requests import REQUESTS
from otel_lift.synthetic import IDS, leaves, positions, put, read

KINDS = ("string_value", "array_value", "kvlist_value", "bytes_value")
ID_BYTES = {"trace_id": 16, "span_id": 8, "parent_span_id": 8}
# of each rule a text and what of it must not be left
SECRETS_OF_RULES = [cases[0] for cases in SECRETS.values()]
# references into a profile's table of strings, which mean nothing in these signals (see `otel_lift.kernel`)
OF_PROFILES = {"string_value_strindex", "key_strindex"}
FILES = {
    Signal.TRACES: ("trace/v1/trace.proto", "Span"),
    Signal.LOGS: ("logs/v1/logs.proto", "LogRecord"),
    Signal.METRICS: ("metrics/v1/metrics.proto", "Exemplar"),
}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Run the stages of the default gateway in this process."""
    with Gateway(tmp_path_factory.mktemp("gateway")) as made:
        yield made


def later_version(signal: Signal, name: str, field_type: int) -> type[Message]:
    """Make the request of a later version of the protocol, in which one message has a field more."""
    file, message = FILES[signal]
    pool = descriptor_pool.DescriptorPool()
    waiting = [REQUESTS[signal].DESCRIPTOR.file]
    files = {}
    while waiting:
        each = waiting.pop()
        files[each.name] = each
        waiting += each.dependencies
    for each in sorted(files.values(), key=lambda one: len(_needed(one))):
        declared = descriptor_pb2.FileDescriptorProto()
        each.CopyToProto(declared)
        if each.name.endswith(file):
            (changed,) = (one for one in declared.message_type if one.name == message)
            changed.field.add(name=name, number=1999, type=field_type, label=1, json_name=name)
        pool.Add(declared)
    made: type[Message] = message_factory.GetMessageClass(
        pool.FindMessageTypeByName(REQUESTS[signal].DESCRIPTOR.full_name)
    )
    return made


def _needed(file: Any) -> set[str]:
    return {file.name}.union(*(_needed(each) for each in file.dependencies))


def value_of(field: Any) -> Any:
    """Answer a value that a field can hold and does not have by default."""
    if field.type in (field.TYPE_STRING, field.TYPE_BYTES):
        length = ID_BYTES.get(field.name, 5)
        return "v" * length if field.type == field.TYPE_STRING else b"v" * length
    return 1.5 if field.type in (field.TYPE_DOUBLE, field.TYPE_FLOAT) else 1


def lost(signal: Signal, request: type[Message]) -> list[str]:
    """Answer the fields below a request that do not come out of the kernel as they went in."""
    found = []
    for position, field in leaves(request.DESCRIPTOR):
        if field.name in OF_PROFILES:
            continue
        sent: Any = request()
        put(sent, signal, position, value_of(field), 1, 1)
        decoded = decode(signal, [sent.SerializeToString()], RequestContext(), 0)
        if read(request.FromString(encode(decoded.batch)), position) != read(sent, position):
            found.append(".".join(position))
    return found


@pytest.mark.parametrize("signal", list(Signal))
def test_the_kernel_knows_every_field(signal: Signal) -> None:
    """Each field of any type that the protocol has comes out of the kernel as it went in."""
    assert lost(signal, REQUESTS[signal]) == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("signal", list(Signal))
def test_redaction_visits_every_text(gateway: Gateway, signal: Signal, path: str) -> None:
    """A text in any string or bytes field arrives redacted, by protobuf and by JSON: none is passed over."""
    seen = list(visits(gateway, signal, REQUESTS[signal], path))
    assert len(seen) > 90
    assert [str(visit) for visit in seen if not visit.redacted] == []


@pytest.mark.parametrize("signal", list(Signal))
def test_a_new_text_of_the_protocol_is_noticed(gateway: Gateway, signal: Signal) -> None:
    """Were a message to get one more string or bytes field, the list would name it and both checks would complain."""
    for field_type in (descriptor_pb2.FieldDescriptorProto.TYPE_STRING, descriptor_pb2.FieldDescriptorProto.TYPE_BYTES):
        request = later_version(signal, "remark", field_type)
        new = set(positions(request.DESCRIPTOR)) - set(positions(REQUESTS[signal].DESCRIPTOR))
        assert new
        assert {position[-1] for position in new} == {"remark"}
        assert {visit.position for visit in visits(gateway, signal, request) if not visit.redacted} == new
        assert set(lost(signal, request)) == {".".join(position) for position in new}


@pytest.mark.parametrize("signal", list(Signal))
def test_a_new_number_of_the_protocol_is_noticed(signal: Signal) -> None:
    """Were a message to get a field that is no text, the kernel's check would name it."""
    request = later_version(signal, "level", descriptor_pb2.FieldDescriptorProto.TYPE_UINT32)
    assert {name.rpartition(".")[2] for name in lost(signal, request)} == {"level"}


@pytest.mark.parametrize("signal", list(Signal))
def test_only_ids_are_no_text(signal: Signal) -> None:
    """Every string or bytes field is a position, but for ids, which the kernel takes only at their exact length."""
    texts = {path for path, field in leaves(REQUESTS[signal].DESCRIPTOR) if field.type in (9, 12)}
    others = texts - set(positions(REQUESTS[signal].DESCRIPTOR))
    assert {path[-1] for path in others} <= IDS
    for position in others:
        sent: Any = REQUESTS[signal]()
        put(sent, signal, position, EMAIL, 1, 1)
        decoded = decode(signal, [sent.SerializeToString()], RequestContext(), 0)
        assert EMAIL.encode() not in encode(decoded.batch)


@pytest.mark.parametrize("path", PATHS)
def test_no_row_and_no_byte_of_the_spool_holds_a_text(tmp_path: Path, path: str) -> None:
    """What is planted in every position at once is in no row of any table and no byte that the spool writes."""
    forms = [EMAIL.encode()]
    forms += [base64.b64encode(EMAIL.encode()[at : at + 24]) for at in range(3)]
    tables = set()
    with Gateway(tmp_path) as made:
        for signal in Signal:
            request: Any = REQUESTS[signal]()
            for number, position in enumerate(positions(request.DESCRIPTOR), start=1):
                put(request, signal, position, f"seen {EMAIL} there", number, time.time_ns())
            batch = made.process(signal, PATHS[path](signal, request))
            assert len(batch) == number
            for table, row in made.rows(batch):
                tables.add(table)
                assert not any(EMAIL in text for text in texts_of(row))
            made.write(batch)
        files = list(made.spooled())
    assert len(tables) >= 7
    assert sum(content.count(b"seen [email] there") for _, content in files) > 100
    assert [name for name, content in files for form in forms if form in content] == []


def _fill(message: Any, text: str, kind: str, depth: int = 0) -> None:
    """Set every string and bytes field of a message and of all inside it; values are of one kind, to some depth."""
    for field in message.DESCRIPTOR.fields:
        if field.containing_oneof and field.name not in {kind if depth < 12 else "string_value", "histogram"}:
            continue
        if field.type == field.TYPE_STRING:
            if field.is_repeated:
                getattr(message, field.name).append(text)
            else:
                setattr(message, field.name, text)
        elif field.type == field.TYPE_BYTES:
            length = ID_BYTES.get(field.name)
            setattr(message, field.name, b"\1" * length if length else text.encode())
        elif field.type == field.TYPE_MESSAGE:
            inner = getattr(message, field.name).add() if field.is_repeated else getattr(message, field.name)
            inner.SetInParent()
            _fill(inner, text, kind, depth + 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("signal", list(Signal))
def test_nothing_of_a_needle_leaves_the_gateway(tmp_path: Path, signal: Signal, kind: str) -> None:
    """A secret of each rule in every text at once, in values of every kind, is in no byte of what comes out."""
    made = processor(tmp_path)
    for text, secret in SECRETS_OF_RULES:
        request = REQUESTS[signal]()
        _fill(request, text, kind)
        payload = request.SerializeToString()
        assert payload.count(secret.encode()) > 5
        decoded = decode(signal, [payload], RequestContext(), 0)
        assert decoded.outcomes[0].error is None
        assert len(decoded.batch) == 1
        assert secret.encode() not in encode(made.process(decoded.batch))
