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
    columns = {name: _with_text_times(table.column(name).combine_chunks()) for name in table.column_names}
    for row in pa.table(columns).to_pylist(maps_as_pydicts="lossy"):
        yield {name: _plain(value) for name, value in row.items()}


def _with_text_times(values: Any) -> Any:
    """Answer an array with texts in place of times, in lists too."""
    kind = values.type
    if pa.types.is_timestamp(kind):
        texts = pc.cast(pc.cast(values, pa.timestamp(kind.unit, "UTC")), pa.string())
        return pc.replace_substring(texts, " ", "T", max_replacements=1)
    if pa.types.is_date(kind):
        return pc.cast(values, pa.string())
    if pa.types.is_list(kind):
        return pa.ListArray.from_arrays(values.offsets, _with_text_times(values.values))
    return values


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
