"""Addresses to listen on, as a configuration writes them."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator

__all__ = ["Endpoint", "is_loopback", "split_endpoint"]


def split_endpoint(endpoint: str) -> tuple[str, int]:
    """Split ``host:port`` or ``[v6]:port``; raises ValueError for anything else."""
    host, colon, port = endpoint.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError("should be `host:port`, such as 127.0.0.1:4317")
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _endpoint(endpoint: str) -> str:
    split_endpoint(endpoint)
    return endpoint


Endpoint = Annotated[str, AfterValidator(_endpoint)]
"""An address to listen on: ``host:port``; port 0 takes any free one."""
