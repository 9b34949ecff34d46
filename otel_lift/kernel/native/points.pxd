"""Data points of all kinds of metric."""

from libc.stdint cimport uint8_t

from otel_lift.kernel.native.requests cimport Levels
from otel_lift.kernel.native.wire cimport Reader

cdef enum:
    # the levels
    POINTS = 0
    EXEMPLARS = 1
    METRICS = 2

cdef enum:
    # the fields of a `Metric` that hold its data
    KIND_GAUGE = 5
    KIND_SUM = 7
    KIND_HISTOGRAM = 9
    KIND_EXPONENTIAL_HISTOGRAM = 10
    KIND_SUMMARY = 11

cdef enum:
    POINT_METRIC = 2  # the column of the metric's row

cdef const uint8_t* read_point(
    Reader* r, Levels* levels, int kind, const uint8_t* p, const uint8_t* end
) noexcept nogil
