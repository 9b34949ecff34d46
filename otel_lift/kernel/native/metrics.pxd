"""Metrics: what the data points of one have in common."""

from otel_lift.kernel.native.identities cimport Distinct
from otel_lift.kernel.native.requests cimport Records


cdef class DataPoints(Records):
    cdef Distinct metrics
