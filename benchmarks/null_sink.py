"""A ClickHouse server that keeps nothing: answers a client's greeting, swallows inserts. In a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

__all__ = ["null_sink"]

_CHUNK = 1 << 20


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(b"Ok.\n")

    def do_POST(self) -> None:
        query = parse_qs(urlsplit(self.path).query).get("query", [""])[0]
        body = self._body()
        statement = (query or body.decode("utf-8", "replace")).lstrip().upper()
        self._answer(b"26.9.1.1\tUTC\n" if statement.startswith("SELECT VERSION()") else b"")

    def _body(self) -> bytes:
        """Read the body; only the start of it, where a short statement would stand, is kept."""
        kept = b""
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                chunk = self.rfile.read(size + 2)
                kept = kept or chunk[:_CHUNK]
            self.rfile.readline()
            return kept
        left = int(self.headers.get("Content-Length", 0))
        while left:
            chunk = self.rfile.read(min(left, _CHUNK))
            kept = kept or chunk
            left -= len(chunk)
        return kept

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@contextmanager
def null_sink() -> Iterator[int]:
    """Run a sink on a free port; yields the port."""
    command = [sys.executable, "-m", "benchmarks.null_sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
