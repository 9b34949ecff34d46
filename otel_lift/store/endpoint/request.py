"""An HTTP request in ClickHouse's manner, as a statement with its data, parameters and settings."""

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

import pyarrow as pa
import zstandard

__all__ = ["BadRequestError", "SqlRequest", "credentials", "decompress", "parse_request"]

# Settings of ClickHouse's HTTP layer or of its sessions, which the embedded engine does not have.
_TRANSPORT = frozenset(
    {
        "add_http_cors_header",
        "buffer_size",
        "client_protocol_version",
        "enable_http_compression",
        "http_headers_progress_interval_ms",
        "http_make_head_request",
        "http_zlib_compression_level",
        "password",
        "quota_key",
        "role",
        "send_progress_in_http_headers",
        "session_check",
        "session_id",
        "session_timeout",
        "user",
        "wait_end_of_query",
    }
)
_LONGEST_INSERT = 65_536
_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# INSERT INTO ... FORMAT Name, with quoted names and texts passed over; the data starts behind it.
_INSERT = re.compile(
    rb"""\s*INSERT\s+INTO\s(?:`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^`"'])*?"""
    rb"""\sFORMAT\s+(?P<format>[A-Za-z0-9_]+)[ \t;]*\r?\n?""",
    re.IGNORECASE | re.DOTALL,
)


class BadRequestError(Exception):
    """A request that cannot be read; `code` is ClickHouse's number for it."""

    def __init__(self, message: str, code: int = 36) -> None:
        """Keep ClickHouse's error number, by default 36 BAD_ARGUMENTS."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class SqlRequest:
    """What a client asks for. For an insert with data, `sql` ends before FORMAT and `insert_format` is the data's."""

    sql: str
    data: bytes | None = None
    insert_format: str | None = None
    database: str | None = None
    default_format: str | None = None
    query_id: str | None = None
    compress: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


def parse_request(query_string: bytes, headers: Mapping[str, str], body: bytes) -> SqlRequest:
    """Read the URL's query string, the headers (names in lower case) and the uncompressed body."""
    pairs = dict(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, encoding="utf-8"))
    kind = headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        pairs.update(_form(kind, body))
        body = b""
    for switch in ("compress", "decompress"):
        if pairs.pop(switch, "0") not in {"0", "false", ""}:
            raise BadRequestError(
                f"{switch}=1 asks for ClickHouse's own framing, which this endpoint does not speak: use HTTP "
                "compression (Accept-Encoding and Content-Encoding: gzip, deflate or zstd)"
            )
    statement = pairs.pop("query", "").encode()
    text = statement + b"\n" + body if statement and body else statement or body
    insert = _INSERT.match(text[:_LONGEST_INSERT])
    parameters = {name[6:]: value for name, value in pairs.items() if name.startswith("param_")}
    settings = {}
    names = {"database", "default_format", "query_id"}
    for name, value in pairs.items():
        if name in names or name in _TRANSPORT or name.startswith("param_"):
            continue
        if not _SETTING.fullmatch(name):
            raise BadRequestError(f"{name[:60]!r} is not a setting", 115)
        settings[name] = value
    return SqlRequest(
        sql=_text(text[: insert.start("format")].rstrip()[: -len(b"FORMAT")] if insert else text),
        data=text[insert.end() :] if insert else None,
        insert_format=insert.group("format").decode() if insert else None,
        database=pairs.get("database") or headers.get("x-clickhouse-database"),
        default_format=pairs.get("default_format") or headers.get("x-clickhouse-format"),
        query_id=pairs.get("query_id"),
        compress=pairs.get("enable_http_compression") in {"1", "true"},
        parameters=parameters,
        settings=settings,
    )


def credentials(query_string: bytes, headers: Mapping[str, str]) -> str:
    """Answer the token that the request carries, in any of the places where ClickHouse's clients put a password."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    if "x-clickhouse-key" in headers:
        return headers["x-clickhouse-key"]
    return dict(parse_qsl(query_string.decode("latin-1"))).get("password", "")


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo a Content-Encoding; raises `BadRequestError` if it is unknown, damaged, or over `limit` bytes."""
    try:
        if encoding in {"", "identity"}:
            return body
        if encoding in {"gzip", "deflate"}:
            inflater = zlib.decompressobj(31 if encoding == "gzip" else 15)
            data = _bounded(inflater.decompress(body, limit + 1), limit)
            if not inflater.eof:
                raise BadRequestError(f"the body ends before its {encoding} does", 271)
            return data
        if encoding == "zstd":
            reader = zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(body)
            return _bounded(reader.read(limit + 1), limit)
        if encoding == "lz4":
            with pa.CompressedInputStream(pa.BufferReader(body), "lz4") as source:
                return _bounded(source.read(limit + 1), limit)
    except (zlib.error, zstandard.ZstdError, OSError) as error:
        raise BadRequestError(f"the body is not valid {encoding}: {error}", 271) from error
    raise BadRequestError(f"Content-Encoding {encoding!r} is not known here: use gzip, deflate, lz4 or zstd", 48)


def _bounded(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise BadRequestError(f"the body has more than {limit} bytes", 307)
    return data


def _form(content_type: str, body: bytes) -> dict[str, str]:
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n" + body
    )
    fields = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            fields[name] = _text(content)
    return fields


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise BadRequestError("the statement is not UTF-8", 62) from error
