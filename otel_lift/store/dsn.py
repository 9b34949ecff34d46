"""Where the store is, as one line of text: ``chdb:///path`` or ``clickhouse://user:password@host:port/database``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from otel_lift.errors import ConfigError

__all__ = ["Dsn"]

_DATABASE = "otel"
_EXAMPLES = "chdb:///var/lib/otel-lift/store or clickhouse://user:password@host:8443/otel?secure=1"
_TRUE = frozenset({"1", "true", "yes"})
_FALSE = frozenset({"0", "false", "no"})


@dataclass(frozen=True, slots=True)
class Dsn:
    """A parsed data source name; the password shows neither in `repr` nor in `str`.

    `path` is set for the embedded engine and `host` for a server. `options` are server settings of the embedded engine
    (``?max_server_memory_usage=2000000000``).
    """

    path: Path | None = None
    host: str = ""
    port: int = 0
    user: str = "default"
    password: str = field(default="", repr=False)
    database: str = _DATABASE
    secure: bool = False
    verify: bool = True
    cluster: str | None = None
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a DSN; raises `ConfigError`, which never repeats the text, since that can hold a password."""
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise ConfigError(f"the store's DSN is not a URL; write for example {_EXAMPLES}") from error
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        if parts.scheme == "chdb":
            return cls._embedded(parts.netloc, parts.path, query)
        if parts.scheme != "clickhouse" or not parts.hostname:
            raise ConfigError(
                f"the store's DSN must start with chdb:// or clickhouse://; write for example {_EXAMPLES}"
            )
        secure = _flag(query, "secure", default=False)
        verify = _flag(query, "verify", default=True)
        cluster = query.pop("cluster", None)
        if query:
            raise ConfigError(
                f"the store's DSN has unknown options {', '.join(sorted(query))}; known are cluster, secure, verify"
            )
        return cls(
            host=parts.hostname,
            port=port or (8443 if secure else 8123),
            user=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            database=unquote(parts.path.strip("/")) or _DATABASE,
            secure=secure,
            verify=verify,
            cluster=cluster or None,
        )

    @classmethod
    def _embedded(cls, location: str, path: str, query: dict[str, str]) -> Self:
        if location or not path.strip("/"):
            raise ConfigError("the embedded store needs an absolute path with three slashes: chdb:///var/lib/otel-lift")
        database = query.pop("database", _DATABASE)
        return cls(path=Path(unquote(path)), database=database, options=MappingProxyType(query))

    @property
    def embedded(self) -> bool:
        """Whether the engine runs in this process."""
        return self.path is not None

    def __str__(self) -> str:
        """Write the DSN with its password masked."""
        if self.path is not None:
            return f"chdb://{quote(str(self.path))}"
        password = ":***" if self.password else ""
        return f"clickhouse://{quote(self.user)}{password}@{self.host}:{self.port}/{quote(self.database)}"


def _flag(query: dict[str, str], name: str, *, default: bool) -> bool:
    value = query.pop(name, "").lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    if value:
        raise ConfigError(f"the DSN's option {name} must be 1 or 0")
    return default
