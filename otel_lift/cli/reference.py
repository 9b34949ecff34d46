"""The reference page of all commands, made from the functions that carry them out."""

import inspect
import re
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, get_args, get_type_hints

from typer import Typer
from typer.models import ArgumentInfo, ParameterInfo

from otel_lift.cli.app import app

__all__ = ["commands", "page"]

_INTRODUCTION = """\
# Commands

<!-- Made from the commands by `make docs`; a test fails where it drifts. -->

`otel-lift COMMAND --help` says the same in a terminal. A command that fails prints one message to standard error and
ends with exit code 1; one that is not written as it should be ends with 2. `otel-lift --version` prints the version.
"""
_SPACES = re.compile(r"\s+")


def page() -> str:
    """Answer the page for every command, those of components too."""
    return "\n".join([_INTRODUCTION, *("\n".join(_section(name, run)) for name, run in commands())])


def commands() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield every command as it is typed, with the function behind it."""
    return _commands(app, "otel-lift")


def _commands(group: Typer, path: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    for command in group.registered_commands:
        assert command.callback is not None, "every command of ours has a function"
        yield f"{path} {command.name or command.callback.__name__}", command.callback
    for added in group.registered_groups:
        assert added.typer_instance is not None, "every group of ours is a typer app"
        alone = added.typer_instance.registered_callback
        if alone is not None and alone.callback is not None:
            yield f"{path} {added.name}", alone.callback
        yield from _commands(added.typer_instance, f"{path} {added.name}")


def _section(name: str, run: Callable[..., Any]) -> Iterator[str]:
    parameters = list(_parameters(run))
    words = [name]
    for parameter, info, _, default in parameters:
        if isinstance(info, ArgumentInfo):
            words.append(parameter.upper() if default is inspect.Parameter.empty else f"[{parameter.upper()}]")
        elif default is inspect.Parameter.empty:
            words.append(f"{_written(parameter, info)[0]} {parameter.upper()}")
    if any(default is not inspect.Parameter.empty for *_, default in parameters):
        words.append("[OPTIONS]")
    yield f"## {name}\n\n```sh\n{' '.join(words)}\n```\n\n{_line(run.__doc__)}\n"
    if parameters:
        yield "| parameter | default | meaning |\n| --- | --- | --- |"
        yield from (_row(*parameter) for parameter in parameters)
        yield ""


def _parameters(run: Callable[..., Any]) -> Iterator[tuple[str, ParameterInfo, Any, Any]]:
    hints = get_type_hints(run, include_extras=True)
    for parameter in inspect.signature(run).parameters.values():
        kind, info = get_args(hints[parameter.name])[:2]
        yield parameter.name, info, kind, parameter.default


def _row(parameter: str, info: ParameterInfo, kind: Any, default: Any) -> str:
    written = ", ".join(f"`{one}`" for one in _written(parameter, info))
    meaning = _line(info.help)
    if isinstance(kind, type) and issubclass(kind, Enum):
        meaning += f" One of {', '.join(f'`{one.value}`' for one in kind)}."
    if info.envvar:
        meaning += f" Environment variable: `{info.envvar}`."
    return f"| {written} | {_default(default)} | {meaning} |"


def _written(parameter: str, info: ParameterInfo) -> list[str]:
    if isinstance(info, ArgumentInfo):
        return [parameter.upper()]
    # Inside `Annotated` the first of the names stands where a default would.
    named = [name for name in (info.default, *(info.param_decls or ())) if isinstance(name, str)]
    return named or [f"--{parameter.replace('_', '-')}"]


def _default(default: Any) -> str:
    if default is inspect.Parameter.empty:
        return "*required*"
    return "" if default is None or default is False else f"`{getattr(default, 'value', default)}`"


def _line(text: str | None) -> str:
    return _SPACES.sub(" ", text or "").strip().replace("|", "\\|")
