"""Error patterns are made again without a person, and nothing is counted twice for a segment that is on its way."""

from pathlib import Path

from clickhouse_engines import TODAY, errors
from rights_support import RING, Place, last, place

from otel_lift.pipeline.handed import Handed
from otel_lift.rights.sweep import sweep
from otel_lift.spool import Segment, SpoolConfig, SpoolReader, SpoolWriter, TableRows

ALICE = "alice@example.test"


def _spooled(here: Place) -> Segment:
    """Spool six events of three others, and note that the segment was handed to the exporter."""
    spool = SpoolWriter(here.data / "spool", SpoolConfig())
    spool.start()
    spool.write([TableRows("lift_events", errors(6))], ["clickhouse"]).result(20)
    spool.close()
    (segment,) = SpoolReader(here.data / "spool", "clickhouse").segments()
    handed = Handed(here.data, "clickhouse")
    handed.note(segment.path)
    handed.close()
    return segment


def _insert(here: Place, segment: Segment) -> None:
    here.store.insert_stream("lift_events", segment.columns, segment.path, segment.token, rows=segment.rows)


def test_patterns_wait_for_a_segment_whose_rows_may_be_stored(tmp_path: Path) -> None:
    """An insert that a crash cut short, events stored and patterns not, counts once when it comes again."""
    with place(tmp_path, f"chdb://{tmp_path}/store") as here:
        here.insert(
            "lift_events",
            [
                {
                    "event": "api_error",
                    "event_time": TODAY,
                    "service": "shop",
                    "subject": RING.subject(ALICE),
                    "fingerprint": "f" * 64,
                }
            ],
        )
        segment = _spooled(here)
        here.store.command("DETACH TABLE otel.lift_error_patterns_mv SYNC")
        _insert(here, segment)
        here.store.command("ATTACH TABLE otel.lift_error_patterns_mv")
        answer = last(here.file, "subject erase", ids=[ALICE])
        (pending,) = answer["receipt"]["pending"]
        assert "1 days of lift_error_patterns" in pending
        assert not answer["receipt"]["verified"]
        with here.context() as context:
            assert not sweep(context).complete
            _insert(here, segment)
            SpoolReader(here.data / "spool", "clickhouse").done(segment)
            assert sweep(context).complete
        found = here.one("SELECT sum(occurrences), uniqMerge(affected_users) FROM {db}.lift_error_patterns")
        assert found == (6, 3)
        assert last(here.file, "subject verify", ids=[ALICE])["rows"] == {}
