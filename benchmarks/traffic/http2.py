"""One gRPC client connection that costs the machine little: requests are frames made beforehand, replies are counted.

A gRPC library spends 80 to 150 microseconds on a call, more than a server under test may take, and on a small machine
the client runs on the server's cores. This client speaks just the part of HTTP/2 (RFC 9113) and of header compression
(RFC 7541) that unary calls with fixed headers need: one call at a time, the server's windows and frame size kept,
pings and settings answered.
"""

import socket
import struct
from collections import deque

__all__ = ["GrpcConnection"]

_DATA, _HEADERS, _RST_STREAM, _SETTINGS, _PING, _GOAWAY, _WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
_END_STREAM, _ACK, _END_HEADERS = 1, 1, 4
_INITIAL_WINDOW_SIZE, _MAX_FRAME_SIZE = 4, 5
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_WINDOW = 2**31 - 1
_BUFFERS_AT_ONCE = 512  # below the least limit on buffers in one system call
_FRAME = struct.Struct(">I B I")  # length in the upper 24 bits of the first number, type in the lower 8; flags; stream


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return _FRAME.pack(len(payload) << 8 | kind, flags, stream) + payload


class GrpcConnection:
    """A connection to `host`:`port` that calls one method, `path`, one call at a time, on a non-blocking socket.

    `start` begins a call; `receive` and `send`, when the socket is readable or writable, carry it on; `receive` answers
    whether the call has ended, and `accepted` then whether the server answered with a message, that is with success.
    While `blocked`, the socket must be writable to go on.
    """

    def __init__(self, host: str, port: int, path: str) -> None:
        self.socket = socket.create_connection((host, port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        settings = struct.pack(">HIHI", 2, 0, _INITIAL_WINDOW_SIZE, _WINDOW)  # no push; replies are never held back
        grow = struct.pack(">I", _WINDOW - 65_535)
        self.socket.sendall(_PREFACE + _frame(_SETTINGS, 0, 0, settings) + _frame(_WINDOW_UPDATE, 0, 0, grow))
        self.socket.setblocking(False)
        fixed = b"\x83\x86"  # :method POST, :scheme http
        self._headers = fixed + b"".join(
            [
                b"\x44" + bytes([len(path)]) + path.encode(),
                b"\x41" + bytes([len(host)]) + host.encode(),
                b"\x40\x02te\x08trailers",
                b"\x5f\x10application/grpc",
                b"\x7a\x05bench",
            ]
        )
        self._later_headers = fixed + bytes([0x80 | index for index in (66, 65, 64, 63, 62)])
        self._stream = -1
        self._left = memoryview(b"")
        self._window = self._initial = 65_535
        self._connection_window = 65_535
        self._frame_size = 16_384
        self._out: deque[memoryview] = deque()
        self._in = b""
        self._message = b""
        self.accepted = self.blocked = False

    def start(self, payload: bytes) -> None:
        """Begin a call with `payload`, which starts with gRPC's prefix of five bytes (see `prefixed`)."""
        self._stream += 2
        self._message = b""
        self._window = self._initial
        self._left = memoryview(payload)
        self._out.append(memoryview(_frame(_HEADERS, _END_HEADERS, self._stream, self._headers)))
        self._headers = self._later_headers
        self.send()

    def send(self) -> None:
        """Send what the windows and the socket allow."""
        self.blocked = False
        while True:
            self._fill()
            if not self._out:
                return
            buffers = [self._out[index] for index in range(min(len(self._out), _BUFFERS_AT_ONCE))]
            try:
                sent = self.socket.sendmsg(buffers)
            except BlockingIOError:
                self.blocked = True
                return
            while self._out and sent >= len(self._out[0]):
                sent -= len(self._out.popleft())
            if sent:
                self._out[0] = self._out[0][sent:]

    def receive(self) -> bool:
        """Read what has come; answers whether the call has ended."""
        read = self.socket.recv(65_536)
        if not read:
            raise ConnectionError("the server closed the connection")
        data = self._in + read
        position, ended = 0, False
        while len(data) - position >= 9:
            length_kind, flags, stream = _FRAME.unpack_from(data, position)
            length = length_kind >> 8
            if len(data) - position < 9 + length:
                break
            payload = data[position + 9 : position + 9 + length]
            position += 9 + length
            kind = length_kind & 0xFF
            if kind <= _HEADERS:
                if kind == _DATA:
                    self._message += payload
                if flags & _END_STREAM and stream == self._stream:
                    ended = True
            elif kind == _RST_STREAM and stream == self._stream:
                self._message, ended = b"", True
            else:
                self._control(kind, flags, stream, payload)
        self._in = data[position:]
        if ended:
            self._left = memoryview(b"")
            self.accepted = len(self._message) >= 5
        if not self.blocked:
            self.send()
        return ended

    def _fill(self) -> None:
        """Cut the message into frames as far as the windows reach."""
        while self._left and (size := min(len(self._left), self._window, self._connection_window, self._frame_size)):
            part, self._left = self._left[:size], self._left[size:]
            self._window -= size
            self._connection_window -= size
            head = _FRAME.pack(size << 8 | _DATA, 0 if self._left else _END_STREAM, self._stream)
            self._out.append(memoryview(head))
            self._out.append(part)

    def _control(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        match kind:
            case 4 if not flags & _ACK:
                for name, value in struct.iter_unpack(">HI", payload):
                    if name == _INITIAL_WINDOW_SIZE:
                        self._window += value - self._initial
                        self._initial = value
                    elif name == _MAX_FRAME_SIZE:
                        self._frame_size = value
                self._out.append(memoryview(_frame(_SETTINGS, _ACK, 0)))
            case 6 if not flags & _ACK:
                self._out.append(memoryview(_frame(_PING, _ACK, 0, payload)))
            case 7:
                raise ConnectionError(f"the server goes away: {payload[8:].decode('utf-8', 'replace')}")
            case 8:
                (grown,) = struct.unpack(">I", payload)
                if not stream:
                    self._connection_window += grown
                elif stream == self._stream:
                    self._window += grown
