"""Every named query, under its name and under the paths that stand for it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from otel_lift.api.answers import Answer, answered
from otel_lift.api.errors import ApiError
from otel_lift.api.paths import PATHS, Named
from otel_lift.api.questions import Asked
from otel_lift.api.service import Asking, Parts, caller_of
from otel_lift.queries import Given, NamedQuery, Parameter

__all__ = ["BREAK_GLASS", "given_of", "routes"]

BREAK_GLASS = "X-Break-Glass"
"""The header with the reason for which an analyst must see groups that are hidden otherwise."""

_SCHEMAS: Mapping[str, dict[str, Any]] = {
    "UInt32": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    "UInt64": {"type": "integer", "minimum": 0, "maximum": 2**64 - 1},
    "Float64": {"type": "number"},
    "String": {"type": "string"},
    "Array(String)": {"type": "array", "items": {"type": "string", "minLength": 1}},
    "Date": {"type": "string", "format": "date"},
    "DateTime64(9, 'UTC')": {"type": "string", "pattern": r"^(now|(now)?-[0-9]{1,5}[smhdw])$"},
}
_GLASS = {
    "name": BREAK_GLASS,
    "in": "header",
    "required": False,
    "description": "Why an analyst must see small groups; it goes to the audit log.",
    "schema": {"type": "string", "maxLength": 200},
}


class _Parameter(BaseModel):
    name: str
    type: str
    default: str | int | float | list[str]
    unit: str
    least: float | None
    most: float | None
    description: str


class _Column(BaseModel):
    name: str
    unit: str
    kind: str
    description: str


class _Query(BaseModel):
    name: str
    question: int
    title: str
    description: str
    role: str
    window: int | None
    people: str
    filters: list[str]
    parameters: list[_Parameter]
    columns: list[_Column]


def routes(parts: Parts) -> APIRouter:
    """Answer the list of all queries, and a route for each and for each path of `PATHS`."""
    router = APIRouter()
    known = parts.backend.queries

    @router.get("/queries", response_model=Answer[list[_Query]], tags=["queries"], openapi_extra={"x-role": "viewer"})
    async def queries(caller: Asking) -> Any:
        """List the named queries that the caller may ask."""
        return JSONResponse(answered([_described(named) for named in known.values() if caller.may(named.role)]))

    for name, named in known.items():
        _add(router, parts, f"/queries/{name}", named, Named(name))
    for path, alias in PATHS.items():
        _add(router, parts, f"/{path}", known[alias.query], alias)

    @router.get("/queries/{name}", include_in_schema=False)
    async def unknown(name: str) -> Any:  # noqa: ARG001 - it can be anything, and is not repeated
        raise ApiError(404, "no_such_query", "there is no query of this name; /api/v1/queries lists them")

    return router


def given_of(request: Request, named: NamedQuery) -> dict[str, Given]:
    """Answer what a request gives for a query's parameters; raises ApiError 400 for a value given twice."""
    given: dict[str, Given] = dict(request.path_params)
    for name in request.query_params:
        values = request.query_params.getlist(name)
        is_list = name in named.parameters and named.parameters[name].type.startswith("Array")
        if name in request.path_params or (len(values) > 1 and not is_list):
            raise ApiError(400, "bad_request", f"'{name[:64]}' is given twice")
        given[name] = values if len(values) > 1 else values[0]
    return given


def _add(router: APIRouter, parts: Parts, path: str, named: NamedQuery, alias: Named) -> None:
    router.add_api_route(
        path,
        _route(parts, named, alias),
        response_model=Answer[list[dict[str, Any]]],
        summary=named.title,
        description=named.description,
        tags=[path.split("/")[1]],
        operation_id=path.strip("/").replace("/", "_").replace("{", "").replace("}", ""),
        openapi_extra={"x-role": named.role.value, "parameters": [*_parameters(named, path), _GLASS]},
    )


def _route(parts: Parts, named: NamedQuery, alias: Named) -> Callable[..., Awaitable[Any]]:
    async def route(
        request: Request, reason: Annotated[str | None, Header(alias=BREAK_GLASS, include_in_schema=False)] = None
    ) -> JSONResponse:
        asked = Asked(caller_of(request), named, given_of(request, named), reason)
        body = await parts.questions.answer(asked)
        if alias.columns:
            body["data"] = [{name: row[name] for name in alias.columns} for row in body["data"]]
            body["metadata"]["columns"] = [one for one in body["metadata"]["columns"] if one["name"] in alias.columns]
        return JSONResponse(body)

    return route


def _parameters(named: NamedQuery, path: str) -> list[dict[str, Any]]:
    """Answer a query's parameters as OpenAPI has them; those of the path must be given."""
    in_path = {name for name in named.parameters if f"{{{name}}}" in path}
    return [
        {
            "name": name,
            "in": "path" if name in in_path else "query",
            "required": name in in_path,
            "description": one.description + (f" In {one.unit}." if one.unit else ""),
            "schema": _schema(one, required=name in in_path),
        }
        for name, one in named.parameters.items()
    ]


def _schema(parameter: Parameter, *, required: bool) -> dict[str, Any]:
    bounds = {"minimum": parameter.least, "maximum": parameter.most}
    told = {name: bound for name, bound in bounds.items() if bound is not None}
    return {**_SCHEMAS[parameter.type], **told, **({"minLength": 1} if required else {"default": parameter.default})}


def _described(named: NamedQuery) -> dict[str, Any]:
    return {
        **named.model_dump(include={"name", "question", "title", "description", "role", "window", "people", "filters"}),
        "parameters": [{"name": name, **one.model_dump()} for name, one in named.parameters.items()],
        "columns": [{"name": name, **one.model_dump()} for name, one in named.columns.items()],
    }
