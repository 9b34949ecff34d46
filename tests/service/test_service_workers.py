"""Several ingest workers, and what the supervisor tells of them."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
from gateways import gateway, until
from numbered_load import ClientLog, GrpcClient, holds, logs, stored

CLIENTS = 32


def test_workers_share_the_load(tmp_path: Path) -> None:
    """Two workers take connections on one port, and what both of them acknowledge is stored once."""
    with gateway(tmp_path, service={"workers": 2}) as running, ThreadPoolExecutor(CLIENTS) as pool:
        port = running.ports["grpc"]
        clients = [GrpcClient(port) for _ in range(CLIENTS)]
        log = ClientLog()

        def send(client: GrpcClient) -> None:
            for _ in range(3):
                number = log.number()
                assert client.send(logs(number))
                log.acknowledge(number)

        list(pool.map(send, clients))
        workers = running.children("ingest")
        taken = [
            sum(c.status == psutil.CONN_ESTABLISHED and c.laddr.port == port for c in worker.net_connections("tcp"))
            for worker in workers
        ]
        assert len(taken) == 2
        assert sum(taken) == CLIENTS
        assert min(taken) > 0
        until(lambda: holds(running.ports["sql"], log), "all is stored")
        log.check(stored(running.ports["sql"], "otel_logs"))
        for client in clients:
            client.close()


def test_readiness_tells_of_a_disk_that_fails(tmp_path: Path) -> None:
    """While the spool's disk refuses data, /readyz is 503 and says why; it is 200 again once the disk works."""
    with gateway(tmp_path, processors={}) as running:
        client = GrpcClient(running.ports["grpc"])
        journals = running.data / "spool" / "journal"
        away = journals.with_name("away")
        until(lambda: not any(journals.glob("*.log")), "no journal is open")
        journals.rename(away)
        assert not client.send(logs(0))
        until(lambda: running.page("/readyz")[0] == 503, "not ready")
        assert list(json.loads(running.page("/readyz")[1])["trouble"]) == ["ingest-0"]
        away.rename(journals)
        until(lambda: running.page("/readyz")[0] == 200, "ready again")
        assert json.loads(running.page("/readyz")[1])["trouble"] == {}
        assert client.send(logs(1))
        client.close()
