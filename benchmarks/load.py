"""A load of pre-encoded requests over gRPC, in a process of its own; prints latencies and wall time as JSON."""

import argparse
import json
import threading
import time

import grpc

from benchmarks.payloads import log_requests, span_requests

_METHODS = {
    "traces": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}
_DISTINCT = 40


def main() -> None:
    """Send `--requests` requests over `--connections` connections, each waiting for its acknowledgement."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--signal", choices=_METHODS, default="traces")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=8)
    arguments = parser.parse_args()
    generate = span_requests if arguments.signal == "traces" else log_requests
    payloads = list(generate(_DISTINCT, arguments.records))
    numbers = iter(range(arguments.requests))
    latencies: list[float] = []
    lock = threading.Lock()

    def send() -> None:
        with grpc.insecure_channel(arguments.endpoint) as channel:
            export = channel.unary_unary(_METHODS[arguments.signal], None, None)
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                started = time.perf_counter()
                export(payloads[number % _DISTINCT], timeout=120, wait_for_ready=True)
                latencies.append(time.perf_counter() - started)

    started = time.perf_counter()
    threads = [threading.Thread(target=send) for _ in range(arguments.connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"seconds": time.perf_counter() - started, "latencies": sorted(latencies)}))


if __name__ == "__main__":
    main()
