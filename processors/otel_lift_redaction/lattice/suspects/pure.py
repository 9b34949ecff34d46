"""The definition of a suspect, in Python: slow."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift.batch import ValueType
from otel_lift_redaction.lattice.decoding import decode, joined, layered, spaced
from otel_lift_redaction.lattice.names import names_in
from otel_lift_redaction.triggers import Candidates

__all__ = ["Suspects"]

_Ints = npt.NDArray[np.int32]

_RUN = re.compile(r"[0-9A-Za-z+/_-]{12,}")
_SEGMENT = re.compile(r"(?:^|(?<=[+/_-])|(?=[+/_-]))(?=([0-9A-Za-z+/_-]{12}))")
_HEX = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{14,}+")
_JSON = re.compile(r"[{\[][ \t\r\n]*[\"{\[]|^[ \t\r\n]*\[")
_MOST_NAMES = 2048
_VALUES = {sign: place for place, sign in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}
_VALUES |= {"-": 62, "_": 63}
_LEAST = 5  # bytes
_WHOLE = 9  # bytes in twelve characters of base64


class Suspects:
    """Finds texts that may have something encoded."""

    def __init__(self, wanted: int, depth: int) -> None:
        """Keep the triggers that rules have, and how many layers are decoded."""
        self._wanted = wanted
        self._depth = depth
        self._clean: set[bytes] = set()

    def learn(self, names: Iterable[str]) -> None:
        """Take in names that no rule by key may fall on: a JSON document with others in it is a suspect."""
        for name in names:
            if len(self._clean) == _MOST_NAMES:
                self._clean.clear()
            self._clean.add(name.encode(errors="surrogatepass"))

    def find(
        self, values: Any, types: npt.NDArray[np.uint8] | None, spared: npt.NDArray[np.bool_] | None
    ) -> tuple[_Ints, _Ints, _Ints] | None:
        """Answer the suspects of a string array as `Candidates` has them, rows, codes and firsts, or None.

        Of the value types only strings are looked at, and nothing that `spared` marks.
        """
        lengths = pc.fill_null(pc.binary_length(values), 0).to_numpy(zero_copy_only=False)
        looked_at: npt.NDArray[np.bool_] = lengths > 0
        if types is not None:
            looked_at &= types == ValueType.STRING
        if spared is not None:
            looked_at &= ~spared
        rows = np.flatnonzero(looked_at)
        encoded = values.take(pa.array(rows)).dictionary_encode()
        hot = np.array([self._is_suspect(text) for text in encoded.dictionary.to_pylist()], np.bool_)
        if not hot.any():
            return None
        codes = encoded.indices.to_numpy()
        firsts = np.zeros(len(hot), np.int32)
        firsts[codes[::-1]] = rows[::-1]
        is_hot = hot[codes]
        renumbered = np.cumsum(hot, dtype=np.int32) - 1
        return rows[is_hot].astype(np.int32), renumbered[codes[is_hot]].astype(np.int32), firsts[hot]

    def _is_suspect(self, text: str) -> bool:
        if len(raw := text.encode()) < _LEAST:
            return False
        if _has_run(text):
            return True
        if not layered(text) and _JSON.search(text) is None:
            return False
        views, view = [text], text
        for layer in range(self._depth + 1):
            if _has_run(view) or self._has_name(view):
                return True
            lines = [one for one, *_ in joined(view)]
            if any(map(_has_run, lines)):
                return True
            views += lines
            views += _as_form(view)
            if (decoded := decode(view)) is None:
                break
            view = decoded[0]
            if layer == self._depth or len(view.encode()) > len(raw):
                return True
            views.append(view)
        return Candidates.of(pa.array(views, pa.string()), self._wanted) is not None

    def _has_name(self, text: str) -> bool:
        """Whether a document may have a name that is not known to be clean."""
        if _JSON.search(text) is None:
            return False
        return any(name is None or name not in self._clean for name in names_in(text))


def _as_form(text: str) -> list[str]:
    """Answer a text as a form's values, where it can be these."""
    if (form := spaced(text)) is None:
        return []
    plain = decode(form[0])
    return [form[0]] if plain is None else [form[0], plain[0]]


def _has_run(text: str) -> bool:
    """Whether a run of base64, of which the first characters count, or of hexadecimal may be text."""
    for run in _RUN.findall(text):
        if any(_is_text(_translated(found)) for found in _SEGMENT.findall(run)):
            return True
    return any(len(run) % 2 == 0 and _is_text(bytes.fromhex(run)) for run in _HEX.findall(text))


def _translated(signs: str) -> bytes:
    number = 0
    for sign in signs:
        number = number << 6 | _VALUES[sign]
    return number.to_bytes(_WHOLE)


def _is_text(raw: bytes) -> bool:
    """Whether bytes look like UTF-8 without control characters, perhaps cut at the end."""
    at = 0
    while at < len(raw):
        byte = raw[at]
        if byte < 0x80:
            if (byte < 0x20 and byte not in b"\t\n\r") or byte == 0x7F:
                return False
            at += 1
            continue
        if not 0xC2 <= byte <= 0xF4:
            return False
        size = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
        if any(not 0x80 <= following < 0xC0 for following in raw[at + 1 : at + size]):
            return False
        at += size
    return True
