"""Reading a configuration: `load` and `loads`. All problems are found before any is reported."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from otel_lift.batch import Signal
from otel_lift.config.checks import Entry, check
from otel_lift.config.configuration import Configuration, Configured, Pipeline
from otel_lift.config.explain import explain, hide
from otel_lift.config.models import DATA, PipelineConfig, ServiceConfig
from otel_lift.config.problem import KeyPath, Problem, did_you_mean, listed
from otel_lift.config.registry import Kind, Registry
from otel_lift.config.source import MAX_BYTES, Document, expand, parse
from otel_lift.errors import ConfigError

__all__ = ["load", "loads"]

_Model = TypeVar("_Model", bound=BaseModel)
_ID = re.compile(r"[a-z][a-z0-9_]*(/[^\s/]+)?")
_SECTIONS = [*(kind.value for kind in Kind), "service"]


def load(path: Path, environ: Mapping[str, str] | None = None, registry: Registry | None = None) -> Configuration:
    """Read and check the file at `path`, with the variables of `environ` (by default those of this process).

    Raises ConfigError whose message has one line a problem, in the file's order:
    ``lift.yaml:12:5 service.pipelines.traces.processors[2]: unknown processor 'redacton'; did you mean 'redaction'?``
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1).decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); name a configuration file") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    return loads(text, str(path), environ, registry)


def loads(
    text: str,
    name: str = "<text>",
    environ: Mapping[str, str] | None = None,
    registry: Registry | None = None,
) -> Configuration:
    """Check a configuration given as text; `name` stands for the file in messages. Raises as `load` does."""
    environ = os.environ if environ is None else environ
    document = parse(text, name, environ)
    reader = _Reader(document, registry or Registry.installed())
    sections = reader.sections()
    entries = {kind: reader.components(kind, sections.get(kind.value)) for kind in Kind}
    service, pipelines = reader.service(sections.get("service"), environ)
    problems, warnings = check(document, reader.registry, entries, service, pipelines)
    problems = _told(document.problems, [*reader.problems, *problems])
    if problems or service is None:
        lines = (hide(str(problem), document.environment.values()) for problem in problems)
        raise ConfigError("\n".join(lines))
    return Configuration(
        file=name,
        **{
            kind.value: MappingProxyType(
                {id_: Configured(id_, one.component, one.config) for id_, one in by_id.items()}
            )
            for kind, by_id in entries.items()
        },
        pipelines=MappingProxyType(pipelines),
        service=service,
        warnings=tuple(warnings),
        _environment=MappingProxyType(document.environment),
    )


def _told(source: list[Problem], found: list[Problem]) -> list[Problem]:
    """Put problems in the file's order; a value whose text is wrong is not told what else it lacks."""
    unread = {problem.path for problem in source}
    problems = [*source, *(problem for problem in found if problem.path not in unread)]
    return sorted(problems, key=lambda problem: (problem.mark.line, problem.mark.column))


class _Reader:
    """Makes typed settings of a document's sections, and gathers what is wrong."""

    def __init__(self, document: Document, registry: Registry) -> None:
        self.registry = registry
        self.problems: list[Problem] = []
        self._document = document

    def sections(self) -> dict[str, Any]:
        top = self._document.value
        if not isinstance(top, dict):
            self._add((), f"should be a mapping with the keys {listed(_SECTIONS)}")
            return {}
        for key in top:
            if key not in _SECTIONS:
                hint = did_you_mean(key, _SECTIONS) or f"; known: {listed(_SECTIONS)}"
                self._add((key,), f"unknown key {key!r}{hint}", key=True)
        for key in ("receivers", "exporters", "service"):
            if key not in top:
                self._add((key,), "is required")
        return top

    def components(self, kind: Kind, section: Any) -> dict[str, Entry]:
        if not isinstance(section, dict | None):
            self._add((kind.value,), f"should be a mapping of {kind.singular} ids to their settings")
            return {}
        return {id_: self._component(kind, id_, settings) for id_, settings in (section or {}).items()}

    def _component(self, kind: Kind, id_: str, settings: Any) -> Entry:
        path: KeyPath = (kind.value, id_)
        if not _ID.fullmatch(id_):
            self._add(path, f"{id_!r} is no {kind.singular} id; write `type` or `type/name`", key=True)
            return Entry()
        type_ = id_.partition("/")[0]
        known = self.registry.names(kind)
        if type_ not in known:
            hint = did_you_mean(type_, known) or f"; known: {listed(known)}"
            self._add(path, f"unknown {kind.singular} {type_!r}{hint}", key=True)
            return Entry()
        try:
            component = self.registry.get(kind, type_)
        except ConfigError as error:
            self._add(path, f"{kind.singular} {type_!r} cannot be used: {error}", key=True)
            return Entry()
        return Entry(component, self._validate(component.config, {} if settings is None else settings, path))

    def service(self, section: Any, environ: Mapping[str, str]) -> tuple[ServiceConfig | None, dict[str, Pipeline]]:
        if not isinstance(section, dict):
            if section is not None or "service" in (self._document.value or {}):
                self._add(("service",), "should be a mapping that holds `pipelines`")
            return None, {}
        raw = section.get("pipelines")
        pipelines = {}
        if isinstance(raw, dict):
            pipelines = {name: self._pipeline(name, settings) for name, settings in raw.items()}
        named = {name: pair for name, pair in pipelines.items() if pair is not None}
        settings = {"data": expand(DATA, environ)[0], **section}
        if isinstance(raw, dict) and raw:
            settings["pipelines"] = {name: config for name, (config, _) in named.items()} or {"traces": _STAND_IN}
        service = self._validate(ServiceConfig, settings, ("service",))
        return service, {name: pipeline for name, (_, pipeline) in named.items()}

    def _pipeline(self, name: str, settings: Any) -> tuple[PipelineConfig, Pipeline] | None:
        path: KeyPath = ("service", "pipelines", name)
        signal = name.partition("/")[0]
        known = [one.value for one in Signal]
        if signal == "profiles":
            self._add(path, f"this version does not carry {signal}; remove this pipeline", key=True)
        elif not _ID.fullmatch(name) or signal not in known:
            hint = did_you_mean(signal, known)
            self._add(path, f"should be named after a signal ({listed(known)}), with `/name` if wanted{hint}", key=True)
        else:
            config = self._validate(PipelineConfig, {} if settings is None else settings, path)
            if config is not None:
                pipeline = Pipeline(name, Signal(signal), config.receivers, config.processors, config.exporters)
                return config, pipeline
        return None

    def _validate(self, model: type[_Model], settings: Any, path: KeyPath) -> _Model | None:
        try:
            return model.model_validate(settings)
        except ValidationError as error:
            self.problems += explain(error, model, settings, self._document, path)
            return None

    def _add(self, path: KeyPath, message: str, *, key: bool = False) -> None:
        self.problems.append(self._document.problem(path, message, key=key))


_STAND_IN = PipelineConfig(receivers=("none",), exporters=("none",))
"""Keeps "at least one pipeline" from being said of a service whose only pipelines were already refused."""
