"""The rights of a person: what is stored of one is found, handed out, and erased from every place, with a receipt."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from otel_lift.rights.commands import jobs, operations
    from otel_lift.rights.export import read_piece
    from otel_lift.rights.receipts import check_lines, public_key

__all__ = ["check_lines", "jobs", "operations", "public_key", "read_piece"]

_PLACES = {
    "check_lines": "receipts",
    "jobs": "commands",
    "operations": "commands",
    "public_key": "receipts",
    "read_piece": "export",
}


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(f"otel_lift.rights.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
