"""Fakes and strategies that the project's own tests use, for tests of components elsewhere too.

`otel_lift.testing.otlp` needs hypothesis, which only development installs; so it is imported when it is first used.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otel_lift.testing import otlp

__all__ = ["otlp"]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
