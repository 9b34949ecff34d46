"""How far withdrawals were applied to each store: a small file in the data folder."""

import json
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from otel_lift.private_files import make_once, replace

__all__ = ["Progress", "forget_progress"]

_NOTHING: Mapping[str, Any] = {"first": (0, 0), "second": (0, 0), "looks": (), "begun": {}, "restored": 0}
_writing = threading.Lock()

_Position = tuple[int, int]


class Progress:
    """How far the ledger was applied to a store: `first` and `second` are the ends of what was looked at so often.

    `looks` are the ends of first looks, and when they were (seconds since 1970), that wait for their second. `begun`
    are the windows by category that are being applied: after a crash the same ones come first, since only the same rows
    are copied once.
    """

    def __init__(self, first: _Position = (0, 0), second: _Position = (0, 0), restored: int = 0) -> None:
        self.first = first
        self.second = second
        self.looks: list[tuple[_Position, float]] = []
        self.begun: dict[str, list[tuple[str, int, int]]] = {}
        self._restored = restored  # how often the store was restored: what was begun before that counts no more

    @classmethod
    def read(cls, data: Path, exporter: str) -> "Progress":
        """Read it, or begin."""
        kept = _kept(data).get(exporter, _NOTHING)
        progress = cls(_position(kept["first"]), _position(kept["second"]), kept["restored"])
        progress.looks = [(_position(place), at) for place, at in kept["looks"]]
        progress.begun = {name: [(one[0], one[1], one[2]) for one in each] for name, each in kept["begun"].items()}
        return progress

    def write(self, data: Path, exporter: str) -> None:
        """Keep it, on disk when this returns; it is nothing any more if the store was restored meanwhile."""
        with _writing:
            kept = _kept(data)
            if kept.get(exporter, _NOTHING)["restored"] == self._restored:
                places = {"first": self.first, "second": self.second, "looks": self.looks, "begun": self.begun}
                _keep(data, {**kept, exporter: {**places, "restored": self._restored}})


def forget_progress(data: Path, exporter: str) -> None:
    """Apply all withdrawals again to a store, which was restored from a backup."""
    with _writing:
        kept = _kept(data)
        _keep(data, {**kept, exporter: {**_NOTHING, "restored": kept.get(exporter, _NOTHING)["restored"] + 1}})


def _position(kept: Sequence[int]) -> _Position:
    inode, offset = kept
    return inode, offset


def _path(data: Path) -> Path:
    return data / "consent" / "purged.json"


def _kept(data: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads(_path(data).read_bytes())
    except FileNotFoundError:
        return {}
    return kept


def _keep(data: Path, kept: Mapping[str, Any]) -> None:
    content = json.dumps(kept).encode()
    _path(data).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not make_once(_path(data), content):
        replace(_path(data), content)
