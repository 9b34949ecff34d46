"""Arrow rows as JSON values."""

import base64
import math
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["json_rows"]


def json_rows(table: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a `pa.Table` as JSON objects.

    Times are texts as in ISO 8601, in UTC with all digits of their unit; maps are objects, and bytes are base64.
    """
    texts = [_with_text_times(table.column(name)) for name in table.column_names]
    for row in pa.table(dict(zip(table.column_names, texts, strict=True))).to_pylist(maps_as_pydicts="lossy"):
        yield {name: _plain(value) for name, value in row.items()}


def _with_text_times(column: Any) -> Any:
    return pc.cast(column, _text_times(column.type)) if _text_times(column.type) != column.type else column


def _text_times(kind: Any) -> Any:
    """Answer the type with texts in place of times, in lists too."""
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return pa.string()
    return pa.list_(_text_times(kind.value_type)) if pa.types.is_list(kind) else kind


def _plain(value: Any) -> Any:
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case float() if not math.isfinite(value):
            return str(value)
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)
