"""Work beside the way of records: jobs of the store process, and operations that people ask for by commands."""

from otel_lift.jobs.job import Audited, Exports, Job, JobContext, OpenStore, Operation

__all__ = ["Audited", "Exports", "Job", "JobContext", "OpenStore", "Operation"]
