"""Spans, span events and links."""

from otel_lift.kernel.native.requests cimport Records


cdef class Spans(Records):
    pass
