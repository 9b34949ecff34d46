"""The list of attributes that began to carry personal data, and what people decided: a file that processes share."""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pyarrow as pa

from otel_lift.errors import ConfigError
from otel_lift.private_files import make_once
from otel_lift.private_files import replace as replace_file
from otel_lift_redaction.drift.counts import Counts

__all__ = ["ACCEPTED", "DISMISSED", "Finding", "Folder", "can_be_named", "rule_for"]

ACCEPTED = "accepted"
DISMISSED = "dismissed"
_MOST_FINDINGS = 1_000
_LONGEST_GLOB = 256


@dataclass(frozen=True, slots=True)
class Finding:
    """An attribute that was clean for `before` values and began to carry what `rule` finds at `seen`, in Unix seconds.

    `dirty_before` are findings among these, fewer than one in `drift.after`. `quarantine` is what is done with all its
    values from then on (mask, drop), empty where it is only reported; `decision` is what a person said. Key and service
    are as they are stored: redacted.
    """

    signal: str
    level: str
    key: str
    service: str
    rule: str
    seen: float
    before: int
    dirty_before: int
    quarantine: str = ""
    decision: str = ""

    @property
    def attribute(self) -> tuple[str, str, str, str]:
        """What it is about."""
        return self.signal, self.level, self.key, self.service


def can_be_named(key: str) -> bool:
    """Say whether a rule by key can name this key and no other."""
    return 0 < len(key) <= _LONGEST_GLOB and "*" not in key


def rule_for(key: str, action: str) -> str:
    """Answer the rule by key, as YAML, that does for good what the quarantine does. Raises ConfigError."""
    if not can_be_named(key):
        raise ConfigError(f"no rule can name {key!r}: a * would stand for any text, and 1 to {_LONGEST_GLOB} signs fit")
    # JSON is YAML, and quotes what a key may hold
    return f"keys:\n  - {{name: drift, match: [{json.dumps(key)}], action: {action}}}"


class Folder:
    """`drift/` in the data folder: `attributes.arrow` holds the counts, `findings.json` the list.

    Both are changed under one lock and replaced whole. The counts need not survive a crash of the machine, so they are
    not synced; the list is.
    """

    def __init__(self, data: Path) -> None:
        """Name the place; nothing is read or made yet."""
        self._path = data / "drift"
        self._counts = self._path / "attributes.arrow"
        self._findings = self._path / "findings.json"
        self._seen: tuple[int, int, int] | None = None

    @contextmanager
    def locked(self, *, wait: bool = True) -> Iterator[bool]:
        """Keep other processes from changing the folder; without `wait`, give false where one is at it. OSError."""
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)

    def read_counts(self, most: int) -> Counts:
        """Answer the counts; what is not there or damaged counts as nothing."""
        counts = Counts(most)
        try:
            with pa.OSFile(str(self._counts)) as file:
                counts.add_table(pa.ipc.open_file(file).read_all(), told=True)
        except (OSError, KeyError, pa.ArrowInvalid):
            return Counts(most)
        return counts

    def write_counts(self, counts: Counts) -> None:
        """Write all counts; raises OSError. Call within `locked`."""
        draft = self._path / ".attributes.arrow"
        table = counts.table()
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        draft.replace(self._counts)

    def changed(self) -> bool:
        """Say whether the list is another than the one that was read last; one `stat`."""
        return self._stamp() != self._seen

    def findings(self) -> list[Finding]:
        """Answer the list, oldest first; raises ConfigError where it is damaged."""
        self._seen = self._stamp()
        try:
            return [Finding(**one) for one in json.loads(self._findings.read_bytes())]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError) as error:
            raise ConfigError(
                f"the list of drift, {self._findings}, cannot be read: restore it from a backup, or remove it"
            ) from error

    def write_findings(self, findings: Sequence[Finding]) -> None:
        """Write the list; raises OSError. Call within `locked`, so that nothing of another process is lost."""
        content = json.dumps([asdict(one) for one in findings], indent=1).encode()
        if not make_once(self._findings, content):
            replace_file(self._findings, content)

    def add(self, new: Sequence[Finding]) -> int:
        """Put new findings into the list, at most one an attribute, and answer how many there was no room for.

        Call within `locked`. Where the list is full, the oldest goes that keeps no quarantine.
        """
        listed = self.findings()
        known = {one.attribute for one in listed}
        listed += [one for one in new if one.attribute not in known]
        while len(listed) > _MOST_FINDINGS:
            idle = next((at for at, one in enumerate(listed) if not one.quarantine or one.decision == DISMISSED), None)
            if idle is None:
                break
            del listed[idle]
        refused = max(len(listed) - _MOST_FINDINGS, 0)
        self.write_findings(listed[:_MOST_FINDINGS])
        return refused

    def decide(self, key: str, decision: str) -> list[Finding]:
        """Write a decision on all findings of a key, and answer them as they are now. Raises ConfigError, OSError."""
        with self.locked():
            listed = self.findings()
            decided = [replace(one, decision=decision) if one.key == key else one for one in listed]
            self.write_findings(decided)
        return [one for one in decided if one.key == key]

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            status = self._findings.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size
