"""`make bench`: measure, and print the tables that stand in RESULTS.md."""

import logging
import os
import platform

from benchmarks.gateway import measure_gateway
from benchmarks.stages import measure_stages
from otel_lift.batch import Signal


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
    print("\nThe gateway as users run it, over gRPC, 1,000 records a request, into a sink that keeps nothing:\n")
    heads = ["signal", "CPU-s per million: ingest", "store", "peak MB: ingest", "store", "supervisor"]
    print("| " + " | ".join([*heads, "ack p50 ms", "p99 ms", "records/s"]) + " |")
    print("| --- |" + " ---: |" * 8)
    for signal in Signal:
        figures = measure_gateway(signal, requests=300, records=1000, connections=8)
        cells = [f"{figures.cpu[process]:.2f}" for process in ("ingest", "store")]
        cells += [f"{figures.peak_mb[process]:.0f}" for process in ("ingest", "store", "supervisor")]
        cells += [f"{figures.p50:.0f}", f"{figures.p99:.0f}", f"{figures.records_per_second:,.0f}"]
        print(f"| {signal} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
