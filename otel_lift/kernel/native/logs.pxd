"""Log records."""

from otel_lift.kernel.native.requests cimport Records


cdef class Logs(Records):
    pass
