"""The supervisor's small pages: liveness, readiness and the gateway's own metrics."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from otel_lift.errors import ConfigError

__all__ = ["Page", "PageServer"]


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: HTTP status, content type and body."""

    status: int
    content_type: str
    body: bytes


class PageServer:
    """Serves pages by path on ``host:port``; each is made anew for each request."""

    def __init__(self, setting: str, endpoint: str, pages: Mapping[str, Callable[[], Page]]) -> None:
        handler = type("Handler", (_Handler,), {"pages": pages})
        try:
            self._server = ThreadingHTTPServer(_address(endpoint), handler)
        except OSError as error:
            raise ConfigError(
                f"{setting}: cannot listen on {endpoint} ({error.strerror}); end what uses the port, or name another"
            ) from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name=setting, daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        """Where it listens, ``host:port``."""
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _address(endpoint: str) -> tuple[str, int]:
    host, _, port = endpoint.rpartition(":")  # checked when the configuration was loaded
    return host.strip("[]"), int(port)


class _Handler(BaseHTTPRequestHandler):
    pages: Mapping[str, Callable[[], Page]]
    timeout = 10  # seconds for a client to say what it wants

    def do_GET(self) -> None:
        known = self.pages.get(self.path.partition("?")[0])
        page = known() if known else Page(404, "text/plain", f"known paths: {' '.join(self.pages)}\n".encode())
        self.send_response(page.status)
        self.send_header("Content-Type", page.content_type)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        self.wfile.write(page.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep access logs out of the gateway's log."""
