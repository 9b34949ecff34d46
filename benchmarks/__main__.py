"""`make bench`: measure, and print the tables that stand in RESULTS.md."""

import logging
import os
import platform

from benchmarks.gateway import measure_gateway
from benchmarks.stages import measure_stages
from otel_lift.batch import Signal

_CONNECTIONS = 8


def main() -> None:
    """Measure the stages in one process, then the gateway as users run it."""
    logging.disable(logging.WARNING)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start\n")
    print("CPU-seconds per million records by stage, one process, 12 attributes, about 590 bytes a record:\n")
    columns = [(signal, group, granted) for signal in Signal for group in (1, 4) for granted in (False, True)]
    found = {
        (signal, group, granted): measure_stages(
            signal, requests=40, records=1000, group=group, repeats=3, granted=granted
        )
        for signal, group, granted in columns
    }
    heads = [
        f"{signal}, {group},000 together, {'granted' if granted else 'denied'}" for signal, group, granted in columns
    ]
    print("| stage | " + " | ".join(heads) + " |")
    print("| --- |" + " ---: |" * len(columns))
    for stage in found[columns[0]]:
        print(f"| {stage} | " + " | ".join(f"{found[column][stage]:.2f}" for column in columns) + " |")
    sums = [sum(found[column].values()) - found[column]["decode"] for column in columns]
    print("| **all after decode** | " + " | ".join(f"**{value:.2f}**" for value in sums) + " |")
    print("\nThe gateway as users run it: gRPC, 8 clients, 1,000 records a request, into a sink that keeps nothing:\n")
    heads = ["signal", "CPU-s per million: ingest", "store", "peak MB: ingest", "store", "supervisor"]
    print("| " + " | ".join([*heads, "ack p50 ms", "p99 ms", "records/s"]) + " |")
    print("| --- |" + " ---: |" * 8)
    figures = {
        signal: measure_gateway(signal, requests=300, records=1000, connections=_CONNECTIONS) for signal in Signal
    }
    for signal, found_here in figures.items():
        cells = [f"{found_here.cpu[process]:.2f}" for process in ("ingest", "store")]
        cells += [f"{found_here.peak_mb[process]:.0f}" for process in ("ingest", "store", "supervisor")]
        cells += [f"{found_here.p50:.0f}", f"{found_here.p99:.0f}", f"{found_here.records_per_second:,.0f}"]
        print(f"| {signal} | " + " | ".join(cells) + " |")
    print("\nThe same runs by stage of ingest, CPU-seconds per million records:\n")
    print("| signal | " + " | ".join([*figures[Signal.TRACES].stages, "**after decode, export included**"]) + " |")
    print("| --- |" + " ---: |" * (len(figures[Signal.TRACES].stages) + 1))
    for signal, found_here in figures.items():
        after = sum(found_here.stages.values()) - found_here.stages["decode"] + found_here.cpu["store"]
        print(f"| {signal} | " + " | ".join(f"{value:.2f}" for value in [*found_here.stages.values(), after]) + " |")


if __name__ == "__main__":
    main()
