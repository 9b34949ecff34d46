"""The web console: a folder of plain HTML, CSS and ES modules, which the gateway's API serves at ``/``."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

__all__ = ["FOLDER", "HEADERS"]

FOLDER = Path(__file__).parent / "static"
"""The files to serve at ``/``, ``index.html`` for the folder itself. Routes are in the address's fragment."""

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-cache",  # asked again each time, answered 304 by the ETag
    }
)
"""What goes with each file: nothing is loaded from elsewhere, nothing runs that is not a file of ours."""
