"""The rights of a person: what is stored of one is handed out, erased, looked for; and what was erased is proven."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from otel_lift.api.answers import Answer, answered
from otel_lift.api.callers import Caller
from otel_lift.api.errors import error_body, refusal_of
from otel_lift.api.operating import last_of, stream_of
from otel_lift.api.questions import check_role
from otel_lift.api.service import Asking, Parts
from otel_lift.queries import Role, json_rows
from otel_lift.rights import read_piece

__all__ = ["routes"]

_LINES = {"application/jsonl": {"schema": {"type": "string"}}}
_Id = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class _Person(BaseModel):
    """The ids that telemetry carried of one person, as a user.id or an e-mail address, and sessions of theirs."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    ids: list[_Id] = Field(min_length=1, max_length=100)
    sessions: list[_Id] = Field(default_factory=list, max_length=1000)
    wait: float = Field(default=30.0, ge=0, le=60, description="Seconds to wait for the spool to empty.")


class _Whom(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    ids: list[_Id] = Field(default_factory=list, max_length=100)


def routes(parts: Parts) -> APIRouter:
    """Answer the routes of `otel-lift subject`; ids stand in bodies only, which no log keeps."""
    router = APIRouter(prefix="/subjects", tags=["subjects"])

    @router.post(
        "/export",
        response_class=StreamingResponse,
        responses={200: {"content": _LINES}},
        openapi_extra={"x-role": "privacy-officer"},
    )
    async def export(caller: Asking, person: _Person) -> StreamingResponse:
        """Hand out all that is stored of a person, a JSON object a line: `{"table", "store", "row"}`.

        The last line has the number of `rows` by table; a line with an `error` says that the export is not complete.
        """
        check_role(caller, Role.PRIVACY_OFFICER)
        pieces = stream_of(parts, caller, "subject export", person.model_dump())
        # What is wrong from the start is answered with a status.
        first = await anext(pieces, None)
        return StreamingResponse(_lines(first, pieces), media_type="application/jsonl")

    @router.post("/erase", response_model=Answer[dict[str, Any]], openapi_extra={"x-role": "privacy-officer"})
    async def erase(caller: Asking, person: _Person) -> Any:
        """Erase a person from every place; the answer has the receipt."""
        arguments = {**person.model_dump(), "actor": caller.user}
        return await _done(parts, caller, "subject erase", arguments)

    @router.post("/verify", response_model=Answer[dict[str, Any]], openapi_extra={"x-role": "privacy-officer"})
    async def verify(caller: Asking, person: _Person) -> Any:
        """Search every place for a person: `left` is empty where nothing is left."""
        return await _done(parts, caller, "subject verify", person.model_dump())

    @router.post("/history", response_model=Answer[dict[str, Any]], openapi_extra={"x-role": "privacy-officer"})
    async def history(caller: Asking, whom: _Whom) -> Any:
        """List the receipts of erasures, those of one person where `ids` name one, and check their chain."""
        check_role(caller, Role.PRIVACY_OFFICER)
        if not whom.ids:
            # The receipts of all tenants are one chain.
            parts.backend.check_operator(caller.tenant)
        receipts: list[str] = []
        last: Mapping[str, Any] = {}
        async for answer in stream_of(parts, caller, "subject history", whom.model_dump()):
            receipts += answer.get("receipts", ())
            last = answer
        return JSONResponse(answered({**last, "receipts": receipts}, len(receipts)))

    return router


async def _done(parts: Parts, caller: Caller, name: str, arguments: Mapping[str, Any]) -> JSONResponse:
    check_role(caller, Role.PRIVACY_OFFICER)
    last = await last_of(parts, caller, name, arguments)
    return JSONResponse(answered(last, sum((last.get("rows") or {}).values())))


async def _lines(
    first: Mapping[str, Any] | None, pieces: AsyncGenerator[Mapping[str, Any], None]
) -> AsyncIterator[str]:
    try:
        if first is not None:
            yield _text(first)
        async for piece in pieces:
            yield _text(piece)
    except Exception as error:  # noqa: BLE001 - the status is sent already, so a line must say it
        refused = refusal_of(error)
        yield _line(error_body(refused.code, str(refused)))
    finally:
        await pieces.aclose()


def _text(piece: Mapping[str, Any]) -> str:
    if "arrow" not in piece:
        return _line(piece)
    head = {"table": piece["table"], "store": piece["store"]}
    return "".join(_line({**head, "row": row}) for row in json_rows(read_piece(piece["arrow"])))


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n"
