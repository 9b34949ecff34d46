"""Which implementation runs: everything that is compiled has a pure twin of the same functions and results.

A package with twins has two modules, `pure` and `native`; the one place that chooses between them is here, so a process
runs all of one kind. The environment variable `OTEL_LIFT_KERNEL` names the kind (`pure` or `native`); without it the
native modules run where they could be compiled.
"""

import importlib
import os
from collections.abc import Mapping
from types import MappingProxyType, ModuleType

from otel_lift.errors import ConfigError

__all__ = ["VARIABLE", "choose", "implementations", "running"]

VARIABLE = "OTEL_LIFT_KERNEL"
"""The environment variable that names the implementation."""

_NAMES = ("native", "pure")  # the fastest first


def implementations(package: str) -> Mapping[str, ModuleType]:
    """Import the twins of a package, by name, of which `native` is missing where it could not be compiled."""
    found = {name: _load(package, name) for name in _NAMES}
    return MappingProxyType({name: module for name, module in found.items() if module is not None})


def choose(package: str, environment: Mapping[str, str] = os.environ) -> ModuleType:
    """Answer the twin of a package that `OTEL_LIFT_KERNEL` asks for, else the fastest one there is.

    The other one is not imported. Raises ConfigError for a name that this installation has not.
    """
    asked = environment.get(VARIABLE)
    for name in (asked,) if asked else _NAMES:
        module = _load(package, name) if name in _NAMES else None
        if module is not None:
            return module
    raise ConfigError(
        f"{VARIABLE} asks for the kernel {asked!r}, which this installation has not: unset it, "
        f"or set it to one of: {', '.join(implementations(package))} (the native one is compiled where otel-lift is "
        "installed, for which a C compiler must be there)"
    )


def running(package: str) -> str:
    """Answer the name of the twin that this process runs, `native` or `pure`."""
    return choose(package).__name__.removeprefix(f"{package}.")


def _load(package: str, name: str) -> ModuleType | None:
    try:
        module = importlib.import_module(f"{package}.{name}")
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith(f"{package}.{name}"):
            raise
        return None
    # a folder without a module is what another version left there
    return module if module.__file__ else None
