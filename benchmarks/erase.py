"""How long it takes to erase one person out of a million rows in ten tables, and to prove that none is left.

``python -m benchmarks.erase`` fills an embedded store in a temporary folder: a million rows in ten tables, over 30 days
and 10,000 people, one of whom has 20 rows in each table. Then it erases that person and searches again, through the
same operations as the command line, and prints the seconds of each step.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from otel_lift.jobs import perform
from otel_lift.keys import KeyRing, create
from otel_lift.store import Store, open_store
from otel_lift.store.schema import SchemaOptions, apply

__all__ = ["main"]

_PERSON = "one-of-ten-thousand"
_PEOPLE = 10_000
_MINE = 20  # rows of the person in each table
_TABLES: Mapping[str, str] = {
    "otel_logs": "Timestamp, ServiceName, Body, LogAttributes",
    "otel_traces": "Timestamp, ServiceName, SpanName, SpanAttributes, "
    "`Events.Timestamp`, `Events.Name`, `Events.Attributes`",
    "lift_events": "event_time, service, event, subject, session_id, fingerprint, message, properties",
    "otel_metrics_gauge": "TimeUnix, ServiceName, MetricName, Attributes",
    "otel_metrics_sum": "TimeUnix, ServiceName, MetricName, Attributes",
    "otel_metrics_histogram": "TimeUnix, ServiceName, MetricName, Attributes",
    "otel_metrics_exponential_histogram": "TimeUnix, ServiceName, MetricName, Attributes",
    "otel_metrics_summary": "TimeUnix, ServiceName, MetricName, Attributes",
    "lift_subjects": "last_seen, subject, tag",
    "shop_notes": "at, note, tags",
}
_TIME = "now64(9) - toIntervalSecond(number % 2500000)"
_WHO = "if(number % {every} = 7, '{mine}', lower(hex(sipHash128(number % {people}))))"
_ATTRIBUTES = (
    "map('lift.subject', {who}, 'http.route', '/cart', 'k8s.pod.name', toString(number % 50), 'x', toString(number))"
)
_METRIC = f"{_TIME}, 'shop', 'cart.items', {_ATTRIBUTES}"
_VALUES: Mapping[str, str] = {
    "otel_logs": f"{_TIME}, 'shop', concat('upstream failed after ', toString(number)), {_ATTRIBUTES}",
    "otel_traces": f"{_TIME}, 'shop', 'GET /cart', {_ATTRIBUTES}, [now64(9)], ['seen'], [map('k', toString(number))]",
    "lift_events": f"{_TIME}, 'shop', 'api_error', {{who}}, {{who}}, lower(hex(sipHash128(number % 100))), 'failed', "
    "map('k', toString(number))",
    "lift_subjects": f"{_TIME}, concat({{who}}, toString(number)), toString(number)",
    "shop_notes": f"{_TIME}, concat('to ', {{who}}), ['a', 'b']",
}


def main() -> None:
    """Fill, erase, verify, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.erase")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows in all tables together")
    rows: int = parser.parse_args().rows
    folder = Path(tempfile.mkdtemp(prefix="otel-lift-erase-"))
    try:
        _measure(folder, rows)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(folder: Path, rows: int) -> None:
    file, ring = _configured(folder)
    with open_store(f"chdb://{folder}/store") as store:
        _fill(store, rows // len(_TABLES), ring.subject(_PERSON))
    started = time.perf_counter()
    previous = "start"
    answer: Any = {}
    for answer in perform(file, "subject erase", {"ids": [_PERSON]}):
        if "step" in answer:
            print(f"{time.perf_counter() - started:6.1f} s  {previous}")
            previous = answer["step"]
    erased = time.perf_counter() - started
    started = time.perf_counter()
    (left,) = perform(file, "subject verify", {"ids": [_PERSON]})
    verified = time.perf_counter() - started
    print(f"erased {answer['rows']} in {erased:.1f} s, verified: {answer['receipt']['verified']}")
    print(f"searched again in {verified:.1f} s, rows left: {sum(left['rows'].values())}")


def _configured(folder: Path) -> tuple[Path, KeyRing]:
    keys, file = folder / "keys", folder / "lift.yaml"
    create(keys)
    endpoint = {"endpoint": "127.0.0.1:0"}
    file.write_text(
        yaml.safe_dump(
            {
                "receivers": {"otlp": {"protocols": {"http": endpoint}}},
                "processors": {"pseudonyms": {"keys": {"file": str(keys)}}},
                "exporters": {"clickhouse": {"dsn": f"chdb://{folder}/store", "sql_endpoint": None}},
                "service": {
                    "data": str(folder / "data"),
                    "pipelines": {
                        "logs": {"receivers": ["otlp"], "processors": ["pseudonyms"], "exporters": ["clickhouse"]}
                    },
                },
            }
        )
    )
    return file, KeyRing.parse(keys.read_text(), "keys")


def _fill(store: Store, rows: int, mine: str) -> None:
    options = SchemaOptions(database=store.dsn.database)
    apply(store, options)
    store.command(
        f"CREATE TABLE {options.qualified('shop_notes')} (at DateTime64(9), note String, tags Array(String)) "
        "ENGINE = MergeTree PARTITION BY toDate(at) ORDER BY at"
    )
    who = _WHO.format(every=rows // _MINE, mine=mine, people=_PEOPLE)
    for table, columns in _TABLES.items():
        values = _VALUES.get(table, _METRIC).format(who=who)
        store.command(
            f"INSERT INTO {options.qualified(table)} ({columns}) SELECT {values} FROM numbers({rows})",
            settings={"max_partitions_per_insert_block": 1000},
        )


if __name__ == "__main__":
    main()
