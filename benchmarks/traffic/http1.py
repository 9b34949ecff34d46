"""One OTLP/HTTP client connection: protobuf over HTTP/1.1, kept alive, one request at a time."""

import re
import socket

__all__ = ["HttpConnection"]

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class HttpConnection:
    """A connection to `host`:`port` that posts to one `path`; used as `GrpcConnection` is."""

    def __init__(self, host: str, port: int, path: str) -> None:
        self.socket = socket.create_connection((host, port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/x-protobuf\r\nContent-Length: "
        ).encode()
        self._left: list[memoryview] = []
        self._in = b""
        self.accepted = self.blocked = False

    def start(self, payload: bytes) -> None:
        """Begin a request with `payload` as its body."""
        head = self._head + str(len(payload)).encode() + b"\r\n\r\n"
        self._left = [memoryview(head), memoryview(payload)]
        self.send()

    def send(self) -> None:
        """Send what the socket allows."""
        self.blocked = False
        while self._left:
            try:
                sent = self.socket.sendmsg(self._left)
            except BlockingIOError:
                self.blocked = True
                return
            while self._left and sent >= len(self._left[0]):
                sent -= len(self._left.pop(0))
            if sent:
                self._left[0] = self._left[0][sent:]

    def receive(self) -> bool:
        """Read what has come; answers whether the request has been answered."""
        read = self.socket.recv(65_536)
        if not read:
            raise ConnectionError("the server closed the connection")
        self._in += read
        end = self._in.find(b"\r\n\r\n")
        if end < 0:
            return False
        length = _LENGTH.search(self._in, 0, end)
        if length is None:
            raise ConnectionError("the server's answer has no Content-Length")
        whole = end + 4 + int(length[1])
        if len(self._in) < whole:
            return False
        self.accepted = self._in[9:12] == b"200"
        self._in = self._in[whole:]
        return True
