"""The way from the spool to the stores as jobs hold it up: of a running gateway, and where nothing runs."""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from otel_lift.errors import RetryableError, SpoolError
from otel_lift.pipeline.export import ExportLoop
from otel_lift.pipeline.handed import Handed
from otel_lift.spool import Sidecar, recover
from otel_lift.spool.layout import Layout, Name
from otel_lift.spool.sidecar import derive

__all__ = ["IdleExports", "RunningExports"]

_LOOK = 0.1  # seconds between looks at the spool


class RunningExports:
    """The `Exports` of a store process."""

    def __init__(self, data: Path, loops: Mapping[str, ExportLoop], handed: Mapping[str, Handed]) -> None:
        """Take the loops and their notes, by exporter."""
        self._layout = Layout(data / "spool")
        self._loops = loops
        self._handed = handed
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Let no `barrier` wait any longer."""
        self._stopping.set()

    def barrier(self, timeout: float) -> Sequence[Path]:
        """Wait at most `timeout` seconds until all that the spool holds now is exported; answer the files that are not.

        A segment for an exporter that no pipeline has any more is not waited for, but answered; so is the file in
        quarantine of one that was found damaged meanwhile.
        """
        deadline = time.monotonic() + timeout
        wanted = set(_files(self._layout))
        exporters: dict[Name, tuple[str, ...]] = {}
        while True:
            left = {name: path for name, path in _files(self._layout).items() if name in wanted}
            if not any(self._comes(name, path, exporters) for name, path in left.items()):
                break
            if self._stopping.wait(min(_LOOK, max(deadline - time.monotonic(), 0.0))) or time.monotonic() >= deadline:
                break
        gone = wanted - left.keys()
        damaged = (self._layout.quarantined(self._layout.sealed(name)) for name in gone)
        return sorted([*left.values(), *(path for path in damaged if path.exists())])

    @contextmanager
    def paused(self) -> Iterator[frozenset[str]]:
        """Let no insert begin within the block; gives the tokens of all segments in the spool that may be stored."""
        with ExitStack() as stack:
            for loop in self._loops.values():
                stack.enter_context(loop.paused())
            yield _tokens(self._layout, [handed.names() for handed in self._handed.values()])

    def _comes(self, name: Name, path: Path, exporters: dict[Name, tuple[str, ...]]) -> bool:
        """Say whether a running exporter has yet to do this segment."""
        if path.suffix == ".open":
            return True
        if name not in exporters:
            sidecar = _sidecar(self._layout, name)
            if sidecar is None:
                return path.exists()
            exporters[name] = sidecar.origin.exporters
        mine = [one for one in exporters[name] if one in self._loops]
        return any(not self._layout.done(one, name).exists() for one in mine)


class IdleExports:
    """The `Exports` of a data folder whose store process does not run; whoever makes it keeps it from starting."""

    def __init__(self, data: Path) -> None:
        """Take the data folder."""
        self._data = data
        self._layout = Layout(data / "spool")

    def barrier(self, timeout: float) -> Sequence[Path]:  # noqa: ARG002 - the signature of `Exports`
        """Seal what dead writers left open, and answer all files: nothing exports them now."""
        recover(self._layout.root)
        return sorted(_files(self._layout).values())

    @contextmanager
    def paused(self) -> Iterator[frozenset[str]]:
        """Give the tokens of all segments in the spool that may be stored; nothing runs that could insert one."""
        notes = [Handed(self._data, exporter) for exporter in Handed.exporters(self._data)]
        yield _tokens(self._layout, [one.names() for one in notes])


def _files(layout: Layout) -> dict[Name, Path]:
    # Open ones first: a segment that is sealed between the two looks is seen by the second.
    opened = {name: layout.open(name, generation) for name, generation in layout.open_names()}
    return opened | {name: layout.sealed(name) for name in layout.sealed_names()}


def _tokens(layout: Layout, handed: Iterable[set[str]]) -> frozenset[str]:
    """Answer the tokens of what was handed to an exporter, or is done by one of several."""
    noted = set().union(*handed)
    noted |= {
        f"{mark.name.rpartition('.')[0]}/{mark.name.rpartition('.')[2]}.arrow" for mark in layout.root.glob("done/*/*")
    }
    sidecars = (_sidecar(layout, name) for name in layout.sealed_names() if _noted(name) in noted)
    return frozenset(sidecar.token for sidecar in sidecars if sidecar is not None)


def _noted(name: Name) -> str:
    return f"{name.table}/{name.segment}.arrow"


def _sidecar(layout: Layout, name: Name) -> Sidecar | None:
    """Answer a sealed segment's sidecar, None for one that is gone or damaged; raises RetryableError."""
    try:
        return Sidecar.from_json(layout.sidecar(name).read_bytes())
    except (SpoolError, FileNotFoundError):
        pass
    except OSError as error:
        raise RetryableError(f"the spool cannot be read now ({error.strerror}); mend its disk and try again") from error
    try:
        return derive(layout.sealed(name))
    except (SpoolError, OSError):
        return None  # gone meanwhile, or damaged: its exporter puts it into quarantine
