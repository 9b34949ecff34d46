"""A processor of somebody else's that fails lets nothing through, and nothing of what it failed on is on disk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gateways import HOST, PROCESSORS, Gateway, free_port, gateway, until
from otlp_clients import PROTOBUF, Reply, post
from planted import NEEDLES, any_of, forms, found_in, segment_rows

from otel_lift.batch import Signal
from otel_lift.kernel.requests import REQUESTS
from otel_lift.pipeline.quarantine import Quarantine

SECRETS = {needle.kind: forms(needle.secret) for needle in NEEDLES}
PACKAGE = '''
from otel_lift.batch import Level
from otel_lift.pipeline import ComponentConfig, ProcessorComponent


class Fragile:
    """Fails on some records, and quotes them in its error."""

    def __init__(self, config, services):
        pass

    def start(self):
        pass

    def stop(self):
        pass

    def process(self, batch):
        texts = batch.attributes(Level.RECORD).values.to_pylist()
        if "break" in texts:
            raise ValueError(f"cannot handle {batch.tables[Level.RECORD].to_pylist()}")
        return batch


COMPONENT = ProcessorComponent(name="fragile", config=ComponentConfig, create=Fragile)
'''


def install(folder: Path) -> None:
    """Install the processor as a distribution with an entry point, as anybody's package would be."""
    (folder / "fragile_processor.py").write_text(PACKAGE)
    about = folder / "fragile_processor-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: fragile-processor\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[otel_lift.processors]\nfragile = fragile_processor:COMPONENT\n")


@pytest.fixture(params=["refuse", "quarantine"])
def running(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """Run a gateway whose first processor is fragile, with each action on a failure."""
    packages = tmp_path_factory.mktemp("packages")
    install(packages)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", str(packages))
        with gateway(
            tmp_path,
            dsn=f"clickhouse://{HOST}:{free_port()}/otel",
            processors=dict.fromkeys(("fragile", *PROCESSORS)),
            service={
                "spool": {"segment_max_age": 0.05, "compression": "none"},
                "on_failure": {"action": request.param},
            },
        ) as made:
            yield made


def send(at: Gateway, signal: Signal, name: str, value: str) -> Reply:
    """Send one record with all needles, and an attribute that may break the processor."""
    request: Any = REQUESTS[signal]()
    if signal is Signal.TRACES:
        record = request.resource_spans.add().scope_spans.add().spans.add(trace_id=b"t" * 16, span_id=b"s" * 8)
        record.name = name
    elif signal is Signal.METRICS:
        metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name=name)
        record = metric.gauge.data_points.add()
    else:
        record = request.resource_logs.add().scope_logs.add().log_records.add(event_name=name)
    record.attributes.add(key="how").value.string_value = value
    for needle in NEEDLES:
        record.attributes.add(key=needle.text).value.string_value = needle.text
    return post(at.ports["http"], f"/v1/{signal}", request.SerializeToString(), PROTOBUF)


def test_what_it_failed_on_is_nowhere_in_clear(running: Gateway) -> None:
    """The request is refused or in quarantine as configured, its neighbours are stored, and no file holds its data."""
    quarantined = running.config["service"]["on_failure"]["action"] == "quarantine"
    for signal in Signal:
        assert send(running, signal, f"before-{signal}", "whole").status == 200
        broken = send(running, signal, f"broken-{signal}", "break")
        assert broken.status == (200 if quarantined else 503)
        assert broken.headers["retry-after"] is None if quarantined else broken.headers["retry-after"] is not None
        assert send(running, signal, f"after-{signal}", "whole").status == 200
    spool = running.data / "spool"
    until(lambda: sum(len(rows) for _, rows in segment_rows(spool)) >= 6, "six records in sealed segments")
    stored = str([rows.to_pylist() for _, rows in segment_rows(spool)])
    assert all(f"{name}-{signal}" in stored for name in ("before", "after") for signal in Signal)
    assert any_of(running.file.parent, {**SECRETS, "the record": forms("broken-")}) == {}
    until(lambda: running.total("stage_failures", stage="fragile") == 3, "three failures are counted")
    page = running.page("/metrics")[1]
    assert found_in(page.encode(), SECRETS) == set()
    kept = sorted((running.data / "quarantine").glob("*.otlp"))
    assert len(kept) == (3 if quarantined else 0)
    opened = Quarantine(running.data / "quarantine", max_bytes=0)
    for path in kept:
        signal = Signal(path.name.partition("-")[0])
        assert f"broken-{signal}" in str(REQUESTS[signal].FromString(opened.get(path)))
