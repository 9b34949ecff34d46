"""The lake: rows that left the store's retention, as Parquet files by table and day in a folder.

::

    <folder>/<table>/day=2026-11-21/<any name>.parquet

Any reader of hive-partitioned Parquet reads it; files are written whole, or not at all.
"""

from otel_lift.lake.archive import archive
from otel_lift.lake.files import LakeFile, lake_files, rewrite_file, selected

__all__ = ["LakeFile", "archive", "lake_files", "rewrite_file", "selected"]
