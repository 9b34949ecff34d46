"""The attributes of facts as the typed columns of `lift_events`, and the rest as its map of properties."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.semconv import COLUMNS, PUBLIC_ATTRIBUTES, Column
from otel_lift.synthetic.world.arrow import interned
from otel_lift.synthetic.world.facts import Facts, Numbers, Texts, Truths, Values

__all__ = ["Filled"]

_KINDS: dict[str, Any] = {
    "bool": np.bool_,
    "float64": np.float64,
    "int64": np.int64,
    "uint8": np.uint8,
    "uint16": np.uint16,
    "uint32": np.uint32,
    "uint64": np.uint64,
}
# made from others, or told of elsewhere
_ELSEWHERE = frozenset(("client.address", "exception.message"))


class Filled:
    """The columns of n facts; those that are `bare` keep public attributes only."""

    def __init__(self, facts: Facts, bare: npt.NDArray[np.bool_]) -> None:
        self._rows = len(facts)
        personal = {name: values for name, values in facts.told.items() if name not in PUBLIC_ATTRIBUTES}
        stripped = {name: _without(values, bare) for name, values in personal.items()}
        self._values = {**facts.told, **stripped}
        self._used: set[str] = set()

    def columns(self) -> dict[str, Any]:
        """Answer all typed columns; those that no attribute fills are zeros or empty."""
        return {
            name: self._column(column) for name, column in COLUMNS.items() if not column.type.startswith("timestamp")
        }

    def properties(self) -> Any:
        """Answer the map of what no column has; to be asked for after `columns`."""
        rest = {name: v for name, v in self._values.items() if name not in self._used | _ELSEWHERE}
        rows, keys, texts = [], [], []
        for place, values in enumerate(rest.values()):
            here, words = _words(values)
            rows.append(here)
            keys.append(np.full(len(here), place, np.int32))
            texts.append(words)
        if not rest:
            rows, keys, texts = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)], [pa.array([], pa.string())]
        every = np.concatenate(rows)
        order = np.argsort(every, kind="stable")
        offsets = np.append(0, np.cumsum(np.bincount(every, minlength=self._rows))).astype(np.int32)
        names = interned(np.concatenate(keys)[order], list(rest))
        return pa.MapArray.from_arrays(
            pa.array(offsets), names, pa.chunked_array(texts).combine_chunks().take(pa.array(order))
        )

    def _column(self, column: Column) -> Any:
        found = [
            (self._values[source.attribute], source) for source in column.sources if source.attribute in self._values
        ]
        self._used.update(source.attribute for _, source in found)
        if column.type in ("string", "lowcardinality"):
            codes, words = np.zeros(self._rows, np.int32), [""]
            for values, _ in found:
                if isinstance(values, Texts):
                    mine = np.flatnonzero((values.codes >= 0) & (codes == 0))
                    codes[mine] = values.codes[mine] + len(words)
                    words += values.words
            coded = interned(codes, words)
            return coded if column.type == "lowcardinality" else coded.dictionary.take(coded.indices)
        result = np.zeros(self._rows, _KINDS[column.type])
        known: npt.NDArray[np.bool_] = np.zeros(self._rows, np.bool_)
        for values, source in found:
            if isinstance(values, Numbers):
                fits = ~np.isnan(values.numbers) & ~known
                result[fits] = (values.numbers[fits] * source.scale).astype(result.dtype)
                known |= fits
            elif isinstance(values, Truths):
                result[values.truths == 1] = True
        return pa.array(result)


def _without(values: Values, rows: npt.NDArray[np.bool_]) -> Values:
    match values:
        case Texts():
            return Texts(np.where(rows, -1, values.codes), values.words)
        case Numbers():
            return Numbers(np.where(rows, np.nan, values.numbers), values.whole)
        case Truths():
            return Truths(np.where(rows, np.int8(-1), values.truths))


def _words(values: Values) -> tuple[npt.NDArray[np.int64], Any]:
    """Answer the rows that have a value, and their texts."""
    match values:
        case Texts():
            rows = np.flatnonzero(values.codes >= 0)
            words = [word if isinstance(word, str) else _listed(word) for word in values.words]
            return rows, pa.array(words, pa.string()).take(pa.array(values.codes[rows]))
        case Numbers():
            rows = np.flatnonzero(~np.isnan(values.numbers))
            numbers = values.numbers[rows]
            return rows, pc.cast(pa.array(numbers.astype(np.int64) if values.whole else numbers), pa.string())
        case Truths():
            rows = np.flatnonzero(values.truths >= 0)
            return rows, pa.array(["false", "true"]).take(pa.array(values.truths[rows]))


def _listed(words: list[str]) -> str:
    return "[" + ",".join(f'"{word}"' for word in words) + "]"
