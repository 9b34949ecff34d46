"""Looking for what was planted in every row of every table, through the SQL endpoint."""

from collections.abc import Iterator

import httpx

from otel_lift.demo.needles import Needles

__all__ = ["search_tables"]

_TIMEOUT = 120.0
_DATABASE = "otel"


def search_tables(sql: str, needles: Needles) -> Iterator[tuple[str, int, set[str]]]:
    """Answer each table of the store with its number of bytes as text, and what of `needles` its rows hold.

    `sql` is the endpoint as ``host:port``. Raises `httpx.HTTPError`.
    """
    with httpx.Client(base_url=f"http://{sql}", timeout=_TIMEOUT) as client:
        for table in _ask(client, f"SHOW TABLES FROM {_DATABASE} FORMAT TSV").split():
            seen = 0

            def chunks(table: str = table) -> Iterator[bytes]:
                nonlocal seen
                query = f"SELECT * FROM {_DATABASE}.{table} FORMAT TSV"  # noqa: S608 - the store's own names
                with client.stream("POST", "/", content=query) as answer:
                    if answer.status_code == httpx.codes.NOT_FOUND:
                        return  # a table aside, in which rollups were just made again
                    answer.raise_for_status()
                    for chunk in answer.iter_bytes():
                        seen += len(chunk)
                        yield chunk

            found = needles.find_in(chunks())
            yield f"table {table}", seen, found


def _ask(client: httpx.Client, query: str) -> str:
    return client.post("/", content=query).raise_for_status().text
