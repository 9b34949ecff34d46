"""Withdrawals act on what is stored: rows of the time that they take back are removed or made anonymous.

Each gateway does this for every withdrawal that it learns of, since it alone knows its own spool: once at once, and
once more when a request that was being taken in meanwhile has surely reached the spool (`ledger.late`), and the spool
has been sent. How far it got stands in the data folder; to do it again does no harm.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from otel_lift.errors import StoreUnavailableError
from otel_lift.jobs import Audited, JobContext, OpenStore, audit
from otel_lift.keys import Relations
from otel_lift.registers import RegisterFile
from otel_lift.semconv import Consent
from otel_lift_consent.config import ConsentConfig
from otel_lift_consent.entries import LEDGER, WHAT, ledger_path
from otel_lift_consent.ledger import Ledger
from otel_lift_consent.progress import Progress
from otel_lift_consent.rows import Purged, purge_rows
from otel_lift_consent.stored import Window

__all__ = ["Purge"]

_log = logging.getLogger(__name__)

_AT_ONCE = 2_000  # persons in one round of statements
_IN_STATEMENTS = 100  # the same on a cluster, where the statements hold them
_PATIENCE = 5.0  # seconds that the spool may take to be sent before the next look
_NEVER = 2**63 - 1
_OPERATION = "consent purge"


class Purge:
    """The job: applies withdrawals to every store."""

    def __init__(self, config: ConsentConfig) -> None:
        """Keep the configuration."""
        self._config = config

    def run(self, context: JobContext) -> None:
        """Apply what each store lags behind; one that is away is left for later. Raises what else went wrong."""
        for opened in context.stores:
            try:
                self._apply(context, opened)
            except StoreUnavailableError as error:
                _log.info("withdrawals wait for %s: %s", opened.exporter, type(error).__name__)

    def _apply(self, context: JobContext, opened: OpenStore) -> None:
        progress = Progress.read(context.data, opened.exporter)
        if progress.begun:
            begun = {Consent(name): [Window(*one) for one in each] for name, each in progress.begun.items()}
            self._round(context, opened, progress, begun)
        file = RegisterFile(ledger_path(context.data), WHAT)
        file.resume(progress.first)
        if file.changed():
            self._purge(context, opened, progress, file)
            progress.looks.append((file.position, time.time()))
            progress.first = file.position
            progress.write(context.data, opened.exporter)
        due = [position for position, at in progress.looks if not 0 <= time.time() - at < self._config.ledger.late]
        if due and not [path for path in context.exports.barrier(_PATIENCE) if path.parent.name != "quarantine"]:
            file = RegisterFile(ledger_path(context.data), WHAT)
            file.resume(progress.second)
            self._purge(context, opened, progress, file)
            progress.looks = [look for look in progress.looks if look[0] not in due]
            progress.second = due[-1]
            progress.write(context.data, opened.exporter)

    def _purge(self, context: JobContext, opened: OpenStore, progress: Progress, file: RegisterFile) -> None:
        """Apply the withdrawals in the part of the file that is yet to be followed."""
        withdrawn: dict[str, set[int]] = {}  # event times by person
        for lines in file.follow():
            for row in LEDGER.rows(lines):
                if not row["granted"]:
                    withdrawn.setdefault(row["person"], set()).add(row["event_time"])
        people = list(withdrawn)
        at_once = _IN_STATEMENTS if opened.options.cluster else _AT_ONCE
        for start in range(0, len(people), at_once):
            part = people[start : start + at_once]
            windows = self._windows(context, opened, {person: withdrawn[person] for person in part})
            if any(windows.values()):
                self._round(context, opened, progress, windows)

    def _round(
        self, context: JobContext, opened: OpenStore, progress: Progress, windows: Mapping[Consent, Sequence[Window]]
    ) -> None:
        progress.begun = {
            str(category): [(window.subject, window.start, window.end) for window in each]
            for category, each in windows.items()
        }
        progress.write(context.data, opened.exporter)
        done = purge_rows(context, opened, self._config, windows, _public(context))
        progress.begun = {}
        progress.write(context.data, opened.exporter)
        subjects = {window.subject for each in windows.values() for window in each}
        self._report(context, opened, len(subjects), done)

    def _windows(
        self, context: JobContext, opened: OpenStore, withdrawn: Mapping[str, set[int]]
    ) -> dict[Consent, list[Window]]:
        """Answer what the withdrawals take back: from each until the person's next entry for the category."""
        windows: dict[Consent, list[Window]] = {category: [] for category in Consent}
        subjects = dict(_subjects(context, opened, list(withdrawn)))
        if not subjects:
            return windows
        histories = Ledger(ledger_path(context.data)).histories(set(subjects.values()))
        for subject, person in subjects.items():
            for category in Consent:
                entries = [entry for entry in histories[person] if entry.category == category]
                ends = [*(entry.event_time for entry in entries), _NEVER][1:]
                for entry, end in zip(entries, ends, strict=True):
                    if not entry.granted and entry.event_time in withdrawn[person]:
                        # of the time of the next entry at least what happened at the withdrawal itself
                        windows[category].append(Window(subject, entry.event_time, max(end, entry.event_time + 1)))
        return windows

    def _report(self, context: JobContext, opened: OpenStore, subjects: int, done: Purged) -> None:
        for action, rows in (("deleted", done.deleted), ("anonymised", done.anonymised)):
            for table, number in rows.items():
                context.meter.count("consent_purged_rows", number, table=table, action=action)
        if not done.deleted and not done.anonymised:
            return
        counts = ", ".join(
            f"{number} rows of {table} {action}"
            for action, rows in (("deleted", done.deleted), ("anonymised", done.anonymised))
            for table, number in sorted(rows.items())
        )
        _log.info("withdrawals of %d subjects took back in %s: %s", subjects, opened.exporter, counts)
        details = {"subjects": str(subjects), "exporter": opened.exporter, "anonymised": str(done.anonymised.total())}
        if done.pending:
            details["pending"] = "; ".join(done.pending)
        audit(
            context,
            f"job:{_OPERATION}",
            _OPERATION,
            Audited(rows=dict(done.deleted + done.anonymised), details=details),
            "done",
        )


def _subjects(context: JobContext, opened: OpenStore, persons: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the subjects of persons that are known in the store, each with its person."""
    ring = context.keys()
    if ring is None:
        return
    for key in ring.keys:
        tags = [tag.decode() for tag in Relations(key).tags(pa.array(persons, pa.string())).tolist()]
        person_of = dict(zip(tags, persons, strict=True))
        quoted = ", ".join(f"'{tag}'" for tag in tags)
        sql = (
            f"SELECT DISTINCT subject, tag FROM {opened.options.qualified('lift_subjects')} "  # noqa: S608 - hex digits
            f"WHERE tag IN ({quoted})"
        )
        for subject, tag in opened.store.query(sql, settings={"log_queries": 0}).rows:
            yield str(subject), person_of[str(tag)]


def _public(context: JobContext) -> Sequence[str]:
    """Answer the attributes that the processors `anonymise` of the configuration take for public."""
    found = {
        key
        for processor in context.config.processors.values()
        if processor.component.name == "anonymise"
        for key in getattr(processor.config, "public", ())
    }
    return sorted(found)
