"""`otel-lift subject`: the rights of a person."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.table import Table

from otel_lift.cli.console import ConfigOption, output, remarks
from otel_lift.errors import ConfigError
from otel_lift.jobs import perform
from otel_lift.jobs.running import user_name
from otel_lift.queries import json_rows
from otel_lift.rights import check_lines, public_key, read_piece

__all__ = ["app"]

app = typer.Typer(help="The rights of a person: export, erase, verify, and the receipts.", no_args_is_help=True)

IdsArgument = Annotated[
    list[str],
    typer.Argument(
        help="An id that telemetry carried (a user.id, an e-mail address); several of one person; or `-` to read them "
        "from standard input, one a line, so that no shell remembers them."
    ),
]
TenantOption = Annotated[str | None, typer.Option(help="The tenant whose person it is.")]
SessionOption = Annotated[list[str] | None, typer.Option("--session", help="A session id of the person too.")]
WaitOption = Annotated[float, typer.Option(help="Seconds that the spool may take to empty first.", min=0)]


class _Format(StrEnum):
    """How rows are written."""

    JSONL = "jsonl"
    PARQUET = "parquet"


@app.command("export")
def export_rows(
    ids: IdsArgument,
    config: ConfigOption,
    to: Annotated[str, typer.Option("--output", "-o", help="The folder to write to, or `-` for the screen (JSON).")],
    form: Annotated[_Format, typer.Option("--format", "-f", help="How to write rows.")] = _Format.JSONL,
    tenant: TenantOption = None,
    session: SessionOption = None,
    wait: WaitOption = 30.0,
) -> None:
    """Write all rows of a person: one file for each table of each store."""
    if to == "-" and form is _Format.PARQUET:
        raise ConfigError("Parquet goes into files: name a folder with --output, or use --format jsonl")
    answers = perform(config, "subject export", _arguments(ids, tenant, session, wait))
    last = _print_rows(answers) if to == "-" else _write_files(answers, Path(to), form)
    remarks.print(f"{sum(last['rows'].values())} rows of {len(last['rows'])} tables")
    if last["behind"]:
        remarks.print(f"{last['behind']} segments of the spool could not be stored in time and are not among them")


@app.command("erase")
def erase_rows(
    ids: IdsArgument,
    config: ConfigOption,
    tenant: TenantOption = None,
    session: SessionOption = None,
    wait: WaitOption = 30.0,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a person from every table, the spool and the lake, and print the receipt; exit code 1 if it is not done."""
    if not yes and "-" not in ids:
        typer.confirm("Erase this person for ever?", abort=True)
    last: Mapping[str, Any] = {}
    for last in perform(config, "subject erase", {**_arguments(ids, tenant, session, wait), "actor": user_name()}):
        if "step" in last:
            remarks.print(last["step"], highlight=False)
    typer.echo(json.dumps({"receipt": last["receipt"], "sha256": last["sha256"]}, indent=2, sort_keys=True))
    if not last["receipt"]["verified"]:
        remarks.print("not all is done yet: `pending` says what; the gateway goes on by itself")
        raise typer.Exit(1)


@app.command("verify")
def verify_rows(
    ids: IdsArgument, config: ConfigOption, tenant: TenantOption = None, session: SessionOption = None
) -> None:
    """Search every place for a person and count the rows; exit code 1 if one is left, or a store is away."""
    (last,) = perform(config, "subject verify", _arguments(ids, tenant, session, 0.0))
    table = Table("place", "table", "rows")
    for key, title in (("left", ""), ("later", " (after the erasure)")):
        for place, tables in last[key].items():
            for name, rows in tables.items():
                table.add_row(place, name + title, str(rows))
    if table.row_count:
        output.print(table)
    for exporter in last["away"]:
        remarks.print(f"{exporter}: the store is away and was not searched")
    left = sum(last["rows"].values())
    output.print(f"{left} rows left{' of what was before the erasure' if last['erased'] else ''}")
    if left or last["away"]:
        raise typer.Exit(1)


@app.command("history")
def show_history(
    config: ConfigOption,
    ids: Annotated[list[str] | None, typer.Argument(help="An id: only its receipts; `-` reads it.")] = None,
    tenant: TenantOption = None,
    public: Annotated[
        Path | None, typer.Option("--public-key", help="The public key (PEM) to check with.", exists=True)
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="Check this copy of the receipts, with --public-key.", exists=True)
    ] = None,
) -> None:
    """List the receipts of erasures and check their chain and signatures; exit code 1 if one is not as it was."""
    if file is not None:
        if public is None:
            raise ConfigError("to check a copy, give --public-key too: the file signing.pub beside the receipts")
        lines = file.read_bytes().splitlines()
        _show(line.decode(errors="replace") for line in lines)
        _judge(check_lines(lines, public_key(public.read_bytes())))
        return
    arguments = {**_arguments(ids or [], tenant, None, 0.0), "public_key": public.read_text() if public else None}
    last: Mapping[str, Any] = {}
    for last in perform(config, "subject history", arguments):
        _show(last.get("receipts", []))
    for exporter in last["away"]:
        remarks.print(f"{exporter}: the store is away; its audit log was not compared")
    _judge(last["problems"])


def _arguments(ids: list[str], tenant: str | None, sessions: list[str] | None, wait: float) -> dict[str, Any]:
    named = [line for id_ in ids for line in (sys.stdin.read().splitlines() if id_ == "-" else [id_])]
    return {"ids": named, "tenant": tenant, "sessions": sessions or [], "wait": wait}


def _print_rows(answers: Iterator[Mapping[str, Any]]) -> Mapping[str, Any]:
    last: Mapping[str, Any] = {}
    for last in answers:
        if "arrow" in last:
            for row in json_rows(read_piece(last["arrow"])):
                sys.stdout.write(
                    json.dumps({"store": last["store"], "table": last["table"], "row": row}, ensure_ascii=False) + "\n"
                )
    return last


def _write_files(answers: Iterator[Mapping[str, Any]], folder: Path, form: _Format) -> Mapping[str, Any]:
    import pyarrow.parquet as pq  # noqa: PLC0415 - half a second that no other command should wait

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    last: Mapping[str, Any] = {}
    with ExitStack() as stack:
        writers: dict[str, Any] = {}
        for last in answers:
            if "arrow" not in last:
                continue
            rows, name = read_piece(last["arrow"]), f"{last['store'].replace('/', '_')}.{last['table']}.{form}"
            if name not in writers:
                file = stack.enter_context(_create(folder / name))
                writers[name] = (
                    stack.enter_context(pq.ParquetWriter(file, rows.schema)) if form is _Format.PARQUET else file
                )
            if form is _Format.PARQUET:
                writers[name].write_table(rows)
            else:
                for row in json_rows(rows):
                    writers[name].write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    return last


def _create(path: Path) -> IO[bytes]:
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError as error:
        raise ConfigError(f"{path} is there already; name an empty folder with --output") from error


def _show(lines: Any) -> None:
    for line in lines:
        try:
            receipt = json.loads(line)["receipt"]
            rows = sum(sum(tables.values()) for tables in receipt["stores"].values())
            state = "verified" if receipt["verified"] else "not verified"
            typer.echo(
                f"{receipt['number']}  {receipt['time']}  {receipt['reason']}  {rows} rows  {state}  "
                f"{' '.join(receipt['persons'])}"
            )
        except (ValueError, KeyError, TypeError):
            typer.echo("a line that is no receipt")


def _judge(problems: list[str]) -> None:
    for problem in problems:
        remarks.print(f"[bold red]{problem}[/]", highlight=False)
    if problems:
        raise typer.Exit(1)
    remarks.print("the receipts are whole")
