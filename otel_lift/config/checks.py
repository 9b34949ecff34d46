"""What a valid shape can still get wrong: references, the order of processors, addresses used twice."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from pydantic import BaseModel

from otel_lift.config.configuration import Pipeline
from otel_lift.config.fields import written_name
from otel_lift.config.models import ServiceConfig, split_endpoint
from otel_lift.config.problem import KeyPath, Problem, did_you_mean, listed, show_path
from otel_lift.config.registry import Component, Kind, Registry
from otel_lift.config.source import Document
from otel_lift.tenants import DEFAULT_TENANT

__all__ = ["Entry", "check"]

_PIPELINES: KeyPath = ("service", "pipelines")
_WILDCARDS = {"0.0.0.0", "::", "*"}  # noqa: S104 compared with, never bound


@dataclass(frozen=True, slots=True)
class Entry:
    """A component of the file; without a declaration or settings where these were already refused."""

    component: Component | None = None
    config: BaseModel | None = None


def check(
    document: Document,
    registry: Registry,
    entries: Mapping[Kind, Mapping[str, Entry]],
    service: ServiceConfig | None,
    pipelines: Mapping[str, Pipeline],
) -> tuple[list[Problem], list[Problem]]:
    """Answer the problems that forbid a start, and the warnings that do not."""
    uses = list(_uses(service, pipelines))
    problems = [
        problem
        for kind, path, ids in uses
        for problem in (
            *_undefined(document, registry, kind, path, ids, entries[kind]),
            *_repeated(document, path, ids),
        )
    ]
    for pipeline in pipelines.values():
        problems += _order(document, pipeline, entries[Kind.PROCESSORS])
        problems += _companions(document, pipeline, entries[Kind.PROCESSORS])
        problems += _tenants(document, pipeline, entries)
    used = {(kind, id_) for kind, _, ids in uses for id_ in ids}
    listening = {id_: one for id_, one in entries[Kind.RECEIVERS].items() if (Kind.RECEIVERS, id_) in used}
    problems += _addresses(document, listening, service)
    return problems, list(_unused(document, entries, used))


def _uses(
    service: ServiceConfig | None, pipelines: Mapping[str, Pipeline]
) -> Iterator[tuple[Kind, KeyPath, tuple[str, ...]]]:
    for name, pipeline in pipelines.items():
        for kind in (Kind.RECEIVERS, Kind.PROCESSORS, Kind.EXPORTERS):
            yield kind, (*_PIPELINES, name, kind.value), getattr(pipeline, kind.value)
    yield Kind.EXTENSIONS, ("service", "extensions"), service.extensions if service else ()


def _undefined(
    document: Document,
    registry: Registry,
    kind: Kind,
    path: KeyPath,
    ids: tuple[str, ...],
    defined: Mapping[str, Entry],
) -> Iterator[Problem]:
    known = {*registry.names(kind), *defined}
    for index, id_ in enumerate(ids):
        if id_ in defined:
            continue
        if id_.partition("/")[0] in known:
            message = f"{kind.singular} {id_!r} is not configured; add `{id_}:` under `{kind.value}`"
        else:
            hint = did_you_mean(id_, known) or f"; known: {listed(known)}"
            message = f"unknown {kind.singular} {id_!r}{hint}"
        yield document.problem((*path, index), message)


def _repeated(document: Document, path: KeyPath, ids: tuple[str, ...]) -> Iterator[Problem]:
    for index, id_ in enumerate(ids):
        if id_ in ids[:index]:
            yield document.problem((*path, index), f"{id_!r} is listed twice; remove one")


def _order(document: Document, pipeline: Pipeline, entries: Mapping[str, Entry]) -> Iterator[Problem]:
    for (_, early), (index, late) in combinations(enumerate(pipeline.processors), 2):
        component = entries.get(early, Entry()).component
        if component is not None and late.partition("/")[0] in getattr(component, "after", ()):
            path = (*_PIPELINES, pipeline.name, "processors", index)
            yield document.problem(path, f"{late!r} must come before {early!r}; move {late!r} up, in front of it")


def _companions(document: Document, pipeline: Pipeline, entries: Mapping[str, Entry]) -> Iterator[Problem]:
    present = {id_.partition("/")[0] for id_ in pipeline.processors}
    for index, id_ in enumerate(pipeline.processors):
        component = entries.get(id_, Entry()).component
        for missing in sorted(getattr(component, "requires", frozenset()) - present):
            path = (*_PIPELINES, pipeline.name, "processors", index)
            yield document.problem(path, f"{id_!r} cannot work without {missing!r}; add {missing!r} to this pipeline")


def _tenants(document: Document, pipeline: Pipeline, entries: Mapping[Kind, Mapping[str, Entry]]) -> Iterator[Problem]:
    """Find what would bring one tenant's records into another's database."""
    first: tuple[str, str] | None = None
    for kind in (Kind.RECEIVERS, Kind.EXPORTERS):
        for index, id_ in enumerate(getattr(pipeline, kind.value)):
            entry = entries[kind].get(id_, Entry())
            if entry.component is None or entry.config is None:
                continue
            tenant = getattr(entry.component, "tenant", _of_default)(entry.config)
            first = first or (id_, tenant)
            if tenant != first[1]:
                message = f"{id_!r} is of tenant {tenant!r}, {first[0]!r} of {first[1]!r}; make a pipeline for each"
                yield document.problem((*_PIPELINES, pipeline.name, kind.value, index), message)


def _of_default(_: BaseModel) -> str:
    return DEFAULT_TENANT


def _unused(
    document: Document, entries: Mapping[Kind, Mapping[str, Entry]], used: set[tuple[Kind, str]]
) -> Iterator[Problem]:
    for kind, by_id in entries.items():
        for id_ in by_id:
            if (kind, id_) not in used:
                where = "`service.extensions`" if kind is Kind.EXTENSIONS else "a pipeline"
                yield document.problem((kind.value, id_), f"is not used; name it in {where} or remove it", key=True)


def _addresses(document: Document, receivers: Mapping[str, Entry], service: ServiceConfig | None) -> Iterator[Problem]:
    found: list[tuple[KeyPath, str, int]] = []
    configs: list[tuple[KeyPath, Any]] = [(("receivers", id_), one.config) for id_, one in receivers.items()]
    configs += [(("service",), service)] if service else []
    for path, config in configs:
        for where, host, port in _endpoints(config, path):
            for other, other_host, other_port in found:
                if port == other_port and _overlap(host, other_host):
                    message = f"port {port} is already taken by {show_path(other)}; choose another"
                    yield document.problem(where, message)
            found.append((where, host, port))


def _endpoints(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str, int]]:
    named: Iterable[tuple[str, Any]]
    if isinstance(value, BaseModel):
        fields = type(value).model_fields.items()
        named = ((written_name(name, info), getattr(value, name)) for name, info in fields)
    elif isinstance(value, Mapping):
        named = value.items()
    else:
        return
    for key, one in named:
        if key == "endpoint" and isinstance(one, str):
            try:
                host, port = split_endpoint(one)
            except ValueError:
                continue
            if port:
                yield (*path, key), host, port
        else:
            yield from _endpoints(one, (*path, key))


def _overlap(one: str, other: str) -> bool:
    names = {name.lower().replace("localhost", "127.0.0.1") for name in (one, other)}
    return len(names) == 1 or bool(names & _WILDCARDS)
